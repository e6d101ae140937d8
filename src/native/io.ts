/** Opening, reading and writing by file descriptor. Paths are bytes: a Linux file name need not be UTF-8. */
import fs from 'node:fs';
import { OperationalError } from '../errors.js';
import { FCNTL, POSIX_FADV_DONTNEED } from './constants.js';
import { libc, libcReturningErrno } from './libc.js';
import { nativeCall, NativeError } from './native-error.js';

declare const brand: unique symbol;
/** An open file descriptor of this process. */
export type Fd = number & { readonly [brand]: 'Fd' };

export type PathBytes = Buffer;

const describePath = (path: PathBytes): string => path.toString('utf8');

/**
 * open(2). Node sets O_CLOEXEC itself.
 * @throws NativeError
 */
export function openPath(path: PathBytes, flags: number, mode = 0o600): Fd {
  return nativeCall(describePath(path), () => fs.openSync(path, flags, mode) as Fd);
}

/** close(2). A descriptor is gone after close whatever it returned, so errors say nothing that an fsync has not said. */
export function closeFd(fd: Fd): void {
  try {
    fs.closeSync(fd);
  } catch (error) {
    if (NativeError.fromNode(error, `fd ${fd}`) instanceof NativeError) return;
    throw error;
  }
}

/** For descriptors that did not come from openPath: a forked child would keep a lease alive. Closes it on failure. */
export function setCloseOnExec(fd: Fd, target: string): void {
  try {
    libc('fcntl', [fd, FCNTL.F_SETFD, FCNTL.FD_CLOEXEC], target);
  } catch (error) {
    closeFd(fd);
    throw error;
  }
}

/** pread(2) into `buffer`: the number of bytes read, 0 at the end of the file. */
export function pread(fd: Fd, buffer: Uint8Array, lengthBytes: number, position: number, target: string): number {
  return nativeCall(target, () => fs.readSync(fd, buffer, 0, lengthBytes, position));
}

/** Reads exactly `lengthBytes` bytes unless the file ends before; returns the number read. */
export function preadFully(fd: Fd, buffer: Uint8Array, lengthBytes: number, position: number, target: string): number {
  let done = 0;
  while (done < lengthBytes) {
    const count = nativeCall(target, () => fs.readSync(fd, buffer, done, lengthBytes - done, position + done));
    if (count === 0) break;
    done += count;
  }
  return done;
}

/** pwrite(2) until all bytes are written. A write that makes no progress is an error, not a loop. */
export function pwriteAll(fd: Fd, buffer: Uint8Array, lengthBytes: number, position: number, target: string): void {
  let done = 0;
  while (done < lengthBytes) {
    const count = nativeCall(target, () => fs.writeSync(fd, buffer, done, lengthBytes - done, position + done));
    if (count === 0) throw new NativeError('EIO', 'write', target);
    done += count;
  }
}

/** ftruncate(2). */
export function truncateFd(fd: Fd, sizeBytes: number, target: string): void {
  nativeCall(target, () => fs.ftruncateSync(fd, sizeBytes));
}

/** fsync(2). A failure is final: the kernel has dropped the dirty state, so a second fsync would lie. */
export function fsyncFd(fd: Fd, target: string): void {
  libc('fsync', [fd], target);
}

/** fdatasync(2): data and what is needed to read it back; on ext4 not the extended attributes. */
export function fdatasyncFd(fd: Fd, target: string): void {
  libc('fdatasync', [fd], target);
}

/** syncfs(2): everything on the descriptor's filesystem. Reports write-back errors since `fd` was opened. */
export function syncFilesystem(fd: Fd, target: string): void {
  libc('syncfs', [fd], target);
}

/** Drops clean cached pages of the file, so that the next read comes from the device (posix_fadvise(2)). */
export function dropCachedPages(fd: Fd, target: string): void {
  libcReturningErrno('fadvise', [fd, 0n, 0n, POSIX_FADV_DONTNEED], target);
}

/**
 * A size as a JavaScript number.
 * @throws OperationalError ETOOBIG where a double could not hold it exactly
 */
export function exactSize(sizeBytes: bigint): number {
  if (sizeBytes < 0n || sizeBytes > BigInt(Number.MAX_SAFE_INTEGER)) {
    throw new OperationalError('ETOOBIG', `a size of ${sizeBytes} bytes is beyond what hsmck handles (2^53 - 1 bytes)`);
  }
  return Number(sizeBytes);
}
