import type { ActionRecord } from '../../recover/action-record.js';
import { EXIT } from '../exit-codes.js';

/** What recovery did, added up. */
export class ActionTally {
  completed = 0;
  reverted = 0;
  repaired = 0;
  planned = 0;
  /** Of a plan: what was in order already. */
  already = 0;
  uncorrected = 0;
  failed = 0;
  /** Left to the operation that is at work there. */
  busy = 0;
  lost = 0;
  readonly #countsInfo: boolean;

  /** @param countsInfo true for a plan: whatever was asked for and not done is left, be it only information */
  constructor(countsInfo: boolean) {
    this.#countsInfo = countsInfo;
  }

  add({ kind, result, severity, class: actionClass }: ActionRecord): void {
    if (result === 'already') {
      this.already += 1;
      return;
    }
    if (actionClass === 'data-lost') this.lost += 1;
    if (actionClass === 'busy') this.busy += 1;
    if (result === 'planned') this.planned += 1;
    else if (result !== 'done') {
      // What is only information, and nobody's work, is not left uncorrected.
      if (this.#countsInfo || severity !== 'info' || kind === 'complete' || kind === 'revert') this.uncorrected += 1;
      if (result === 'failed') this.failed += 1;
    }
    if (result !== 'done' && result !== 'planned') return;
    if (kind === 'complete') this.completed += 1;
    if (kind === 'revert') this.reverted += 1;
    if (kind === 'repair') this.repaired += 1;
  }

  /** How many actions were carried out. */
  get corrected(): number {
    return this.completed + this.reverted + this.repaired - this.planned;
  }

  get exitCode(): number {
    let code: number = this.corrected > 0 ? EXIT.CORRECTED : EXIT.CLEAN;
    if (this.uncorrected > 0 || this.planned > 0) code |= EXIT.UNCORRECTED;
    if (this.failed > 0) code |= EXIT.ERROR;
    return code;
  }
}
