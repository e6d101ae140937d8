import { S_IFDIR, S_IFMT, S_IFREG } from '../../../src/native/constants.js';
import { toGen, toIno, type Gen } from '../../../src/native/inode-id.js';
import type { Fd, PathBytes } from '../../../src/native/io.js';
import { isErrno } from '../../../src/native/native-error.js';
import type { FileStat } from '../../../src/native/statx.js';
import type { Inode } from '../kernel/inode.js';
import { PAGE_BYTES } from '../kernel/image.js';
import type { SimFilesystem } from '../kernel/sim-filesystem.js';
import { enter } from '../kernel/world.js';
import { listMounts } from './mountinfo.js';

function statOf(fs: SimFilesystem, inode: Inode): FileStat {
  const { image } = inode;
  inode.ctimeQueried = true;
  return {
    ino: toIno(image.ino),
    mode: image.mode,
    nlink: image.nlink,
    uid: image.uid,
    gid: image.gid,
    sizeBytes: BigInt(inode.sizeBytes),
    blocks512: BigInt(inode.blocks512),
    mtimeNs: image.mtimeNs,
    ctimeNs: image.ctimeNs,
    btimeNs: image.btimeNs,
    blockSizeBytes: PAGE_BYTES,
    device: fs.device,
  };
}

export function statFd(fd: Fd, target: string): FileStat {
  const { fs, inode } = enter('statx', target).files.get(fd, 'statx');
  return statOf(fs, inode);
}

export function statPath(path: PathBytes): FileStat {
  const { fs, inode } = enter('statx', path.toString()).existing(path);
  return statOf(fs, inode);
}

export function statIfPresent(path: PathBytes): FileStat | undefined {
  try {
    return statPath(path);
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return undefined;
    throw error;
  }
}

export function generationOf(fd: Fd, target: string): Gen {
  return toGen(enter('getversion', target).files.get(fd, 'ioctl').inode.image.gen);
}

export const isRegularFile = (mode: number): boolean => (mode & S_IFMT) === S_IFREG;
export const isDirectory = (mode: number): boolean => (mode & S_IFMT) === S_IFDIR;

/** The simulated machine has each filesystem mounted once. */
const mountIdOf = ({ device }: FileStat): bigint => listMounts().find((mount) => mount.device === device)?.id ?? 0n;

export const mountIdOfFd = (fd: Fd, target: string): bigint => mountIdOf(statFd(fd, target));
export const mountIdOfPath = (path: PathBytes): bigint => mountIdOf(statPath(path));
