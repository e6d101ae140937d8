import fs from 'node:fs';
import { OperationalError } from '../../../src/errors.js';
import { O_PATH, O_TMPFILE } from '../../../src/native/constants.js';
import type { Fd, PathBytes } from '../../../src/native/io.js';
import { NativeError } from '../../../src/native/native-error.js';
import { dropClean, loseDirty, readData, truncateData, writeData } from '../kernel/file-data.js';
import { isFolder } from '../kernel/image.js';
import type { Inode } from '../kernel/inode.js';
import type { OpenFile } from '../kernel/open-files.js';
import { enter, world } from '../kernel/world.js';

const { O_CREAT, O_EXCL, O_RDWR, O_WRONLY, O_DIRECTORY, O_TRUNC, O_NONBLOCK } = fs.constants;
const PERMISSIONS = 0o7777;

/** A lease of another descriptor is broken by an open; who does not want to wait hears EAGAIN. */
export function assertFree(inode: Inode, wantsWrite: boolean, flags: number, target: string): void {
  const { machine } = world();
  const holder = machine.files.conflict(inode, wantsWrite ? 'write' : 'read', machine.clock.nowNs);
  if (holder === undefined) return;
  if ((flags & O_NONBLOCK) !== 0) throw new NativeError('EAGAIN', 'open', target);
  throw new Error(`${target}: the program waits for a lease that it holds itself`);
}

export function openPath(path: PathBytes, flags: number, mode = 0o600): Fd {
  const target = path.toString();
  const machine = enter('open', target);
  const wantsWrite = (flags & (O_RDWR | O_WRONLY)) !== 0;
  const opened = { canWrite: wantsWrite, invisible: false, pathOnly: (flags & O_PATH) !== 0, who: 'program' } as const;
  const place = machine.resolve(path);
  const { fs: filesystem, parent, name } = place;
  if ((flags & O_TMPFILE) === O_TMPFILE) {
    const inode = filesystem.createUnnamed(mode & PERMISSIONS);
    return machine.files.open({ fs: filesystem, inode, ...opened }).fd as Fd;
  }
  let { inode } = place;
  if (inode !== undefined && (flags & O_CREAT) !== 0 && (flags & O_EXCL) !== 0)
    throw new NativeError('EEXIST', 'open', target);
  if (inode === undefined) {
    if ((flags & O_CREAT) === 0) throw new NativeError('ENOENT', 'open', target);
    inode = filesystem.create(parent, name, mode & PERMISSIONS, 'file');
  } else if ((flags & O_DIRECTORY) !== 0 && !isFolder(inode.image)) throw new NativeError('ENOTDIR', 'open', target);
  else if (!opened.pathOnly) assertFree(inode, wantsWrite, flags, target);
  if ((flags & O_TRUNC) !== 0) throw new Error('the program truncates by ftruncate only');
  return machine.files.open({ fs: filesystem, inode, ...opened }).fd as Fd;
}

export function closeFd(fd: Fd): void {
  const here = world();
  // The kernel has closed them all when the process died.
  if (!here.isDead) here.machine.files.close(fd);
}

export function pread(fd: Fd, buffer: Uint8Array, lengthBytes: number, position: number, target: string): number {
  return readData(enter('pread', target).files.get(fd, 'read').inode, buffer, lengthBytes, position);
}

export const preadFully = pread;

/**
 * What a write or a punch does to the inode besides its data (file_modified() of the kernel). Capabilities go, by whomever it
 * is written to, and that moves ctime even where the write itself does not.
 */
export function fileModified(file: OpenFile): void {
  const { fs: filesystem, inode } = file;
  const hasCapability = inode.image.xattrs.has('security.capability');
  if (file.invisible && !hasCapability) return;
  const stamp = filesystem.now(inode);
  filesystem.change(inode, (image) => {
    image.xattrs.delete('security.capability');
    image.ctimeNs = stamp;
    if (!file.invisible) image.mtimeNs = stamp;
  });
}

export function pwriteAll(fd: Fd, buffer: Uint8Array, lengthBytes: number, position: number, target: string): void {
  if (lengthBytes === 0) return;
  const file = enter('pwrite', target).files.get(fd, 'write');
  fileModified(file);
  writeData(file.fs, file.inode, buffer.subarray(0, lengthBytes), position);
}

export function truncateFd(fd: Fd, sizeBytes: number, target: string): void {
  const { fs: filesystem, inode } = enter('ftruncate', target).files.get(fd, 'ftruncate');
  truncateData(filesystem, inode, sizeBytes);
  const stamp = filesystem.now(inode);
  filesystem.change(inode, (image) => {
    image.xattrs.delete('security.capability');
    image.mtimeNs = stamp;
    image.ctimeNs = stamp;
  });
}

/** A failed sync drops what it could not write. */
function synced(fd: Fd, call: string, target: string, sync: (file: OpenFile) => void): void {
  const file = world().machine.files.get(fd, call);
  try {
    enter(call, target);
  } catch (error) {
    if (error instanceof NativeError) {
      loseDirty(file.inode);
      world().machine.onDirtyLost(file.inode);
    }
    throw error;
  }
  sync(file);
}

export function fsyncFd(fd: Fd, target: string): void {
  synced(fd, 'fsync', target, ({ fs: filesystem, inode }) => filesystem.fsync(inode));
}

export const fdatasyncFd = fsyncFd;

export function syncFilesystem(fd: Fd, target: string): void {
  synced(fd, 'syncfs', target, ({ fs: filesystem }) => filesystem.syncAll());
}

export function dropCachedPages(fd: Fd, target: string): void {
  dropClean(enter('fadvise', target).files.get(fd, 'fadvise').inode);
}

export function exactSize(sizeBytes: bigint): number {
  if (sizeBytes < 0n || sizeBytes > BigInt(Number.MAX_SAFE_INTEGER))
    throw new OperationalError('ETOOBIG', String(sizeBytes));
  return Number(sizeBytes);
}
