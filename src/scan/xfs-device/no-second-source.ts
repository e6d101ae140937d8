import type { ProbeOutcome } from '../xfs-bulkstat/inode-probe.js';
import { ATTRIBUTE_STATUS, type InodeBatch } from '../inode-batch.js';
import type { SecondSource } from './kernel-look.js';

/** Of a device that is not mounted there is nothing to be had but its bytes: what they do not tell is unreadable. */
export class NoSecondSource implements SecondSource {
  readonly words = new Uint32Array(0);

  beginGroup(): void {
    // Nothing to prepare.
  }

  probe(): ProbeOutcome {
    return { kind: 'unreadable', code: 'EUCLEAN' };
  }

  fillElsewhere(batch: InodeBatch): number {
    let count = 0;
    for (let row = 0; row < batch.count; row++) {
      if (batch.attributeStatus[row] !== ATTRIBUTE_STATUS.elsewhere) continue;
      batch.attributeStatus[row] = ATTRIBUTE_STATUS.unreadable;
      count += 1;
    }
    return count;
  }
}
