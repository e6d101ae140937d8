import { classifyLayout } from '../archive/classify-layout.js';
import { GRAIN_BYTES_MAX } from '../archive/nonzero-map.js';
import { mapIfSound } from '../archive/nonzero-map-codec.js';
import { isOfMedium } from '../archive/store-error.js';
import type { ObjectRow } from '../catalog/object-row.js';
import type { FileResult } from './file-result.js';
import { dataExtents } from '../native/extents.js';
import { exactSize } from '../native/io.js';
import { leaseIsWhole } from '../native/lock.js';
import { statFd } from '../native/statx.js';
import { saturateMtime } from '../dm/saturate-mtime.js';
import { stoppedResult } from './batch-results.js';
import type { Session } from './session.js';
import type { HeldFile } from './take-hold.js';
import { hashHeldFile } from './under-lease.js';

const MISSING = 'it has holes where its archived copy has data, though it was not written to: run "hsmck recover"';
const ALREADY = 'it is archived and has not changed since';

/** Data is missing that the copy has. Whoever writes moves mtime, so nobody wrote it away. */
function hasHoles({ fd, stat, target }: HeldFile, { nonzeroMap }: ObjectRow): boolean {
  if (nonzeroMap === undefined) return false;
  const sizeBytes = exactSize(stat.sizeBytes);
  // Where nobody can say where the copy has data, it may have some in every hole: the copy stays.
  const everywhere = {
    grainBytes: GRAIN_BYTES_MAX,
    ranges: [{ offset: 0, length: sizeBytes }],
    nonzeroBytes: sizeBytes,
    coarse: false,
  };
  const layout = classifyLayout(dataExtents(fd, sizeBytes, target), mapIfSound(nonzeroMap) ?? everywhere, sizeBytes);
  return layout === 'missing-some' || layout === 'missing-all';
}

async function isThere({ store }: Session, { objectId, sizeBytes }: ObjectRow): Promise<boolean> {
  try {
    const found = await store.stat(objectId);
    return found.where === 'objects' && found.sizeBytes === sizeBytes;
  } catch (error) {
    if (!isOfMedium(error)) throw error;
    // What the medium does not give is no copy to count on.
    return false;
  }
}

/**
 * The result for a `dual` file that need not be archived again, undefined if it must. Equal times are taken for equal
 * data here, because nothing is destroyed on the strength of it: release compares bytes. Where only ctime moved, the
 * hash decides, and equal bytes get a new baseline.
 */
export async function alreadyArchived(session: Session, file: HeldFile): Promise<FileResult | undefined> {
  const { row, object, stat } = file;
  if (row === undefined || object === undefined) return undefined;
  const sameData = stat.sizeBytes === row.sizeBytes && saturateMtime(stat.mtimeNs).mtimeNs === row.mtimeNs;
  // A copy that is gone, or that did not read back, is no reason not to make one, of data that is there.
  if (object.status !== 'verified' || !(await isThere(session, object)))
    return sameData && hasHoles(file, object) ? stoppedResult(file, 'conflict', MISSING) : undefined;
  if (!sameData || object.sha256 === undefined) return undefined;
  if (saturateMtime(stat.ctimeNs).mtimeNs === row.ctimeNs) return stoppedResult(file, 'already', ALREADY);
  const digest = await hashHeldFile(session, file);
  if (!digest.sha256.equals(object.sha256))
    return hasHoles(file, object) ? stoppedResult(file, 'conflict', MISSING) : undefined;
  const now = statFd(file.fd, file.target);
  if (leaseIsWhole(file.fd, file.lease, file.target) && now.ctimeNs === stat.ctimeNs) {
    session.catalog.files.put({ ...row, ctimeNs: saturateMtime(now.ctimeNs).mtimeNs });
  }
  return stoppedResult(file, 'already', ALREADY);
}
