import { saturateMtime } from '../dm/saturate-mtime.js';
import type { FileRow } from '../catalog/file-row.js';
import type { FileStat } from '../native/statx.js';
import type { Look } from '../reconcile/look.js';
import type { History } from './history.js';

/**
 * How the records of a file compare in age, after a rollback that was accepted. `outdated`: they are of another time than
 * the attribute, which is right. `undone`: the inode is from before the operation that the row speaks of. `other-file`:
 * the inode has the row's number and generation and another birth time, so another file was made with them.
 */
export type RowAge = 'same' | 'outdated' | 'undone' | 'other-file';

/** States that tell where the data is. `archiving` does not: what the file was before, the row alone tells. */
const SPEAKS_FOR_ITSELF: readonly string[] = ['dual', 'offline', 'releasing', 'recalling', 'removing'];

/** Nobody can set a ctime back: an inode whose ctime is older than the row's is older than the row. */
const isOlderThan = (stat: FileStat, row: FileRow): boolean => saturateMtime(stat.ctimeNs).mtimeNs < row.ctimeNs;

/**
 * Compares row and inode. Nothing but an accepted rollback makes them differ in age, and only for operations that came
 * before it. Pure.
 */
export function rowAge({ attribute, row, intent }: Look, stat: FileStat, { acceptedOp }: History): RowAge {
  if (row === undefined || row.op >= acceptedOp) return 'same';
  if (attribute.kind === 'none' && intent === undefined) {
    if (saturateMtime(stat.btimeNs).mtimeNs !== row.btimeNs) return 'other-file';
    return isOlderThan(stat, row) ? 'undone' : 'same';
  }
  if (attribute.kind !== 'own') return 'same';
  const { op, objectId, state } = attribute.attribute;
  if (objectId === row.objectId || op >= acceptedOp || !SPEAKS_FOR_ITSELF.includes(state)) return 'same';
  const isNewer = op > row.op || (op < row.op && isOlderThan(stat, row));
  return isNewer ? 'outdated' : 'same';
}

/**
 * An intent with a lower number than the file's own attribute: the operation came to its end in a history that the catalog
 * does not know. Pure.
 */
export function isIntentOutdated({ attribute, intent }: Look, { acceptedOp }: History): boolean {
  if (attribute.kind !== 'own' || intent === undefined) return false;
  const { op } = attribute.attribute;
  return intent.op < op && op < acceptedOp;
}

/** What is left of a look when records of another time are left out. */
export function withoutOutdated(look: Look, stat: FileStat, history: History): Look {
  const { intent: _intent, owner: _owner, ...rest } = look;
  const current = isIntentOutdated(look, history) ? rest : look;
  if (rowAge(current, stat, history) !== 'outdated') return current;
  const { row: _row, ...bare } = current;
  return bare;
}
