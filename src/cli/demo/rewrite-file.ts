import { randomFillSync } from 'node:crypto';
import fs from 'node:fs';
import { closeFd, fdatasyncFd, openPath, pwriteAll } from '../../native/io.js';
import { statFd } from '../../native/statx.js';
import type { FileRecord } from './manifest.js';
import { recordFile } from './take-manifest.js';

/**
 * Plays a user: overwrites the first half of a file in place and makes the bytes durable (fdatasync), which leaves size
 * and extents as they are. Returns the file's record from now on.
 *
 * fdatasync need not make the new mtime durable. After a power cut the file may have the new bytes and the old mtime,
 * so both times are right; what must survive are the bytes.
 * @throws NativeError
 */
export function rewriteFile(root: Buffer, path: Buffer): FileRecord {
  const target = path.toString();
  const fd = openPath(Buffer.concat([root, Buffer.from('/'), path]), fs.constants.O_RDWR);
  let otherMtimeNs: bigint;
  try {
    const { sizeBytes, mtimeNs } = statFd(fd, target);
    otherMtimeNs = mtimeNs;
    const half = randomFillSync(Buffer.alloc(Number(sizeBytes) / 2));
    pwriteAll(fd, half, half.length, 0, target);
    fdatasyncFd(fd, target);
  } finally {
    closeFd(fd);
  }
  return { ...recordFile(root, path), otherMtimeNs };
}
