import type { FileResult } from './file-result.js';
import { dropCachedPages, fsyncFd } from '../native/io.js';
import { bytesDiffer, passChecks, settleFit, type Check } from './release-batch.js';
import type { Session } from './session.js';
import { storeRefusal } from './store-refusal.js';
import type { HeldFile } from './take-hold.js';

/**
 * The disk is about to have the only copy, so the disk is asked: what the page cache shows may be all that is left of a
 * file whose blocks have rotted.
 */
const fromDisk: Check = async (_session, { fd, target }) => {
  fsyncFd(fd, target);
  dropCachedPages(fd, target);
  return undefined;
};

/** Drops the archived copies of files that are held: protocol "remove". The disk copy is whole by its hash, or refused. */
export async function removeBatch(session: Session, files: readonly HeldFile[]): Promise<FileResult[]> {
  const refused = await storeRefusal(session, files);
  if (refused.length > 0) return refused;
  const { fit, results } = await passChecks(session, files, [fromDisk, bytesDiffer]);
  return [
    ...results,
    ...(await settleFit(session, 'remove', fit, { settlement: 'make-resident', back: 'restore-dual' })),
  ];
}
