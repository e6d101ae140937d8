import type { Finding } from '../../reconcile/finding.js';
import { EXIT } from '../exit-codes.js';

/** Counts findings as they come. */
export class FindingTally {
  readonly byClass = new Map<string, number>();
  readonly interruptedByState = new Map<string, number>();
  interrupted = 0;
  /** Findings above `info`. */
  serious = 0;
  all = 0;
  lost = 0;

  add(finding: Finding): void {
    this.all += 1;
    this.byClass.set(finding.class, (this.byClass.get(finding.class) ?? 0) + 1);
    if (finding.severity !== 'info') this.serious += 1;
    if (finding.class === 'data-lost') this.lost += 1;
    // An open intent is an interrupted operation too, whose mark the crash came before or after.
    if (finding.class !== 'interrupted' && finding.class !== 'open-intent') return;
    this.interrupted += 1;
    const state = finding.class === 'interrupted' ? (finding.state ?? '') : 'by its open intent';
    this.interruptedByState.set(state, (this.interruptedByState.get(state) ?? 0) + 1);
  }

  /** Drift leaves its bit; information does not. */
  get exitCode(): number {
    return this.serious > 0 ? EXIT.UNCORRECTED : EXIT.CLEAN;
  }
}
