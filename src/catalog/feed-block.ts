import type { ObjectId } from '../dm/identity.js';
import { ID_BYTES, objectIdFromBytes } from '../dm/identity.js';
import { invariant } from '../errors.js';
import { toIno, type Ino } from '../native/inode-id.js';

/** Memory for the columns of a block; allocated if not given. */
export interface BlockMemory {
  readonly buffer: ArrayBuffer;
  /** Where the columns begin, a multiple of eight. */
  readonly at: number;
}

/** Bytes of a packed row: seven 64-bit words, then the object id. */
export const PACKED_BYTES = 7 * 8 + ID_BYTES;

/** Bytes of a row in columns: fourteen words, a double and the object id. */
const ROW_BYTES = 14 * 4 + 8 + ID_BYTES;

const SECTOR_BYTES = 512;
const WORD_RANGE = 0x1_0000_0000;

/**
 * Up to `capacity` bindings as columns. Row i is index i of each column, and bytes 16 i to 16 i + 15 of `objectIds`.
 * 64-bit values are split into their low and high 32 bits; times are signed, so their high words are two's complement.
 * Strictly ascending by (ino, gen). The columns are reused: what must outlive the next block has to be copied.
 */
export class FeedBlock {
  readonly capacity: number;
  readonly inoLow: Uint32Array;
  readonly inoHigh: Uint32Array;
  readonly gen: Uint32Array;
  /** State codes of the DM attribute: 2 dual, 4 offline. */
  readonly state: Uint32Array;
  readonly opLow: Uint32Array;
  readonly opHigh: Uint32Array;
  readonly sizeLow: Uint32Array;
  readonly sizeHigh: Uint32Array;
  readonly mtimeLow: Uint32Array;
  readonly mtimeHigh: Uint32Array;
  readonly ctimeLow: Uint32Array;
  readonly ctimeHigh: Uint32Array;
  readonly nonzeroLow: Uint32Array;
  readonly nonzeroHigh: Uint32Array;
  /**
   * Blocks of 512 bytes, rounded up, that the non-zero bytes take; exact below 4 EiB. Fewer blocks in the inode prove
   * that data is missing.
   */
  readonly nonzeroBlocks: Float64Array;
  readonly objectIds: Uint8Array;
  /** The same bytes by words, four an id, as the words of an attribute stand in memory. */
  readonly objectWords: Int32Array;
  #count = 0;

  constructor(capacity: number, memory?: BlockMemory) {
    this.capacity = capacity;
    const { buffer, at: start } = memory ?? { buffer: new ArrayBuffer(FeedBlock.bytesOf(capacity)), at: 0 };
    let at = start;
    // One behind another in this order: compiled code writes them, too (pages/assembly/file-rows.ts).
    const column = (): Uint32Array => {
      const words = new Uint32Array(buffer, at, capacity);
      at += words.byteLength;
      return words;
    };
    this.inoLow = column();
    this.inoHigh = column();
    this.gen = column();
    this.state = column();
    this.opLow = column();
    this.opHigh = column();
    this.sizeLow = column();
    this.sizeHigh = column();
    this.mtimeLow = column();
    this.mtimeHigh = column();
    this.ctimeLow = column();
    this.ctimeHigh = column();
    this.nonzeroLow = column();
    this.nonzeroHigh = column();
    this.nonzeroBlocks = new Float64Array(buffer, at, capacity);
    at += this.nonzeroBlocks.byteLength;
    this.objectIds = new Uint8Array(buffer, at, capacity * ID_BYTES);
    this.objectWords = new Int32Array(buffer, at, this.objectIds.length >> 2);
  }

  /** Memory that the columns of a block take. */
  static bytesOf(capacity: number): number {
    return capacity * ROW_BYTES;
  }

  /** Number of rows in the block now. */
  get count(): number {
    return this.#count;
  }

  /** An inode number as one value; for the few rows that become candidates. */
  inoAt(index: number): Ino {
    invariant(index >= 0 && index < this.#count, 'the row is in the block');
    return toIno((BigInt(this.inoHigh[index] ?? 0) << 32n) | BigInt(this.inoLow[index] ?? 0));
  }

  objectIdAt(index: number): ObjectId {
    invariant(index >= 0 && index < this.#count, 'the row is in the block');
    return objectIdFromBytes(this.objectIds.subarray(index * ID_BYTES, (index + 1) * ID_BYTES));
  }

  /** Sets the number of non-zero bytes of a row. Of the feeds. */
  setNonzero(index: number, low: number, high: number): void {
    this.nonzeroHigh[index] = high;
    this.nonzeroLow[index] = low;
    this.nonzeroBlocks[index] = high * (WORD_RANGE / SECTOR_BYTES) + Math.ceil(low / SECTOR_BYTES);
  }

  /** Says that the first `count` rows were written, column by column. Of the feeds. */
  setCount(count: number): this {
    invariant(count >= 0 && count <= this.capacity, 'rows fit the block');
    this.#count = count;
    return this;
  }

  /** Takes `count` packed rows apart. Of the feed; readers have no use for it. */
  fill(packed: Buffer, count: number): this {
    invariant(count <= this.capacity && packed.length >= count * PACKED_BYTES, 'packed rows fit the block');
    const words = new DataView(packed.buffer, packed.byteOffset, packed.length);
    for (let index = 0; index < count; index++) this.#unpack(words, packed, index);
    this.#count = count;
    return this;
  }

  #unpack(words: DataView, packed: Buffer, index: number): void {
    const at = index * PACKED_BYTES;
    this.inoHigh[index] = words.getUint32(at);
    this.inoLow[index] = words.getUint32(at + 4);
    // The second word is the generation shifted left by the state's eight bits.
    const genAndState = words.getUint32(at + 12);
    this.gen[index] = (words.getUint32(at + 8) << 24) | (genAndState >>> 8);
    this.state[index] = genAndState & 0xff;
    this.opHigh[index] = words.getUint32(at + 16);
    this.opLow[index] = words.getUint32(at + 20);
    this.sizeHigh[index] = words.getUint32(at + 24);
    this.sizeLow[index] = words.getUint32(at + 28);
    this.mtimeHigh[index] = words.getUint32(at + 32);
    this.mtimeLow[index] = words.getUint32(at + 36);
    this.ctimeHigh[index] = words.getUint32(at + 40);
    this.ctimeLow[index] = words.getUint32(at + 44);
    const nonzeroHigh = words.getUint32(at + 48);
    const nonzeroLow = words.getUint32(at + 52);
    this.setNonzero(index, nonzeroLow, nonzeroHigh);
    for (let byte = 0; byte < ID_BYTES; byte++) {
      this.objectIds[index * ID_BYTES + byte] = packed[at + 56 + byte] ?? 0;
    }
  }
}

/** Bindings in ascending order, a block at a time. */
export interface RowFeed {
  /** The next rows; `count` is 0 at the end. It is the same block each time, overwritten. */
  next(): FeedBlock;
}
