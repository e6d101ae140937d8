/** Reading objects: by range, whole, and back from the medium. */
import fs from 'node:fs';
import type { ObjectId } from '../dm/identity.js';
import { closeFd, dropCachedPages, exactSize, type Fd } from '../native/io.js';
import { isErrno } from '../native/native-error.js';
import { statFd } from '../native/statx.js';
import type { ExpectedObject, ObjectVerdict } from './archive-store.js';
import { ContentError } from './content-error.js';
import type { ChunkHook, ContentSource, ReadOptions } from './content-reader.js';
import { copyContent, type ContentDestination } from './copy-content.js';
import { hashContent, type ContentDigest } from './hash-content.js';
import { GRAIN_BYTES_MAX } from './nonzero-map.js';
import { openIfPresent } from './posix-files.js';
import { objectPaths } from './store-paths.js';
import { assertPresent, type StoreRoot } from './store-presence.js';

/** An object where it is looked for. */
export interface PlacedObject {
  readonly objectId: ObjectId;
  readonly place: 'objects' | 'trash';
}

/** Opens an object, or undefined if it is truly missing: the store was there before the look and after it. */
function openObject(root: StoreRoot, { objectId, place }: PlacedObject, extraFlags = 0): ContentSource | undefined {
  assertPresent(root);
  const { data } = objectPaths(root.dir, place, objectId);
  const fd = openIfPresent(data, extraFlags);
  if (fd === undefined) {
    assertPresent(root);
    return undefined;
  }
  const target = data.toString();
  return { fd, sizeBytes: sizeOf(fd, target), target };
}

function sizeOf(fd: Fd, target: string): number {
  try {
    return exactSize(statFd(fd, target).sizeBytes);
  } catch (error) {
    closeFd(fd);
    throw error;
  }
}

/** Runs `use` over the open object; undefined if it is missing. */
export async function withOpenObject<T>(
  root: StoreRoot,
  placed: PlacedObject,
  use: (object: ContentSource) => Promise<T>,
  extraFlags = 0,
): Promise<T | undefined> {
  const object = openObject(root, placed, extraFlags);
  if (!object) return undefined;
  try {
    return await use(object);
  } finally {
    closeFd(object.fd);
  }
}

/** Size first: an object of another size need not be read. */
async function judge(
  object: ContentSource,
  expected: ExpectedObject,
  read: () => Promise<ContentDigest>,
): Promise<ObjectVerdict> {
  if (BigInt(object.sizeBytes) !== expected.sizeBytes) return 'size-differs';
  try {
    return (await read()).sha256.equals(expected.sha256) ? 'good' : 'digest-differs';
  } catch (error) {
    // Objects are immutable: one that got shorter while it was read is as wrong as one that was short before.
    if (error instanceof ContentError && error.code === 'ECONTENT_SHORT' && isShorter(object)) return 'size-differs';
    throw error;
  }
}

const isShorter = (object: ContentSource): boolean =>
  statFd(object.fd, object.target).sizeBytes < BigInt(object.sizeBytes);

function hook(onChunk: ChunkHook | undefined): ReadOptions {
  return onChunk ? { onChunk } : {};
}

/** ArchiveStore.fetch */
export async function fetchObject(
  root: StoreRoot,
  objectId: ObjectId,
  destination: ContentDestination,
  expected: ExpectedObject,
  onChunk?: ChunkHook,
): Promise<ObjectVerdict> {
  const options = { grainBytes: GRAIN_BYTES_MAX, ...hook(onChunk) };
  const verdict = await withOpenObject(root, { objectId, place: 'objects' }, (object) =>
    judge(object, expected, () => copyContent(object, destination, options)),
  );
  return verdict ?? 'missing';
}

/**
 * ArchiveStore.verify: O_DIRECT reads from the device. Filesystems that refuse it at open or at the first read get their
 * cached pages dropped instead, which works for clean pages, and the object's pages are clean: it was synced.
 */
export async function verifyObject(
  root: StoreRoot,
  placed: PlacedObject,
  expected: ExpectedObject,
  onChunk?: ChunkHook,
): Promise<ObjectVerdict> {
  const options = { grainBytes: GRAIN_BYTES_MAX, ...hook(onChunk) };
  const direct = (object: ContentSource): Promise<ObjectVerdict> =>
    judge(object, expected, () => hashContent(object, { ...options, direct: true }));
  const buffered = (object: ContentSource): Promise<ObjectVerdict> => {
    dropCachedPages(object.fd, object.target);
    return judge(object, expected, () => hashContent(object, options));
  };
  try {
    return (await withOpenObject(root, placed, direct, fs.constants.O_DIRECT)) ?? 'missing';
  } catch (error) {
    if (!isErrno(error, 'EINVAL', 'EOPNOTSUPP')) throw error;
    return (await withOpenObject(root, placed, buffered)) ?? 'missing';
  }
}
