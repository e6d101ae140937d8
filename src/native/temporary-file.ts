import fs from 'node:fs';
import { O_TMPFILE } from './constants.js';
import { openPath, type Fd, type PathBytes } from './io.js';

/**
 * An unnamed file on the folder's filesystem (O_TMPFILE, open(2)): gone when closed, and after a crash.
 * @throws NativeError EOPNOTSUPP where the filesystem has none, ENOSPC, EROFS
 */
export function openTemporaryFile(folder: PathBytes): Fd {
  return openPath(folder, O_TMPFILE | fs.constants.O_RDWR, 0o600);
}
