import { fdatasyncFd } from '../native/io.js';
import { leaseIsWhole } from '../native/lock.js';
import { openTemporaryFile } from '../native/temporary-file.js';
import { BadCopyError, BusyError, CancelledError } from './busy-error.js';
import type { Session } from './session.js';
import { HsmckError, InvariantError } from '../errors.js';
import type { SettleProgress } from './settle-item.js';

async function fetchOne(session: Session, progress: SettleProgress): Promise<void> {
  const { ticket } = progress.item;
  const { object, target, operation } = ticket;
  const steps = operation === 'recover' ? 'recover' : 'recall';
  session.passStep(`${steps}:before-fetch`);
  const temporary = openTemporaryFile(session.mount.mountPath);
  progress.temporary = temporary;
  const destination = { fd: temporary, target: `temporary file for ${target}` };
  const verdict = await session.store.fetch(object.objectId, destination, object, () => {
    if (session.signal.aborted) throw new CancelledError();
    if (!leaseIsWhole(ticket.fd, ticket.lease, target)) throw new BusyError(target, 'it was opened while being filled');
  });
  if (verdict !== 'good') {
    throw new BadCopyError(
      target,
      `archived copy ${object.objectId} is ${verdict.replace('-', ' ')}; the file is untouched`,
    );
  }
  // The file must never share extents whose data could still be lost.
  fdatasyncFd(temporary, destination.target);
  session.passStep(`${steps}:after-fetch`);
}

/** Fetches what is to be filled into temporary files. Nothing of the file is touched, so a failure gives way. */
export async function fetchAll(session: Session, live: readonly SettleProgress[]): Promise<void> {
  for (const progress of live) {
    if (progress.plan.data !== 'fill') continue;
    try {
      await fetchOne(session, progress);
    } catch (error) {
      if (!(error instanceof HsmckError) || error instanceof InvariantError) throw error;
      progress.gaveWay = error;
    }
  }
}
