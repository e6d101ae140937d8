import { invariant } from '../errors.js';
import { stoppedResult } from './batch-results.js';
import type { FileResult } from './file-result.js';
import { offlineTouched } from './offline-touched.js';
import { passChecks, settleFit, type Check } from './release-batch.js';
import type { Session } from './session.js';
import type { HeldFile } from './take-hold.js';

/** An `offline` file is as it was released: same size and mtime, no data. Anything else is somebody's work and stays. */
const untouched: Check = async (_session, file) => {
  const { attribute, object, row } = file;
  if (object?.sha256 === undefined) {
    return stoppedResult(file, 'conflict', 'the catalog does not know its archived copy: run "hsmck audit"');
  }
  invariant(attribute.kind === 'own' && row !== undefined, 'a file that is recalled has its attribute and its row');
  // Before any record takes it over: the mark would have a size that the file never had.
  if (object.sizeBytes !== attribute.attribute.sizeBytes) {
    const why =
      'the catalog has another size of its copy than the file: run "hsmck recover", which finds out which is right';
    return stoppedResult(file, 'conflict', why);
  }
  const touched = offlineTouched(file, { sizeBytes: attribute.attribute.sizeBytes, mtimeNs: row.mtimeNs });
  return touched === undefined ? undefined : stoppedResult(file, 'conflict', touched);
};

/** Recalls files that are held: protocol "recall". */
export async function recallBatch(session: Session, files: readonly HeldFile[]): Promise<FileResult[]> {
  const { fit, results } = await passChecks(session, files, [untouched]);
  return [...results, ...(await settleFit(session, 'recall', fit, { settlement: 'fill', back: 'mark-offline' }))];
}
