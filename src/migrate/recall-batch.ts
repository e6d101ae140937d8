import { dataExtents } from '../native/extents.js';
import { exactSize } from '../native/io.js';
import { stoppedResult } from './batch-results.js';
import type { FileResult } from './file-result.js';
import { passChecks, settleFit, type Check } from './release-batch.js';
import type { Session } from './session.js';
import type { HeldFile } from './take-hold.js';

/** An `offline` file is as it was released: same size, no data. Anything else is somebody's work and stays. */
const untouched: Check = async (_session, file) => {
  const { attribute, stat, object } = file;
  if (object?.sha256 === undefined) {
    return stoppedResult(file, 'conflict', 'the catalog does not know its archived copy: run "hsmck audit"');
  }
  if (attribute.kind !== 'own' || stat.sizeBytes !== attribute.attribute.sizeBytes) {
    return stoppedResult(file, 'conflict', 'its size was changed while its data was away: run "hsmck audit"');
  }
  const [extent] = dataExtents(file.fd, exactSize(stat.sizeBytes), file.target);
  if (extent === undefined) return undefined;
  return stoppedResult(file, 'conflict', 'it was written to while its data was away: run "hsmck audit"');
};

/** Recalls files that are held: protocol "recall". */
export async function recallBatch(session: Session, files: readonly HeldFile[]): Promise<FileResult[]> {
  const { fit, results } = await passChecks(session, files, [untouched]);
  return [...results, ...(await settleFit(session, 'recall', fit, { settlement: 'fill', back: 'mark-offline' }))];
}
