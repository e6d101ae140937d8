import type { ObjectId } from '../dm/identity.js';
import type { PathBytes } from '../native/io.js';

const SLASH = Buffer.from('/');

/** Appends names to a path. Paths are bytes: a store may lie below a folder whose name is not UTF-8. */
export function joinPath(folder: PathBytes, ...names: readonly (string | Buffer)[]): PathBytes {
  const parts = names.flatMap((name) => [SLASH, typeof name === 'string' ? Buffer.from(name) : name]);
  return Buffer.concat([folder, ...parts]);
}

/**
 * The two folder names below which an object lies: bytes 2 and 3 of its id. In a UUIDv7 these are bits 31 to 16 of the
 * time in milliseconds, so a new folder begins about every minute (65.5 s): objects put together lie together, a burst of
 * puts creates and syncs one folder instead of thousands, and a listing reads folders as they were written. They repeat
 * after 50 days, which bounds the number of folders at 65,536.
 */
export function fanOut(objectId: ObjectId): readonly [string, string] {
  const hex = objectId.replaceAll('-', '');
  return [hex.slice(4, 6), hex.slice(6, 8)];
}

/** The names that belong to one object in objects/ or trash/. */
export interface ObjectPaths {
  readonly folder: PathBytes;
  readonly data: PathBytes;
  readonly sidecar: PathBytes;
  /** In trash/ only. */
  readonly trashRecord: PathBytes;
}

/** The paths of an object's files in objects/ or trash/, whether they exist or not. */
export function objectPaths(dir: PathBytes, place: 'objects' | 'trash', objectId: ObjectId): ObjectPaths {
  const folder = joinPath(dir, place, ...fanOut(objectId));
  return {
    folder,
    data: joinPath(folder, objectId),
    sidecar: joinPath(folder, `${objectId}.json`),
    trashRecord: joinPath(folder, `${objectId}.trash.json`),
  };
}

export const storeFile = (dir: PathBytes): PathBytes => joinPath(dir, 'store.json');
export const temporaryFolder = (dir: PathBytes): PathBytes => joinPath(dir, 'tmp');
