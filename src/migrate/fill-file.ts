import { CHUNK_BYTES } from '../archive/content-reader.js';
import { fillContent } from '../archive/fill-content.js';
import { OperationalError } from '../errors.js';
import { cloneFile, dataExtents } from '../native/extents.js';
import { preadFully, pwriteAll, type Fd } from '../native/io.js';
import { leaseIsWhole } from '../native/lock.js';
import { isErrno } from '../native/native-error.js';

interface OpenFile {
  readonly fd: Fd;
  readonly target: string;
}

interface FillExtent {
  readonly sizeBytes: number;
  readonly blockSizeBytes: number;
}

/** Where the filesystem cannot share extents: only zeros are written over, each chunk under a lease that is whole. */
async function copyContent(
  temporary: OpenFile,
  file: OpenFile,
  { sizeBytes, blockSizeBytes }: FillExtent,
): Promise<void> {
  const onChunk = (): void => {
    // Not a BusyError: some data may be in place already, so there is no way back but by comparing.
    if (!leaseIsWhole(file.fd, 'write', file.target)) {
      throw new OperationalError('EHALFFILLED', `${file.target} was opened while its data came back`);
    }
  };
  const { result } = await fillContent(
    { ...file, sizeBytes },
    { ...temporary, sizeBytes },
    { onChunk, blockSizeBytes },
  );
  if (result === 'filled') return;
  throw new OperationalError('EHALFFILLED', `${file.target} was written to while its data came back`);
}

/**
 * Gives a file the content of a temporary one on the same filesystem: by sharing its extents where the filesystem can,
 * which is atomic, else by copying. The caller has proven that the file has nothing but zeros, or equal bytes, and holds
 * its write lease.
 * @throws NativeError; OperationalError EHALFFILLED when somebody came in between
 */
export async function fillFile(temporary: OpenFile, file: OpenFile, extent: FillExtent): Promise<void> {
  if (extent.sizeBytes === 0) return;
  try {
    cloneFile(temporary.fd, file.fd, file.target);
  } catch (error) {
    if (!isErrno(error, 'EOPNOTSUPP', 'EXDEV', 'EINVAL')) throw error;
    await copyContent(temporary, file, extent);
  }
}

/** The first part of a fill, as a crash in the middle of one leaves it. For fault injection only. */
export function tearFill(temporary: OpenFile, file: OpenFile, endBytes: number): void {
  const buffer = Buffer.alloc(CHUNK_BYTES);
  for (const extent of dataExtents(temporary.fd, endBytes, temporary.target)) {
    for (let done = 0; done < extent.length; done += CHUNK_BYTES) {
      const offset = extent.offset + done;
      const wanted = Math.min(CHUNK_BYTES, extent.length - done);
      const length = preadFully(temporary.fd, buffer, wanted, offset, temporary.target);
      pwriteAll(file.fd, buffer, length, offset, file.target);
    }
  }
}
