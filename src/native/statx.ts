import {
  AT_EMPTY_PATH,
  AT_FDCWD,
  AT_SYMLINK_NOFOLLOW,
  IOCTL,
  S_IFDIR,
  S_IFMT,
  S_IFREG,
  STATX_WANTED,
} from './constants.js';
import type { Gen, Ino } from './inode-id.js';
import { toGen, toIno } from './inode-id.js';
import type { Fd, PathBytes } from './io.js';
import { STATX } from './layouts.js';
import { libc } from './libc.js';
import { isErrno } from './native-error.js';

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
  readonly mountId: bigint;
}

const EMPTY_PATH = Buffer.from('\0');
const NS_PER_SECOND = 1_000_000_000n;

const { fields } = STATX;

function readTime(buffer: Buffer, secondsAt: number, nanosecondsAt: number): bigint {
  return buffer.readBigInt64LE(secondsAt) * NS_PER_SECOND + BigInt(buffer.readUInt32LE(nanosecondsAt));
}

function parse(buffer: Buffer): FileStat {
  return {
    ino: toIno(buffer.readBigUInt64LE(fields.stx_ino[0])),
    mode: buffer.readUInt16LE(fields.stx_mode[0]),
    nlink: buffer.readUInt32LE(fields.stx_nlink[0]),
    uid: buffer.readUInt32LE(fields.stx_uid[0]),
    gid: buffer.readUInt32LE(fields.stx_gid[0]),
    sizeBytes: buffer.readBigUInt64LE(fields.stx_size[0]),
    blocks512: buffer.readBigUInt64LE(fields.stx_blocks[0]),
    mtimeNs: readTime(buffer, fields['stx_mtime.tv_sec'][0], fields['stx_mtime.tv_nsec'][0]),
    ctimeNs: readTime(buffer, fields['stx_ctime.tv_sec'][0], fields['stx_ctime.tv_nsec'][0]),
    btimeNs: readTime(buffer, fields['stx_btime.tv_sec'][0], fields['stx_btime.tv_nsec'][0]),
    blockSizeBytes: buffer.readUInt32LE(fields.stx_blksize[0]),
    device: `${buffer.readUInt32LE(fields.stx_dev_major[0])}:${buffer.readUInt32LE(fields.stx_dev_minor[0])}`,
    mountId: buffer.readBigUInt64LE(fields.stx_mnt_id[0]),
  };
}

/**
 * statx(2) of an open descriptor (O_PATH ones too). It asks for STATX_CTIME and STATX_MTIME, so that on kernels with
 * multigrain timestamps the next change gets a distinct ctime: only these times may serve as a reference.
 * @throws NativeError
 */
export function statFd(fd: Fd, target: string): FileStat {
  const buffer = Buffer.alloc(STATX.sizeBytes);
  libc('statx', [fd, EMPTY_PATH, AT_EMPTY_PATH, STATX_WANTED, buffer], target);
  return parse(buffer);
}

/** statx(2) of a path; a symbolic link is not followed. */
export function statPath(path: PathBytes): FileStat {
  const buffer = Buffer.alloc(STATX.sizeBytes);
  const zeroEnded = Buffer.concat([path, Buffer.of(0)]);
  libc('statx', [AT_FDCWD, zeroEnded, AT_SYMLINK_NOFOLLOW, STATX_WANTED, buffer], path.toString());
  return parse(buffer);
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

/** The inode's generation (FS_IOC_GETVERSION, ioctl_iflags(2)). Needs a descriptor that is not O_PATH. */
export function generationOf(fd: Fd, target: string): Gen {
  const buffer = Buffer.alloc(8);
  libc('ioctlBuffer', [fd, IOCTL.FS_IOC_GETVERSION, buffer], target);
  return toGen(buffer.readUInt32LE(0));
}

export const isRegularFile = (mode: number): boolean => (mode & S_IFMT) === S_IFREG;
export const isDirectory = (mode: number): boolean => (mode & S_IFMT) === S_IFDIR;
