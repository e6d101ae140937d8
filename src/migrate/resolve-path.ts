import fs from 'node:fs';
import nodePath from 'node:path';
import { OperationalError } from '../errors.js';
import { O_PATH, S_IFLNK, S_IFMT } from '../native/constants.js';
import { handleOfFd, idFromXfsHandle } from '../native/file-handle.js';
import type { InodeId } from '../native/inode-id.js';
import { closeFd, openPath, type PathBytes } from '../native/io.js';
import { isDirectory, isRegularFile, statFd, type FileStat } from '../native/statx.js';

/** A path that was looked up once; from here on the inode is known by number and generation. */
export interface ResolvedPath {
  readonly path: PathBytes;
  readonly id: InodeId;
  readonly stat: FileStat;
  readonly kind: 'file' | 'folder';
}

/**
 * The name that records keep of a file, for people: whole, since who reads it does not stand where it was given. Bytes, not
 * text: a name need not be UTF-8.
 */
export function hintOf({ path: given }: Pick<ResolvedPath, 'path'>): PathBytes {
  const text = given.toString('latin1');
  try {
    const cwd = nodePath.isAbsolute(text) ? '/' : Buffer.from(process.cwd()).toString('latin1');
    return Buffer.from(nodePath.resolve(cwd, text), 'latin1');
  } catch {
    return given; // the folder that the program was started in is gone
  }
}

const KINDS: Readonly<Record<number, string>> = {
  0o010000: 'a FIFO',
  0o020000: 'a character device',
  0o060000: 'a block device',
  0o140000: 'a socket',
};

function describeKind(mode: number): string {
  if ((mode & S_IFMT) === S_IFLNK) return 'a symbolic link; name the file that it points to';
  return `${KINDS[mode & S_IFMT] ?? 'not a regular file'}; only regular files can be migrated`;
}

/**
 * Looks a path up without opening the file, so that nobody's lease is broken. A symbolic link is not followed.
 * @param device the filesystem that it has to be on, as in FileStat.device
 * @throws NativeError ENOENT and others; OperationalError ENOTFILE, EOUTSIDE
 */
export function resolvePath(path: PathBytes, device: string, mountPoint: PathBytes): ResolvedPath {
  const target = path.toString();
  const fd = openPath(path, O_PATH | fs.constants.O_NOFOLLOW);
  try {
    const stat = statFd(fd, target);
    if (stat.device !== device) {
      throw new OperationalError('EOUTSIDE', `${target} is not on the filesystem mounted at ${mountPoint.toString()}`);
    }
    const folder = isDirectory(stat.mode);
    if (!folder && !isRegularFile(stat.mode)) {
      throw new OperationalError('ENOTFILE', `${target} is ${describeKind(stat.mode)}`);
    }
    return { path, stat, id: idFromXfsHandle(handleOfFd(fd, target), target), kind: folder ? 'folder' : 'file' };
  } finally {
    closeFd(fd);
  }
}
