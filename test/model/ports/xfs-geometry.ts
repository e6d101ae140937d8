import type { Fd } from '../../../src/native/io.js';
import type { AgInodeCount, XfsGeometry } from '../../../src/native/xfs-geometry.js';
import { PAGE_BYTES } from '../kernel/image.js';
import { enter } from '../kernel/world.js';

const AG_BLOCKS = 65_536;

export const xfsGeometry = (_fd: Fd, target: string): XfsGeometry => {
  enter('fsgeometry', target);
  return {
    blockSizeBytes: PAGE_BYTES,
    agBlocks: AG_BLOCKS,
    agCount: 1,
    sectorSizeBytes: 512,
    inodeSizeBytes: 512,
    dataBlocks: BigInt(AG_BLOCKS),
    rtBlocks: 0n,
    uuid: Buffer.alloc(16, 7),
  };
};

export function agInodeCount(fd: Fd, _agno: number, target: string): AgInodeCount {
  const allocated = enter('aggeometry', target).files.get(fd, 'ioctl').fs.list().length;
  return { allocated, free: 0 };
}
