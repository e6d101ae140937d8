import fs from 'node:fs';
import { OperationalError } from '../../errors.js';
import { closeFd, openPath, pread, pwriteAll } from '../../native/io.js';

/**
 * Flips one bit of a file's first byte.
 * @throws OperationalError EDEMO for an empty file, NativeError
 */
export function damageFile(root: Buffer, path: Buffer): void {
  const target = path.toString();
  const fd = openPath(Buffer.concat([root, Buffer.from('/'), path]), fs.constants.O_RDWR);
  try {
    const byte = Buffer.alloc(1);
    if (pread(fd, byte, 1, 0, target) === 0) {
      throw new OperationalError('EDEMO', `${target} is empty: there is nothing to damage`);
    }
    pwriteAll(fd, Buffer.of((byte[0] ?? 0) ^ 1), 1, 0, target);
  } finally {
    closeFd(fd);
  }
}
