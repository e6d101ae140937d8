/**
 * A catalog that is rebuilt: what the inodes know. An attribute that is the file's own and names an object of the store
 * gets its row; whatever else is found stays as it is, for recovery to look into.
 */
import type { ArchiveStore } from '../archive/archive-store.js';
import type { Catalog } from '../catalog/catalog.js';
import type { NewFileRow } from '../catalog/file-row.js';
import type { ObjectRow } from '../catalog/object-row.js';
import type { DmAttribute } from '../dm/dm-attribute.js';
import type { FsId, ObjectId } from '../dm/identity.js';
import { saturateMtime } from '../dm/saturate-mtime.js';
import { isInFlight } from '../dm/states.js';
import { NEVER_NS } from '../migrate/settle-records.js';
import type { FileStat } from '../native/statx.js';
import { lookAtAttribute } from '../reconcile/attribute-look.js';
import type { FindingClass } from '../reconcile/finding.js';
import type { InodeAccess } from '../reconcile/inode-access.js';
import type { ActionRecord } from './action-record.js';
import type { ManagedInode } from './managed-inodes-worker.js';
import { isWholeInStore } from './rebuild-objects.js';

export interface BindingContext {
  readonly catalog: Catalog;
  readonly store: ArchiveStore;
  readonly fs: FsId;
  readonly access: InodeAccess;
}

/** An inode's row, or why it gets none. */
export type Rebuilt =
  | { readonly kind: 'row'; readonly row: NewFileRow }
  | { readonly kind: 'left'; readonly class: FindingClass; readonly why: string; readonly state?: string };

const left = (findingClass: FindingClass, why: string, state?: string): Rebuilt => ({
  kind: 'left',
  class: findingClass,
  why,
  ...(state && { state }),
});

const LEFT_TO_RECOVER = '"hsmck recover" settles it';

/**
 * What the row says of a file that was not compared: a released one has the times of its stub now; of one on disk nothing
 * is proven, so that recovery compares it.
 */
function rowOf(
  { fs }: BindingContext,
  { ino, gen }: ManagedInode,
  attribute: DmAttribute,
  object: ObjectRow,
  stat: FileStat,
): NewFileRow {
  const { state, op, objectId, sizeBytes, mtimeNs } = attribute;
  return {
    fs,
    ino,
    gen,
    state: state === 'offline' ? 'offline' : 'dual',
    objectId,
    op,
    btimeNs: stat.btimeNs,
    sizeBytes,
    mtimeNs,
    ctimeNs: state === 'offline' ? saturateMtime(stat.ctimeNs).mtimeNs : NEVER_NS,
    nonzeroBytes: object.nonzeroBytes,
    pathHint: object.pathHint,
  };
}

async function rebuildOwn(
  context: BindingContext,
  inode: ManagedInode,
  attribute: DmAttribute,
  taken: ReadonlySet<ObjectId>,
): Promise<Rebuilt> {
  const { catalog, store, access } = context;
  const { state, objectId, sizeBytes } = attribute;
  if (isInFlight(state) || state === 'partial') {
    return left('interrupted', `an operation on it was cut short, or is at work: ${LEFT_TO_RECOVER}`, state);
  }
  const object = catalog.objects.find(objectId);
  if (object === undefined) return left('archive-missing', 'the archive has no such copy', state);
  if (object.status === 'trash') {
    return left('archive-missing', `its copy lies in the trash of the store: ${LEFT_TO_RECOVER}`, state);
  }
  if (object.sizeBytes !== sizeBytes || !(await isWholeInStore(store, objectId, sizeBytes))) {
    return left('archive-size-mismatch', 'its copy does not have the size that attribute and sidecar say', state);
  }
  if (taken.has(objectId) || catalog.files.findByObject(objectId).length > 0) {
    return left('duplicate-binding', 'another file says as well that the copy is its own', state);
  }
  const presence = access.locate(inode);
  if (presence.kind !== 'present') return left('changing', 'it was deleted, or could not be read again', state);
  return { kind: 'row', row: rowOf(context, inode, attribute, object, presence.stat) };
}

/**
 * What becomes of one inode with an attribute.
 * @param taken objects that were given away and have no row yet
 * @throws StoreError, NativeError, CatalogError
 */
export async function rebuildBinding(
  context: BindingContext,
  inode: ManagedInode,
  taken: ReadonlySet<ObjectId>,
): Promise<Rebuilt> {
  const { ino, gen } = inode;
  const look = lookAtAttribute(Buffer.from(inode.attribute), { ino, gen }, context.fs);
  switch (look.kind) {
    case 'own':
      return rebuildOwn(context, inode, look.attribute, taken);
    case 'copied':
    case 'foreign':
      return left(`attribute-${look.kind}`, `its attribute was written to another inode: ${LEFT_TO_RECOVER}`);
    case 'corrupt':
      return left('attribute-corrupt', `its attribute is corrupt: ${look.why}`);
    case 'newer':
      return left('attribute-newer', 'its attribute was written by a newer version of hsmck');
    case 'none':
      return left('changing', 'its attribute is gone by now');
  }
}

/** The record of what became of an inode. */
export function rebuiltRecord({ ino, gen }: ManagedInode, rebuilt: Rebuilt, isDryRun: boolean): ActionRecord {
  const id = { ino, gen };
  if (rebuilt.kind === 'left') {
    const { class: findingClass, why, state } = rebuilt;
    const shared = { id, class: findingClass, severity: 'warning', kind: 'report', action: 'none' } as const;
    return { ...shared, result: 'left', why, ...(state && { from: state }) };
  }
  const { state, pathHint } = rebuilt.row;
  return {
    id,
    ...(pathHint && { path: pathHint }),
    class: 'attribute-without-row',
    severity: 'error',
    kind: 'repair',
    action: 'record',
    from: state,
    to: state,
    result: isDryRun ? 'planned' : 'done',
    why: 'its attribute names itself, and the copy lies in the archive in its size',
  };
}
