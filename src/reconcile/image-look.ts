import type { Catalog } from '../catalog/catalog.js';
import type { IntentRow } from '../catalog/intent-rows.js';
import { ownerIsAlive } from '../catalog/owner-lock.js';
import type { FsId } from '../dm/identity.js';
import type { InodeId } from '../native/inode-id.js';
import type { FileStat } from '../native/statx.js';
import { attributeBytesAt, blocks512At, ctimeNsAt, inodeIdAt, mtimeNsAt, sizeAt } from '../scan/batch-values.js';
import { ATTRIBUTE_STATUS, type InodeBatch } from '../scan/inode-batch.js';
import { lookAtAttribute, type AttributeLook } from './attribute-look.js';
import type { InodePresence } from './inode-access.js';
import type { Look } from './look.js';

export interface ImageLookContext {
  readonly catalog: Catalog;
  readonly fs: FsId;
}

/** What a scan of a device tells of an inode. Birth time and mount are not among it, and no judgement asks for them. */
function statAt(batch: InodeBatch, row: number, blockSizeBytes: number): FileStat {
  return {
    ino: inodeIdAt(batch, row).ino,
    mode: batch.mode[row] ?? 0,
    nlink: batch.nlink[row] ?? 0,
    uid: batch.uid[row] ?? 0,
    gid: batch.gid[row] ?? 0,
    sizeBytes: sizeAt(batch, row),
    blocks512: blocks512At(batch, row),
    mtimeNs: mtimeNsAt(batch, row),
    ctimeNs: ctimeNsAt(batch, row),
    btimeNs: 0n,
    blockSizeBytes,
    device: '',
  };
}

function attributeAt(batch: InodeBatch, row: number, id: InodeId, fs: FsId): AttributeLook {
  const status = batch.attributeStatus[row];
  if (status === ATTRIBUTE_STATUS.present) return lookAtAttribute(attributeBytesAt(batch, row), id, fs);
  return status === ATTRIBUTE_STATUS.wrongLength ? { kind: 'corrupt', why: 'it has not 64 bytes' } : { kind: 'none' };
}

/**
 * What is known of an inode on a device that is not mounted: the row of the batch, and the records. There is no second look,
 * since nothing changes, and none at where the data lies.
 */
function lookWith(
  { catalog, fs }: ImageLookContext,
  id: InodeId,
  presence: InodePresence,
  attribute: AttributeLook,
  intent: IntentRow | undefined,
): Look {
  const row = catalog.files.find(fs, id);
  const named = 'attribute' in attribute ? attribute.attribute.objectId : undefined;
  const objectId = named ?? row?.objectId ?? intent?.objectId;
  const object = objectId === undefined ? undefined : catalog.objects.find(objectId);
  const owner = intent && catalog.owners.find(intent.ownerId);
  return {
    id,
    changing: false,
    presence,
    attribute,
    ...(row && { row }),
    ...(object && { object }),
    ...(intent && { intent }),
    ...(owner && { owner: { ...owner, alive: ownerIsAlive(owner, catalog.path) } }),
    layout: 'unknown',
    nextOp: catalog.ops.state().nextOp,
  };
}

/** The look at an inode that the scan shows in a row of a batch. */
export function lookAtRow(context: ImageLookContext, batch: InodeBatch, row: number, blockSizeBytes: number): Look {
  const id = inodeIdAt(batch, row);
  const presence = { kind: 'present', stat: statAt(batch, row, blockSizeBytes) } as const;
  const intent = context.catalog.intents.findByInode(context.fs, id);
  return lookWith(context, id, presence, attributeAt(batch, row, id, context.fs), intent);
}

/** The look at an open intent whose inode the scan did not show. */
export const lookAtAbsent = (context: ImageLookContext, intent: IntentRow, presence: InodePresence): Look =>
  lookWith(context, { ino: intent.ino, gen: intent.gen }, presence, { kind: 'none' }, intent);
