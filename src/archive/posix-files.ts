/** File operations that a store on a POSIX filesystem is made of. All throw NativeError with the path. */
import fs from 'node:fs';
import { closeFd, fsyncFd, openPath, preadFully, pwriteAll, type Fd, type PathBytes } from '../native/io.js';
import { isErrno, nativeCall, NativeError } from '../native/native-error.js';
import { isRegularFile, statFd, statIfPresent, type FileStat } from '../native/statx.js';
import { isOfMedium, StoreError } from './store-error.js';

const { O_CREAT, O_DIRECTORY, O_EXCL, O_NOFOLLOW, O_RDONLY, O_RDWR } = fs.constants;
/** The largest JSON file in a store is a sidecar with 4,096 ranges: some 130 KiB. */
const RECORD_BYTES_MAX = 1024 * 1024;

/** For cleaning up after a failure, which must not hide it: what cannot be cleaned stays in tmp/ for a sweep. */
export function bestEffort(action: () => void): void {
  try {
    action();
  } catch (error) {
    if (!(error instanceof NativeError)) throw error;
  }
}

/** Creates a folder; false if it was there. */
export function makeFolder(path: PathBytes): boolean {
  try {
    nativeCall(path.toString(), () => fs.mkdirSync(path, 0o700));
    return true;
  } catch (error) {
    if (isErrno(error, 'EEXIST')) return false;
    throw error;
  }
}

/** rename(2). An existing target is replaced: who must not lose it looks first. */
export function renamePath(from: PathBytes, to: PathBytes): void {
  nativeCall(to.toString(), () => fs.renameSync(from, to));
}

/** Deletes a file; false if it was not there. */
export function removeFile(path: PathBytes): boolean {
  try {
    nativeCall(path.toString(), () => fs.unlinkSync(path));
    return true;
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return false;
    throw error;
  }
}

/** Deletes an empty folder. */
export function removeFolder(path: PathBytes): void {
  nativeCall(path.toString(), () => fs.rmdirSync(path));
}

/** The names in a folder, as bytes, sorted; undefined if there is no such folder. */
export function listFolder(path: PathBytes): Buffer[] | undefined {
  try {
    const names = nativeCall(path.toString(), () => fs.readdirSync(path, { encoding: 'buffer' }));
    return names.sort((left, right) => left.compare(right));
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return undefined;
    throw error;
  }
}

/**
 * Opens a file for reading, or undefined if there is none. Whatever else has its name (a link, a folder, a pipe, whose
 * open would wait for a writer) is none.
 */
export function openIfPresent(path: PathBytes, extraFlags = 0): Fd | undefined {
  const stat = statIfPresent(path);
  if (stat === undefined || !isRegularFile(stat.mode)) return undefined;
  try {
    return openPath(path, O_RDONLY | O_NOFOLLOW | extraFlags);
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return undefined;
    throw error;
  }
}

/** @throws NativeError EROFS, EACCES where names cannot be made in a folder */
export function assertFolderWritable(path: PathBytes): void {
  nativeCall(path.toString(), () => fs.accessSync(path, fs.constants.W_OK | fs.constants.X_OK));
}

/** Creates a file that must not exist. */
export function createFile(path: PathBytes): Fd {
  return openPath(path, O_CREAT | O_EXCL | O_RDWR | O_NOFOLLOW, 0o600);
}

/** Creates a file with these bytes; not durable. Nothing is left of it on failure. */
export function writeNewFile(path: PathBytes, bytes: Buffer): void {
  const fd = createFile(path);
  try {
    pwriteAll(fd, bytes, bytes.length, 0, path.toString());
  } catch (error) {
    bestEffort(() => removeFile(path));
    throw error;
  } finally {
    closeFd(fd);
  }
}

/** Opens a folder, for syncing it or its filesystem. */
export function openFolder(path: PathBytes): Fd {
  return openPath(path, O_RDONLY | O_DIRECTORY);
}

/** Makes the names in a folder durable. */
export function syncFolder(path: PathBytes): void {
  const fd = openFolder(path);
  try {
    fsyncFd(fd, path.toString());
  } finally {
    closeFd(fd);
  }
}

/** Replaces a small file atomically and durably: a new one beside in `temporary`, synced, renamed, folder synced. */
export function replaceFile(path: PathBytes, folder: PathBytes, temporary: PathBytes, bytes: Buffer): void {
  const target = temporary.toString();
  const fd = createFile(temporary);
  try {
    pwriteAll(fd, bytes, bytes.length, 0, target);
    fsyncFd(fd, target);
    renamePath(temporary, path);
  } catch (error) {
    bestEffort(() => removeFile(temporary));
    throw error;
  } finally {
    closeFd(fd);
  }
  syncFolder(folder);
}

/**
 * The text of a small file, or undefined if there is none.
 * @throws StoreError ESTORE_RECORD if it is too large to be one of ours
 */
export function readRecord(path: PathBytes): string | undefined {
  const fd = openIfPresent(path);
  if (fd === undefined) return undefined;
  try {
    // One byte more than it has: a file that grows meanwhile shows.
    const { sizeBytes } = statFd(fd, path.toString());
    const room = sizeBytes > BigInt(RECORD_BYTES_MAX) ? RECORD_BYTES_MAX : Number(sizeBytes);
    const buffer = Buffer.alloc(room + 1);
    const length = preadFully(fd, buffer, buffer.length, 0, path.toString());
    if (length > room) {
      throw new StoreError('ESTORE_RECORD', `${path.toString()} grows, or is larger than any record that hsmck writes`);
    }
    return buffer.toString('utf8', 0, length);
  } finally {
    closeFd(fd);
  }
}

/** One inode that the medium does not give is there all the same; whoever reads the object comes by the error. */
export function statUnlessBroken(path: PathBytes): FileStat | 'broken' | undefined {
  try {
    return statIfPresent(path);
  } catch (error) {
    if (isOfMedium(error)) return 'broken';
    throw error;
  }
}
