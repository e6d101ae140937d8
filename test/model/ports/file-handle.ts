import type { FileHandle } from '../../../src/native/file-handle.js';
import { toGen, toIno, type InodeId } from '../../../src/native/inode-id.js';
import type { Fd } from '../../../src/native/io.js';
import { NativeError } from '../../../src/native/native-error.js';
import { O_PATH } from '../../../src/native/constants.js';
import type { Inode } from '../kernel/inode.js';
import type { SimFilesystem } from '../kernel/sim-filesystem.js';
import { enter } from '../kernel/world.js';

const INO_AT = 8;
const GEN_AT = 16;

export function xfsFileHandle(id: InodeId): FileHandle {
  const handle = Buffer.alloc(GEN_AT + 4);
  handle.writeBigUInt64LE(id.ino, INO_AT);
  handle.writeUInt32LE(id.gen, GEN_AT);
  return handle;
}

export const idFromXfsHandle = (handle: FileHandle): InodeId => ({
  ino: toIno(handle.readBigUInt64LE(INO_AT)),
  gen: toGen(handle.readUInt32LE(GEN_AT)),
});

export function handleOfFd(fd: Fd, target: string): FileHandle {
  const { ino, gen } = enter('name_to_handle', target).files.get(fd, 'name_to_handle_at').inode.image;
  return xfsFileHandle({ ino: toIno(ino), gen: toGen(gen) });
}

/** @throws NativeError ESTALE */
export function inodeByHandle(fs: SimFilesystem, { ino, gen }: InodeId, target: string): Inode {
  const inode = fs.find(ino);
  if (inode === undefined || inode.image.gen !== gen) throw new NativeError('ESTALE', 'open_by_handle_at', target);
  return inode;
}

export function openByFileHandle(mountFd: Fd, handle: FileHandle, flags: number, id: InodeId): Fd {
  const target = `inode ${id.ino}`;
  const machine = enter('open_by_handle', target);
  if ((flags & O_PATH) === 0) throw new Error('only looks go through generic handles');
  const { fs } = machine.files.get(mountFd, 'open_by_handle_at');
  const inode = inodeByHandle(fs, idFromXfsHandle(handle), target);
  return machine.files.open({ fs, inode, canWrite: false, invisible: false, pathOnly: true, who: 'program' }).fd as Fd;
}
