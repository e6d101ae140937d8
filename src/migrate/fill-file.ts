import { CHUNK_BYTES } from '../archive/content-reader.js';
import { cloneFile, dataExtents } from '../native/extents.js';
import { preadFully, pwriteAll, type Fd } from '../native/io.js';
import { isErrno } from '../native/native-error.js';

interface OpenFile {
  readonly fd: Fd;
  readonly target: string;
}

/** Writes the source's data to the same offsets of the destination, up to `endBytes`. */
function copyExtents(source: OpenFile, destination: OpenFile, endBytes: number): void {
  const buffer = Buffer.alloc(CHUNK_BYTES);
  for (const extent of dataExtents(source.fd, endBytes, source.target)) {
    for (let done = 0; done < extent.length; done += CHUNK_BYTES) {
      const offset = extent.offset + done;
      const length = preadFully(source.fd, buffer, Math.min(CHUNK_BYTES, extent.length - done), offset, source.target);
      pwriteAll(destination.fd, buffer, length, offset, destination.target);
    }
  }
}

/**
 * Gives a file the content of a temporary one on the same filesystem: by sharing its extents where the filesystem can,
 * else by copying. The caller has proven that the file has nothing but zeros, or equal bytes, and holds its write lease.
 */
export function fillFile(temporary: OpenFile, file: OpenFile, sizeBytes: number): void {
  if (sizeBytes === 0) return;
  try {
    cloneFile(temporary.fd, file.fd, file.target);
  } catch (error) {
    if (!isErrno(error, 'EOPNOTSUPP', 'EXDEV', 'EINVAL')) throw error;
    copyExtents(temporary, file, sizeBytes);
  }
}

/** Half of a fill, as a crash in the middle of one leaves it. For fault injection only. */
export function tearFill(temporary: OpenFile, file: OpenFile, sizeBytes: number): void {
  copyExtents(temporary, file, Math.floor(sizeBytes / 2));
}
