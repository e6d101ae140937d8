import type { FileResult } from './file-result.js';
import { leaseIsWhole } from '../native/lock.js';
import { statFd } from '../native/statx.js';
import { saturateMtime } from '../dm/saturate-mtime.js';
import { stoppedResult } from './batch-results.js';
import type { Session } from './session.js';
import type { HeldFile } from './take-hold.js';
import { hashHeldFile } from './under-lease.js';

const ALREADY = 'it is archived and has not changed since';

/**
 * The result for a `dual` file that need not be archived again, undefined if it must. Equal times are taken for equal
 * data here, because nothing is destroyed on the strength of it: release compares bytes. Where only ctime moved, the
 * hash decides, and equal bytes get a new baseline.
 */
export async function alreadyArchived(session: Session, file: HeldFile): Promise<FileResult | undefined> {
  const { row, object, stat } = file;
  if (row === undefined || object === undefined) return undefined;
  const sameData = stat.sizeBytes === row.sizeBytes && saturateMtime(stat.mtimeNs).mtimeNs === row.mtimeNs;
  if (!sameData || object.sha256 === undefined) return undefined;
  if (saturateMtime(stat.ctimeNs).mtimeNs === row.ctimeNs) return stoppedResult(file, 'already', ALREADY);
  const digest = await hashHeldFile(session, file);
  if (!digest.sha256.equals(object.sha256)) return undefined;
  const now = statFd(file.fd, file.target);
  if (leaseIsWhole(file.fd, file.lease, file.target) && now.ctimeNs === stat.ctimeNs) {
    session.catalog.files.put({ ...row, ctimeNs: saturateMtime(now.ctimeNs).mtimeNs });
  }
  return stoppedResult(file, 'already', ALREADY);
}
