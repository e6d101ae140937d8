import type { Catalog } from '../catalog/catalog.js';
import type { FsId, ObjectId } from '../dm/identity.js';
import type { InodeId } from '../native/inode-id.js';
import { isKept, type History } from './history.js';

/** What is left of a file, as far as its age goes. */
interface Remains {
  readonly objectId: ObjectId;
  readonly id?: InodeId;
}

/** Why what is left of a file stays, whatever else is known; undefined where it may be forgotten. */
export function whyKept(
  { catalog, fs }: { readonly catalog: Catalog; readonly fs: FsId },
  history: History,
  { objectId, id }: Remains,
): string | undefined {
  const row = id && catalog.files.find(fs, id);
  if (!isKept(history, [row?.op, catalog.objects.find(objectId)?.op])) return undefined;
  return (
    'it is from before a rollback that was accepted, so its file may be missing for that reason alone: the copy is kept. ' +
    'If such files were deleted, run "hsmck recover --apply --accept-deleted"'
  );
}
