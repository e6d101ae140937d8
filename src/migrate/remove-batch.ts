import type { FileResult } from './file-result.js';
import { bytesDiffer, passChecks, settleFit } from './release-batch.js';
import type { Session } from './session.js';
import type { HeldFile } from './take-hold.js';

/** Drops the archived copies of files that are held: protocol "remove". The disk copy is whole by its hash, or refused. */
export async function removeBatch(session: Session, files: readonly HeldFile[]): Promise<FileResult[]> {
  const { fit, results } = await passChecks(session, files, [bytesDiffer]);
  return [
    ...results,
    ...(await settleFit(session, 'remove', fit, { settlement: 'make-resident', back: 'restore-dual' })),
  ];
}
