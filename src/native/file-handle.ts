/** Generic file handles (open_by_handle_at(2)), for what an XFS handle cannot do: O_PATH, and other filesystems. */
import { AT_EMPTY_PATH, O_CLOEXEC } from './constants.js';
import { describeInode, toGen, toIno, type InodeId } from './inode-id.js';
import type { Fd } from './io.js';
import { libc } from './libc.js';
import { NativeError } from './native-error.js';

const HEADER_BYTES = 8;
const HANDLE_BYTES_MAX = 128;
const XFS_FID_TYPE = 0x81;
const XFS_FID_BYTES = 12;

/** struct file_handle, as name_to_handle_at(2) fills it. */
export type FileHandle = Buffer;

/** The handle of an open file (O_PATH too). */
export function handleOfFd(fd: Fd, target: string): FileHandle {
  const handle = Buffer.alloc(HEADER_BYTES + HANDLE_BYTES_MAX);
  handle.writeUInt32LE(HANDLE_BYTES_MAX, 0);
  libc('nameToHandleAt', [fd, Buffer.of(0), handle, Buffer.alloc(8), AT_EMPTY_PATH], target);
  return handle;
}

/** XFS: 64-bit inode number and generation, from include/linux/exportfs.h (FILEID_INO64_GEN). */
export function xfsFileHandle(id: InodeId): FileHandle {
  const handle = Buffer.alloc(HEADER_BYTES + XFS_FID_BYTES);
  handle.writeUInt32LE(XFS_FID_BYTES, 0);
  handle.writeInt32LE(XFS_FID_TYPE, 4);
  handle.writeBigUInt64LE(id.ino, HEADER_BYTES);
  handle.writeUInt32LE(id.gen, HEADER_BYTES + 8);
  return handle;
}

/**
 * Opens by handle. Needs CAP_DAC_READ_SEARCH. No child inherits the descriptor: unlike XFS's call, this one takes O_CLOEXEC.
 * @throws NativeError ESTALE
 */
export const openByFileHandle = (mountFd: Fd, handle: FileHandle, flags: number, id: InodeId): Fd =>
  Number(libc('openByHandleAt', [mountFd, handle, flags | O_CLOEXEC], describeInode(id))) as Fd;

/**
 * Inode number and generation out of an XFS handle: the two that name the inode itself, without its parent's.
 * @throws NativeError EOPNOTSUPP for a handle of another kind
 */
export function idFromXfsHandle(handle: FileHandle, target: string): InodeId {
  if (handle.readInt32LE(4) !== XFS_FID_TYPE) throw new NativeError('EOPNOTSUPP', 'name_to_handle_at', target);
  return { ino: toIno(handle.readBigUInt64LE(HEADER_BYTES)), gen: toGen(handle.readUInt32LE(HEADER_BYTES + 8)) };
}
