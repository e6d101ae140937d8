import fs from 'node:fs';
import { deviceNumberText } from './block-device.js';
import {
  AT_EMPTY_PATH,
  AT_FDCWD,
  AT_SYMLINK_NOFOLLOW,
  IOCTL,
  S_IFDIR,
  S_IFMT,
  S_IFREG,
  STATX_MNT_ID,
} from './constants.js';
import type { Gen, Ino } from './inode-id.js';
import { toGen, toIno } from './inode-id.js';
import type { Fd, PathBytes } from './io.js';
import { STATX } from './layouts.js';
import { libc } from './libc.js';
import { isErrno, nativeCall } from './native-error.js';

/** What statx(2) says of an inode. Times are signed nanoseconds since 1970, sizes are bytes, blocks are 512 bytes. */
export interface FileStat {
  readonly ino: Ino;
  readonly mode: number;
  readonly nlink: number;
  readonly uid: number;
  readonly gid: number;
  readonly sizeBytes: bigint;
  readonly blocks512: bigint;
  readonly mtimeNs: bigint;
  readonly ctimeNs: bigint;
  readonly btimeNs: bigint;
  readonly blockSizeBytes: number;
  readonly device: string;
}

const fromNode = (stat: fs.BigIntStats): FileStat => ({
  ino: toIno(stat.ino),
  mode: Number(stat.mode),
  nlink: Number(stat.nlink),
  uid: Number(stat.uid),
  gid: Number(stat.gid),
  sizeBytes: stat.size,
  blocks512: stat.blocks,
  mtimeNs: stat.mtimeNs,
  ctimeNs: stat.ctimeNs,
  btimeNs: stat.birthtimeNs,
  blockSizeBytes: Number(stat.blksize),
  device: deviceNumberText(stat.dev),
});

/**
 * statx(2) of an open descriptor (O_PATH ones too). Node asks for STATX_CTIME and STATX_MTIME, so that on kernels with
 * multigrain timestamps the next change gets a distinct ctime: only these times may serve as a reference. Through Node
 * because an operation asks some twenty times a file, and a foreign call takes six times as long. Where there was no
 * statx(2), Node would make a birth time up: opening a mount asks for the mount's id, and fails there.
 * @throws NativeError
 */
export function statFd(fd: Fd, target: string): FileStat {
  return fromNode(nativeCall(target, () => fs.fstatSync(fd, { bigint: true })));
}

/** statx(2) of a path; a symbolic link is not followed. @throws NativeError */
export function statPath(path: PathBytes): FileStat {
  return fromNode(nativeCall(path.toString(), () => fs.lstatSync(path, { bigint: true })));
}

/** What lies at a path (a symbolic link is not followed), or undefined. @throws NativeError for all but ENOENT */
export function statIfPresent(path: PathBytes): FileStat | undefined {
  try {
    return statPath(path);
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return undefined;
    throw error;
  }
}

function mountId(fd: number, path: Buffer, flags: number, target: string): bigint {
  const buffer = Buffer.alloc(STATX.sizeBytes);
  libc('statx', [fd, Buffer.concat([path, Buffer.of(0)]), flags, STATX_MNT_ID, buffer], target);
  return buffer.readBigUInt64LE(STATX.fields.stx_mnt_id[0]);
}

/** The id of the mount through which a file was opened, as in /proc/self/mountinfo. @throws NativeError */
export const mountIdOfFd = (fd: Fd, target: string): bigint => mountId(fd, Buffer.alloc(0), AT_EMPTY_PATH, target);

/** The id of the mount on which a path lies; a symbolic link is not followed. @throws NativeError */
export const mountIdOfPath = (path: PathBytes): bigint => mountId(AT_FDCWD, path, AT_SYMLINK_NOFOLLOW, path.toString());

/** The inode's generation (FS_IOC_GETVERSION, ioctl_iflags(2)). Needs a descriptor that is not O_PATH. */
export function generationOf(fd: Fd, target: string): Gen {
  const buffer = Buffer.alloc(8);
  libc('ioctlBuffer', [fd, IOCTL.FS_IOC_GETVERSION, buffer], target);
  return toGen(buffer.readUInt32LE(0));
}

export const isRegularFile = (mode: number): boolean => (mode & S_IFMT) === S_IFREG;
export const isDirectory = (mode: number): boolean => (mode & S_IFMT) === S_IFDIR;
