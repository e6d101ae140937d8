import type { PathBytes } from '../native/io.js';
import { isErrno } from '../native/native-error.js';
import { statIfPresent, type FileStat } from '../native/statx.js';
import { readRecord } from './posix-files.js';
import { StoreError } from './store-error.js';
import { parseStoreIdentity, type StoreIdentity } from './store-identity.js';
import { storeFile } from './store-paths.js';

/** A store that was opened: its folder, and which store was found there. */
export interface StoreRoot {
  readonly dir: PathBytes;
  readonly storeId: string;
}

/**
 * What the kernel says of a path on a network or FUSE filesystem whose other end is gone, and of one on a filesystem that
 * has shut down or whose disk fails: a store that cannot even be identified says nothing of its copies.
 */
const GONE = [
  ...['ENOENT', 'ENOTDIR', 'ESTALE', 'ENOTCONN', 'EHOSTDOWN', 'EHOSTUNREACH', 'ETIMEDOUT'],
  ...['EIO', 'EUCLEAN', 'EBADMSG'],
];

/** The error for a store that is not there (ESTORE_UNREACHABLE), with what to do about it. */
export function unreachable(dir: PathBytes, cause?: unknown): StoreError {
  const why = cause instanceof Error ? `cannot be reached (${cause.message})` : 'has no store.json';
  return new StoreError(
    'ESTORE_UNREACHABLE',
    `the archive store ${dir.toString()} ${why}: mount its filesystem, or name the right folder`,
    { cause },
  );
}

/**
 * Reads store.json.
 * @throws StoreError ESTORE_UNREACHABLE, ESTORE_FOREIGN
 */
export function readStoreIdentity(dir: PathBytes): StoreIdentity {
  const path = storeFile(dir);
  let text: string | undefined;
  try {
    text = readRecord(path);
  } catch (error) {
    if (isErrno(error, ...GONE)) throw unreachable(dir, error);
    throw error;
  }
  if (text === undefined) throw unreachable(dir);
  return parseStoreIdentity(text, path.toString());
}

/**
 * Reads store.json of a store that was opened before.
 * @throws StoreError ESTORE_UNREACHABLE, ESTORE_FOREIGN
 */
export function identityOf(root: StoreRoot): StoreIdentity {
  const identity = readStoreIdentity(root.dir);
  if (identity.storeId !== root.storeId) {
    throw new StoreError(
      'ESTORE_FOREIGN',
      `${root.dir.toString()} now holds the store ${identity.storeId}, not ${root.storeId}: mount the right one`,
    );
  }
  return identity;
}

/** What store.json was when it was read last: it is only ever replaced by a new file, so an equal one is the same. */
const seen = new WeakMap<StoreRoot, FileStat>();

/**
 * Makes sure that the store is there and still the same one. To be called before an object is believed missing, and
 * again afterwards: a filesystem can be unmounted at any moment, and then leaves an empty folder.
 * @throws StoreError ESTORE_UNREACHABLE, ESTORE_FOREIGN
 */
export function assertPresent(root: StoreRoot): void {
  const before = statStoreFile(root.dir);
  const last = seen.get(root);
  if (before !== undefined && last !== undefined && isSameFile(before, last)) return;
  seen.delete(root);
  identityOf(root);
  if (before !== undefined) seen.set(root, before);
}

function statStoreFile(dir: PathBytes): FileStat | undefined {
  try {
    return statIfPresent(storeFile(dir));
  } catch (error) {
    if (isErrno(error, ...GONE)) throw unreachable(dir, error);
    throw error;
  }
}

const isSameFile = (one: FileStat, other: FileStat): boolean =>
  one.ino === other.ino &&
  one.device === other.device &&
  one.ctimeNs === other.ctimeNs &&
  one.mtimeNs === other.mtimeNs &&
  one.sizeBytes === other.sizeBytes;
