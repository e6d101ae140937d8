import { NativeError } from '../../native/native-error.js';
import { isCrcRight } from '../../dm/crc32c-words.js';
import { wordsOf, type BlockReader } from './read-aligned.js';
import type { ScanDevice } from './scan-device.js';

/** The header of a group's inodes (struct xfs_agi), in the group's third sector; big-endian. Byte offsets. */
const OFFSET = {
  magic: 0,
  version: 4,
  agno: 8,
  length: 12,
  count: 16,
  root: 20,
  level: 24,
  freeCount: 28,
  uuid: 296,
  crc: 312,
};
const AGI_MAGIC = 0x58414749;
const AGI_SECTOR = 2;

/** What a group says of its inodes. */
export interface AgInodeHeader {
  /** Blocks of the group. */
  readonly lengthBlocks: number;
  /** Inodes that chunks are there for, used or free. */
  readonly allocated: number;
  readonly free: number;
  readonly rootBlock: number;
  readonly levels: number;
}

/** Damage that stands for a whole structure. It has the kernel's code for the same. */
export const damaged = (what: string, path: string): NativeError => new NativeError('EUCLEAN', what, path);

/** @throws NativeError EUCLEAN where it is damaged, EIO where it cannot be read */
export function readAgInodeHeader(reader: BlockReader, layout: ScanDevice, agno: number): AgInodeHeader {
  const { sectorSizeBytes, agBytes, metaUuid, path, agBlocks } = layout;
  const sector = reader.read(agno * agBytes + AGI_SECTOR * sectorSizeBytes, sectorSizeBytes);
  const isRight =
    sector.readUInt32BE(OFFSET.magic) === AGI_MAGIC &&
    sector.readUInt32BE(OFFSET.agno) === agno &&
    sector.subarray(OFFSET.uuid, OFFSET.uuid + 16).equals(metaUuid) &&
    isCrcRight(wordsOf(sector), 0, sectorSizeBytes >> 2, OFFSET.crc >> 2);
  const lengthBlocks = sector.readUInt32BE(OFFSET.length);
  if (!isRight || lengthBlocks === 0 || lengthBlocks > agBlocks) throw damaged(`inode header of group ${agno}`, path);
  return {
    lengthBlocks,
    allocated: sector.readUInt32BE(OFFSET.count),
    free: sector.readUInt32BE(OFFSET.freeCount),
    rootBlock: sector.readUInt32BE(OFFSET.root),
    levels: sector.readUInt32BE(OFFSET.level),
  };
}
