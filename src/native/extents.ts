/** Where a file has data, holes made on purpose, and clones. Offsets and lengths are bytes. */
import { FALLOC_FL_KEEP_SIZE, FALLOC_FL_PUNCH_HOLE, IOCTL, SEEK_DATA, SEEK_HOLE } from './constants.js';
import type { Fd } from './io.js';
import { libc } from './libc.js';
import { isErrno } from './native-error.js';

export interface Extent {
  readonly offset: number;
  readonly length: number;
}

function seek(fd: Fd, offset: number, whence: number, target: string): number | undefined {
  try {
    return Number(libc('lseek', [fd, BigInt(offset), whence], target));
  } catch (error) {
    // No data (or nothing at all) at or behind the offset: lseek(2).
    if (isErrno(error, 'ENXIO')) return undefined;
    throw error;
  }
}

/**
 * The file's data extents in [0, sizeBytes), ascending (SEEK_DATA and SEEK_HOLE, lseek(2)). A hole says nothing about
 * lost data: files are sparse to begin with, and an unwritten extent is a hole before a read and data after it.
 */
export function* dataExtents(fd: Fd, sizeBytes: number, target: string): Generator<Extent> {
  let offset = 0;
  while (offset < sizeBytes) {
    const start = seek(fd, offset, SEEK_DATA, target);
    if (start === undefined || start >= sizeBytes) return;
    const end = Math.min(seek(fd, start, SEEK_HOLE, target) ?? sizeBytes, sizeBytes);
    yield { offset: start, length: end - start };
    offset = end;
  }
}

/** Deallocates a byte range and keeps the size (fallocate(2)). Partial blocks at the ends are zeroed, not freed. */
export function punchHole(fd: Fd, offset: number, lengthBytes: number, target: string): void {
  const mode = FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE;
  libc('fallocate', [fd, mode, BigInt(offset), BigInt(lengthBytes)], target);
}

/**
 * Makes `destination` share all extents of `source` (FICLONE, ioctl_ficlonerange(2)). Atomic; no data is copied.
 * @throws NativeError EOPNOTSUPP or EXDEV where the filesystem cannot
 */
export function cloneFile(source: Fd, destination: Fd, target: string): void {
  libc('ioctlInt', [destination, IOCTL.FICLONE, source], target);
}
