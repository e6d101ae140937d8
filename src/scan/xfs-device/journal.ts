/**
 * Whether the journal of a device that is not mounted is empty. If not, what stands in it is not in its place yet, and
 * the inodes on the device are of different moments.
 */
import { HsmckError } from '../../errors.js';
import { BlockReader } from './read-aligned.js';
import type { ScanDevice } from './scan-device.js';
import type { Superblock } from './superblock.js';

/** The journal's own unit. */
const LOG_BLOCK_BYTES = 512;
/** A record's header (struct xlog_rec_header), in the first of its blocks; big-endian. Byte offsets. */
const HEADER = {
  magic: 0,
  cycle: 4,
  version: 8,
  lengthBytes: 12,
  operations: 40,
  uuid: 304,
  recordBytes: 320,
} as const;
const HEADER_MAGIC = 0xfeedbabe;
const VERSION_2 = 2;
/** What one block of a header covers; longer records have more of them. */
const HEADER_COVERS_BYTES = 32 * 1024;
/** The flags of an operation (struct xlog_op_header), of which one says "unmounted". */
const OPERATION_FLAGS_AT = 9;
const UNMOUNT = 0x20;
/** A record is never longer than this, its headers included. */
const RECORD_BLOCKS_MAX = 2 * ((256 * 1024) / LOG_BLOCK_BYTES);

export type JournalState = 'clean' | 'dirty' | 'elsewhere';

class Journal {
  readonly #reader: BlockReader;
  readonly #fromByte: number;
  readonly blocks: number;

  constructor(device: ScanDevice, fromByte: number, blocks: number) {
    this.#reader = new BlockReader(device, LOG_BLOCK_BYTES);
    this.#fromByte = fromByte;
    this.blocks = blocks;
  }

  block(index: number): Buffer {
    return this.#reader.read(this.#fromByte + index * LOG_BLOCK_BYTES, LOG_BLOCK_BYTES);
  }

  /** How often writing had gone round when the block was written; 0: never. */
  cycle(index: number): number {
    const block = this.block(index);
    return block.readUInt32BE(block.readUInt32BE(HEADER.magic) === HEADER_MAGIC ? HEADER.cycle : 0);
  }

  /** Where writing would go on: behind the last block of the newest cycle. */
  head(): number {
    const newest = this.cycle(0);
    if (this.cycle(this.blocks - 1) === newest) return 0;
    let low = 0;
    let high = this.blocks - 1;
    // The first blocks are of the newest cycle, the last one is not.
    while (high - low > 1) {
      const middle = Math.floor((low + high) / 2);
      if (this.cycle(middle) === newest) low = middle;
      else high = middle;
    }
    return high;
  }
}

/** The last record is the one that an unmount writes, and nothing follows it. */
function endsWithUnmount(journal: Journal): boolean {
  const head = journal.head();
  for (let back = 1; back <= Math.min(RECORD_BLOCKS_MAX, journal.blocks); back++) {
    const at = (head - back + journal.blocks) % journal.blocks;
    const header = journal.block(at);
    if (header.readUInt32BE(HEADER.magic) !== HEADER_MAGIC) continue;
    const isLong = (header.readUInt32BE(HEADER.version) & VERSION_2) !== 0;
    const headers = isLong ? Math.max(1, Math.ceil(header.readUInt32BE(HEADER.recordBytes) / HEADER_COVERS_BYTES)) : 1;
    const lengthBlocks = headers + Math.ceil(header.readUInt32BE(HEADER.lengthBytes) / LOG_BLOCK_BYTES);
    if (header.readUInt32BE(HEADER.operations) !== 1 || lengthBlocks !== back) return false;
    const body = journal.block((at + headers) % journal.blocks);
    return (body.readUInt8(OPERATION_FLAGS_AT) & UNMOUNT) !== 0;
  }
  return false;
}

/** What does not look like a cleanly ended journal is dirty, whatever else it is. */
export function journalState(device: ScanDevice, superblock: Superblock): JournalState {
  const { logStart, logBlocks, agBlocks, agBlockLog, blockSizeBytes } = superblock;
  if (logStart === 0n) return 'elsewhere';
  const group = Number(logStart >> BigInt(agBlockLog));
  const block = Number(logStart & ((1n << BigInt(agBlockLog)) - 1n));
  const fromByte = (group * agBlocks + block) * blockSizeBytes;
  const journal = new Journal(device, fromByte, (logBlocks * blockSizeBytes) / LOG_BLOCK_BYTES);
  try {
    return journal.blocks > 1 && endsWithUnmount(journal) ? 'clean' : 'dirty';
  } catch (error) {
    if (error instanceof HsmckError) return 'dirty';
    throw error;
  }
}
