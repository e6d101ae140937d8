import type { ObjectVerdict } from '../archive/archive-store.js';
import { HsmckError, InvariantError } from '../errors.js';
import { leaseIsWhole } from '../native/lock.js';
import { openTemporaryFile } from '../native/temporary-file.js';
import { BadCopyError, BusyError, CancelledError } from './busy-error.js';
import type { Session } from './session.js';
import type { SettleProgress } from './settle-item.js';
import { syncBarrier } from './sync-barrier.js';

type Steps = 'recover' | 'recall';

const stepsOf = (progress: SettleProgress): Steps =>
  progress.item.ticket.operation === 'recover' ? 'recover' : 'recall';

/** Nothing of the file was touched yet, so what the world refuses here lets the file give way. */
async function attemptFetch(progress: SettleProgress, work: () => void | Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (!(error instanceof HsmckError) || error instanceof InvariantError) throw error;
    progress.gaveWay = error;
  }
}

async function fetchOne(session: Session, progress: SettleProgress): Promise<void> {
  const { object, target, fd, lease } = progress.item.ticket;
  session.passStep(`${stepsOf(progress)}:before-fetch`);
  const temporary = openTemporaryFile(session.mount.mountPath);
  progress.temporary = temporary;
  const destination = { fd: temporary, target: `temporary file for ${target}` };
  const verdict = await session.store.fetch(object.objectId, destination, object, () => {
    if (session.signal.aborted) throw new CancelledError();
    if (!leaseIsWhole(fd, lease, target)) throw new BusyError(target, 'it was opened while being filled');
  });
  if (verdict !== 'good') {
    const what = `archived copy ${object.objectId} ${BAD[verdict]}; the file is untouched. Run "hsmck audit --deep"`;
    throw new BadCopyError(target, what);
  }
}

/** What is wrong with a copy. */
const BAD: Readonly<Record<Exclude<ObjectVerdict, 'good'>, string>> = {
  missing: 'is not in the store',
  'size-differs': 'has another size than was archived',
  'digest-differs': 'has other bytes than were archived',
};

/**
 * Fetches what is to be filled into temporary files, and makes them durable together: a file must never share extents
 * whose data could still be lost.
 */
export async function fetchAll(session: Session, live: readonly SettleProgress[]): Promise<void> {
  const due = live.filter(({ plan }) => plan.data === 'fill');
  for (const progress of due) await attemptFetch(progress, () => fetchOne(session, progress));
  const fetched = due.flatMap((progress) => {
    const { temporary, gaveWay, item } = progress;
    return temporary === undefined || gaveWay !== undefined
      ? []
      : [{ progress, fd: temporary, target: `temporary file for ${item.ticket.target}` }];
  });
  if (fetched.length === 0) return;
  try {
    syncBarrier(session.mount.rootFd, fetched);
  } catch (error) {
    if (!(error instanceof HsmckError)) throw error;
    for (const { progress } of fetched) progress.gaveWay = error;
    return;
  }
  for (const { progress } of fetched) {
    await attemptFetch(progress, () => session.passStep(`${stepsOf(progress)}:after-fetch`));
  }
}
