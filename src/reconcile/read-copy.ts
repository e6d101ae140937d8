/** How good an archived copy is, by reading it back. */
import type { ArchiveStore, ExpectedObject, ObjectVerdict } from '../archive/archive-store.js';
import type { ChunkHook } from '../archive/content-reader.js';
import type { Sidecar } from '../archive/sidecar.js';
import { isBadRecord, isOfMedium } from '../archive/store-error.js';
import type { ObjectRow } from '../catalog/object-row.js';
import type { ObjectId } from '../dm/identity.js';

/** What reading a copy back has come to. */
export type ReadVerdict = ObjectVerdict | 'unreadable';

/** Reads a copy back. */
export async function readVerdict(
  store: ArchiveStore,
  objectId: ObjectId,
  expected: ExpectedObject,
  place: 'objects' | 'trash' = 'objects',
  onChunk?: ChunkHook,
): Promise<ReadVerdict> {
  try {
    return await store.verify(objectId, expected, onChunk, place);
  } catch (error) {
    if (isOfMedium(error)) return 'unreadable';
    throw error;
  }
}

/**
 * A copy's sidecar; undefined if there is none, a torn one, or one of another object: then the put was not finished, or it is
 * damaged.
 */
export async function readSidecar(
  store: ArchiveStore,
  objectId: ObjectId,
  place: 'objects' | 'trash' = 'objects',
): Promise<Sidecar | undefined> {
  try {
    return await store.readSidecar(objectId, place);
  } catch (error) {
    if (isBadRecord(error)) return undefined;
    throw error;
  }
}

/** Whether another object's sidecar lies in a copy's place: then the copy there is that one's too, and the only one perhaps. */
export async function isMisplaced(store: ArchiveStore, objectId: ObjectId): Promise<boolean> {
  try {
    await store.readSidecar(objectId);
    return false;
  } catch (error) {
    if (isBadRecord(error)) return error.code === 'ESTORE_MISPLACED';
    if (isOfMedium(error)) return false;
    throw error;
  }
}

/**
 * The sidecar of a copy that is not as its row says, if the copy is what the sidecar says, and both are of one operation: then the row is
 * wrong. An object's id is given once, so what was archived under it are these bytes.
 */
export async function sidecarAgainstRow(
  store: ArchiveStore,
  row: ObjectRow,
  place: 'objects' | 'trash' = 'objects',
): Promise<Sidecar | undefined> {
  const sidecar = await readSidecar(store, row.objectId, place).catch((error: unknown) => {
    if (isOfMedium(error)) return undefined;
    throw error;
  });
  if (sidecar === undefined) return undefined;
  const { objectId, storeId, fsId, ino, gen, op } = sidecar;
  const isOfOne =
    objectId === row.objectId &&
    storeId === row.storeId &&
    fsId === row.fs &&
    ino === row.ino &&
    gen === row.gen &&
    op === row.op;
  return isOfOne && (await readVerdict(store, objectId, sidecar, place)) === 'good' ? sidecar : undefined;
}
