import { invariant } from '../errors.js';
import { leaseIsWhole } from '../native/lock.js';
import { BusyError } from './busy-error.js';
import type { Session } from './session.js';
import { attempt, type SettleProgress } from './settle-item.js';

/**
 * Decides whether the times taken behind the attribute may become the reference: only if the lease is still whole
 * *after* the sync, and size and mtime are as when the operation took hold. A ctime of somebody's write, once adopted,
 * would hide that write for ever.
 */
export async function judgeBaselines(_session: Session, live: readonly SettleProgress[]): Promise<void> {
  for (const progress of live) {
    await attempt(progress, () => {
      const { ticket, adoptTimes, mustStayUntouched } = progress.item;
      const { after } = progress;
      invariant(after !== undefined, 'reference times were taken');
      const { before } = ticket;
      progress.touched = after.sizeBytes !== before.sizeBytes || after.mtimeNs !== before.mtimeNs;
      progress.proven =
        adoptTimes !== false && leaseIsWhole(ticket.fd, ticket.lease, ticket.target) && !progress.touched;
      if (mustStayUntouched && !progress.proven) {
        progress.gaveWay = new BusyError(ticket.target, 'it was opened for writing while it was being archived');
      }
    });
  }
}
