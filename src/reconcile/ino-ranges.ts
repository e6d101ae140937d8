import { toIno, type Ino } from '../native/inode-id.js';
import type { XfsGeometry } from '../native/xfs-geometry.js';
import type { Partition } from '../scan/partitions.js';

/** Bits of an inode number below the allocation group's (XFS: agblklog + inopblog). */
export function agInoBits(geometry: Pick<XfsGeometry, 'agBlocks' | 'blockSizeBytes' | 'inodeSizeBytes'>): bigint {
  const agBlockBits = Math.ceil(Math.log2(geometry.agBlocks));
  const inodeBits = Math.log2(geometry.blockSizeBytes / geometry.inodeSizeBytes);
  return BigInt(agBlockBits + inodeBits);
}

export interface InoRange {
  readonly fromIno: Ino;
  readonly toIno: Ino;
}

const LAST_INO = (1n << 63n) - 1n;

/**
 * Cuts the whole space of inode numbers into one range for each partition, so that every row of the catalog is held
 * against exactly one of them: rows of a group that has no inodes (any more) go to the partition before it.
 * @param partitions ascending by their first inode
 */
export function inoRanges(partitions: readonly Partition[], geometry: XfsGeometry): InoRange[] {
  const bits = agInoBits(geometry);
  return partitions.map((partition, index) => {
    const start = ({ agno, span }: Partition): bigint => (BigInt(agno) << bits) + BigInt(span?.from ?? 0);
    const next = partitions[index + 1];
    return {
      fromIno: toIno(index === 0 ? 0n : start(partition)),
      toIno: toIno(next === undefined ? LAST_INO : start(next) - 1n),
    };
  });
}
