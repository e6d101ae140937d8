import fs from 'node:fs';
import { toGen, toIno, type InodeId } from '../../../src/native/inode-id.js';
import type { Fd } from '../../../src/native/io.js';
import { NativeError } from '../../../src/native/native-error.js';
import type { AttributeRead, XfsHandleFsid } from '../../../src/native/xfs-handle.js';
import { enter } from '../kernel/world.js';
import { inodeByHandle } from './file-handle.js';
import { assertFree } from './io.js';

const { O_RDWR, O_WRONLY } = fs.constants;
const VALUE_BYTES_MAX = 256;

export function xfsHandleFsid(_mountPath: Buffer, rootFd: Fd): XfsHandleFsid {
  enter('path_to_fshandle').files.get(rootFd, 'ioctl');
  return Buffer.alloc(8, 1);
}

export function openByXfsHandle(rootFd: Fd, _fsid: XfsHandleFsid, id: InodeId, flags: number): Fd {
  const target = `inode ${id.ino}`;
  const machine = enter('open_by_handle', target);
  const { fs: filesystem } = machine.files.get(rootFd, 'ioctl');
  const inode = inodeByHandle(filesystem, id, target);
  const canWrite = (flags & (O_RDWR | O_WRONLY)) !== 0;
  assertFree(inode, canWrite, flags, target);
  return machine.files.open({ fs: filesystem, inode, canWrite, invisible: true, pathOnly: false, who: 'program' })
    .fd as Fd;
}

export class AttributeReader {
  readonly value = Buffer.alloc(VALUE_BYTES_MAX);
  valueLength = 0;
  #failure = 'ESTALE';

  constructor(
    readonly rootFd: Fd,
    _fsid: XfsHandleFsid,
    readonly name: string,
  ) {}

  read(inoLow: number, inoHigh: number, gen: number): AttributeRead {
    const id = { ino: toIno((BigInt(inoHigh) << 32n) | BigInt(inoLow)), gen: toGen(gen) };
    try {
      const { fs: filesystem } = enter('attrmulti', `inode ${id.ino}`).files.get(this.rootFd, 'ioctl');
      const value = inodeByHandle(filesystem, id, `inode ${id.ino}`).image.xattrs.get(this.name);
      if (value === undefined) return 'none';
      if (value.length > VALUE_BYTES_MAX) return 'too-long';
      value.copy(this.value);
      this.valueLength = value.length;
      return 'value';
    } catch (error) {
      if (!(error instanceof NativeError)) throw error;
      this.#failure = error.code;
      return error.code === 'ESTALE' ? 'stale' : 'failed';
    }
  }

  explain(): string {
    return this.#failure;
  }
}
