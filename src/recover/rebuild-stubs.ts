/**
 * A catalog that is rebuilt: released files that have lost their attribute. Nothing on them says that their data is away,
 * and the lost catalog was the last to know. But a sidecar names inode, generation and birth time, and where that very
 * inode has its size and none of its data, it gets a row; recovery compares, and attaches the attribute again.
 */
import type { Sidecar } from '../archive/sidecar.js';
import { isBadRecord, isOfMedium } from '../archive/store-error.js';
import type { NewFileRow } from '../catalog/file-row.js';
import type { ObjectRow } from '../catalog/object-row.js';
import type { ObjectId } from '../dm/identity.js';
import { saturateMtime } from '../dm/saturate-mtime.js';
import { NEVER_NS } from '../migrate/settle-records.js';
import { lookAtLayout } from '../reconcile/second-look.js';
import type { ActionRecord } from './action-record.js';
import type { BindingContext } from './rebuild-bindings.js';

const PAGE = 256;

async function sidecarOf({ store }: BindingContext, objectId: ObjectId): Promise<Sidecar | undefined> {
  try {
    return await store.readSidecar(objectId);
  } catch (error) {
    if (isBadRecord(error) || isOfMedium(error)) return undefined;
    throw error;
  }
}

/** The row of the file that an object was made from, if that is a stub without an attribute. */
async function stubRow(context: BindingContext, object: ObjectRow): Promise<NewFileRow | undefined> {
  const { catalog, access, fs } = context;
  const { ino, gen, objectId, op, sizeBytes, mtimeNs, nonzeroBytes, pathHint } = object;
  const id = { ino, gen };
  const earlier = catalog.files.find(fs, id);
  // Of several versions the last one was the file's; an empty one has nothing to be away.
  if (nonzeroBytes === 0n || (earlier !== undefined && earlier.op >= op)) return undefined;
  const presence = access.locate(id);
  if (presence.kind !== 'present' || presence.stat.sizeBytes !== sizeBytes) return undefined;
  if (access.attribute(id) !== undefined) return undefined;
  const sidecar = await sidecarOf(context, objectId);
  const isSameFile = sidecar !== undefined && saturateMtime(presence.stat.btimeNs).mtimeNs === sidecar.btimeNs;
  if (!isSameFile || lookAtLayout(access, id, object) !== 'missing-all') return undefined;
  const { btimeNs } = presence.stat;
  return {
    fs,
    ...id,
    state: 'offline',
    objectId,
    op,
    btimeNs,
    sizeBytes,
    mtimeNs,
    ctimeNs: NEVER_NS,
    nonzeroBytes,
    pathHint,
  };
}

const recordOf = ({ ino, gen, pathHint }: NewFileRow, isDryRun: boolean): ActionRecord => ({
  id: { ino, gen },
  ...(pathHint && { path: pathHint }),
  class: 'resident-with-hole',
  severity: 'critical',
  kind: 'repair',
  action: 'record',
  from: 'resident',
  to: 'offline',
  result: isDryRun ? 'planned' : 'done',
  why: 'it reads zeros where the copy that was made of it has data, and has lost its attribute: "hsmck recover" attaches it again',
});

/**
 * Looks at the inode of every object that no file is bound to.
 * @throws StoreError, NativeError, CatalogError
 */
export async function rebuildStubs(
  context: BindingContext,
  { isDryRun, onAction }: { readonly isDryRun: boolean; readonly onAction: (record: ActionRecord) => void },
  signal: AbortSignal,
): Promise<void> {
  const { catalog, store, fs } = context;
  let after: ObjectId | undefined;
  for (;;) {
    const { storeId } = store;
    const page = catalog.objects.page({ storeId, status: 'complete', fs, limit: PAGE, ...(after && { after }) });
    for (const object of page) {
      if (signal.aborted) return;
      if (catalog.files.findByObject(object.objectId).length > 0) continue;
      const row = await stubRow(context, object);
      if (row === undefined) continue;
      catalog.files.put(row);
      onAction(recordOf(row, isDryRun));
    }
    after = page.at(-1)?.objectId;
    if (after === undefined || page.length < PAGE) return;
  }
}
