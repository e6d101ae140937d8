/**
 * The second look: what a bulk source says may be a moment old, so each candidate is looked at once more before it
 * becomes a finding. A bracket: records, inode, attribute, layout, inode, records; if the two pairs are not equal,
 * again, a few times, and then it is `changing`, which is never damage.
 */
import { classifyLayout, type Layout } from '../archive/classify-layout.js';
import { clipNonzeroMap } from '../archive/nonzero-map.js';
import { mapIfSound } from '../archive/nonzero-map-codec.js';
import type { Catalog } from '../catalog/catalog.js';
import type { FileRow } from '../catalog/file-row.js';
import type { IntentRow } from '../catalog/intent-rows.js';
import type { ObjectRow } from '../catalog/object-row.js';
import { ownerIsAlive } from '../catalog/owner-lock.js';
import type { FsId } from '../dm/identity.js';
import { dataExtents } from '../native/extents.js';
import { describeInode, type InodeId } from '../native/inode-id.js';
import { closeFd, dropCachedPages, exactSize } from '../native/io.js';
import { isErrno } from '../native/native-error.js';
import type { FileStat } from '../native/statx.js';
import { lookAtAttribute, type AttributeLook } from './attribute-look.js';
import type { InodeAccess, InodePresence } from './inode-access.js';
import type { Look } from './look.js';

const ROUNDS_MAX = 4;

export interface LookContext {
  readonly access: InodeAccess;
  readonly catalog: Catalog;
  readonly fs: FsId;
  /** The file is under our own lease: an open for its layout would break it. Default false. */
  readonly isHeld?: boolean;
}

interface Records {
  readonly row: FileRow | undefined;
  readonly intent: IntentRow | undefined;
}

function records({ catalog, fs }: LookContext, id: InodeId): Records {
  return { row: catalog.files.find(fs, id), intent: catalog.intents.findByInode(fs, id) };
}

const sameRecords = (a: Records, b: Records): boolean =>
  a.row?.changeSeq === b.row?.changeSeq && a.intent?.op === b.intent?.op;

function sameStat(a: FileStat, b: FileStat): boolean {
  return (
    a.sizeBytes === b.sizeBytes && a.mtimeNs === b.mtimeNs && a.ctimeNs === b.ctimeNs && a.blocks512 === b.blocks512
  );
}

const samePresence = (a: InodePresence, b: InodePresence): boolean =>
  a.kind === b.kind && (a.kind !== 'present' || b.kind !== 'present' || sameStat(a.stat, b.stat));

/** Reads the attribute; undefined while the inode cannot be opened by its handle, which `locate` explains. */
function readAttribute(context: LookContext, id: InodeId): AttributeLook | undefined {
  try {
    return lookAtAttribute(context.access.attribute(id), id, context.fs);
  } catch (error) {
    if (isErrno(error, 'ESTALE', 'ENOENT', 'EUCLEAN', 'EIO')) return undefined;
    throw error;
  }
}

/**
 * Whether where the data lies decides anything. A layout look opens the file, which breaks leases, so it is not for
 * every file: only where blocks say too little (`dual`: fewer than the non-zero bytes need; `offline`: any at all).
 */
export function layoutDecides(attribute: AttributeLook, stat: FileStat, row: FileRow | undefined): boolean {
  if (attribute.kind === 'own') {
    const { state } = attribute.attribute;
    if (state === 'offline') return stat.blocks512 > 0n;
    if (state === 'dual') return row !== undefined && stat.blocks512 * 512n < row.nonzeroBytes;
    return false;
  }
  return (attribute.kind === 'none' || attribute.kind === 'corrupt') && row !== undefined;
}

/**
 * Where the file's data lies against the object's non-zero map, as far as `withinBytes`; `unknown` where that cannot be
 * told.
 */
export function lookAtLayout(
  access: InodeAccess,
  id: InodeId,
  object: ObjectRow | undefined,
  withinBytes = object?.sizeBytes ?? 0n,
): Layout {
  const whole = object?.nonzeroMap && mapIfSound(object.nonzeroMap);
  if (object === undefined || whole === undefined) return 'unknown';
  const target = describeInode(id);
  try {
    const fd = access.openInvisible(id, 'read');
    try {
      const sizeBytes = exactSize(withinBytes < object.sizeBytes ? withinBytes : object.sizeBytes);
      const map = clipNonzeroMap(whole, sizeBytes);
      // A range that was only reserved counts as data as long as somebody's reads of its zeros are in the cache.
      dropCachedPages(fd, target);
      return classifyLayout(dataExtents(fd, sizeBytes, target), map, sizeBytes);
    } finally {
      closeFd(fd);
    }
  } catch (error) {
    // EAGAIN: under somebody's lease. Gone or unreadable: `locate` says so.
    if (isErrno(error, 'EAGAIN', 'ESTALE', 'ENOENT', 'EUCLEAN', 'EIO')) return 'unknown';
    throw error;
  }
}

function objectOf(context: LookContext, attribute: AttributeLook, found: Records): ObjectRow | undefined {
  const named = 'attribute' in attribute ? attribute.attribute.objectId : undefined;
  const objectId = named ?? found.row?.objectId ?? found.intent?.objectId;
  return objectId === undefined ? undefined : context.catalog.objects.find(objectId);
}

function boundElsewhere(context: LookContext, id: InodeId, attribute: AttributeLook): InodeId | undefined {
  if (!('attribute' in attribute)) return undefined;
  const bound = context.catalog.files.findByObject(attribute.attribute.objectId);
  return bound.find((row) => row.fs !== context.fs || row.ino !== id.ino || row.gen !== id.gen);
}

function ownerOf(context: LookContext, intent: IntentRow | undefined): Look['owner'] {
  const owner = intent && context.catalog.owners.find(intent.ownerId);
  return owner && { ...owner, alive: ownerIsAlive(owner, context.catalog.path) };
}

function lookOnce(context: LookContext, id: InodeId): Look {
  const { access, catalog } = context;
  const before = records(context, id);
  const presence = access.locate(id);
  const attribute = presence.kind === 'present' ? readAttribute(context, id) : { kind: 'none' as const };
  const object = objectOf(context, attribute ?? { kind: 'none' }, before);
  // With an intent the layout decides nothing, and the open could break the lease of the operation that is at work.
  const mayOpen = context.isHeld !== true && before.intent === undefined;
  const needsLayout =
    mayOpen &&
    presence.kind === 'present' &&
    attribute !== undefined &&
    layoutDecides(attribute, presence.stat, before.row);
  const layout = needsLayout ? lookAtLayout(access, id, object) : 'unknown';
  const owner = ownerOf(context, before.intent);
  const elsewhere = attribute && boundElsewhere(context, id, attribute);
  const after = access.locate(id);
  const steady = attribute !== undefined && samePresence(presence, after) && sameRecords(before, records(context, id));
  return {
    id,
    changing: !steady,
    presence: after,
    attribute: attribute ?? { kind: 'none' },
    ...(before.row && { row: before.row }),
    ...(object && { object }),
    ...(before.intent && { intent: before.intent }),
    ...(owner && { owner }),
    ...(elsewhere && { boundElsewhere: elsewhere }),
    layout,
    nextOp: catalog.ops.state().nextOp,
  };
}

/**
 * Looks at one inode and everything that is recorded of it.
 * @throws NativeError, CatalogError
 */
export function secondLook(context: LookContext, id: InodeId): Look {
  let look = lookOnce(context, id);
  for (let round = 1; round < ROUNDS_MAX && look.changing; round++) look = lookOnce(context, id);
  return look;
}
