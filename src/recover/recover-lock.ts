import { locksFolder, tryHold } from '../catalog/owner-lock.js';
import { OperationalError } from '../errors.js';
import type { OpenSession } from '../migrate/open-session.js';

/**
 * Runs `action` while no other recovery is at work on the filesystem.
 * @throws OperationalError ERECOVERBUSY when one is
 */
export async function aloneInRecovery<T>({ catalog, subject }: OpenSession, action: () => Promise<T>): Promise<T> {
  const lock = tryHold(`${locksFolder(catalog.path)}/recover-${subject.filesystem.fs}.lock`);
  if (lock === undefined) {
    const mount = subject.mount.mountPath.toString();
    throw new OperationalError('ERECOVERBUSY', `another "hsmck recover --apply" is at work on ${mount}: let it finish`);
  }
  try {
    return await action();
  } finally {
    lock.release();
  }
}
