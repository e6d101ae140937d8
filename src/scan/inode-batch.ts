import { ATTRIBUTE_BYTES, OFFSET } from '../dm/attribute-layout.js';
import { CheckedMemory } from '../dm/checked-memory.js';

/** What is known of an inode's DM attribute. */
export const ATTRIBUTE_STATUS = {
  /** Not asked for, or not a regular file. */
  notLookedAt: 0,
  none: 1,
  /** Exactly 64 bytes, which are in `attributes`; nothing is said of their content. */
  present: 2,
  /** There is a value of another length. */
  wrongLength: 3,
  /** The kernel would not give it. */
  unreadable: 4,
  /** Not in the inode itself: still to be asked for by handle. Only within a source; none hands it on. */
  elsewhere: 5,
} as const;

/** The batch's 32-bit columns; a 64-bit quantity takes two, low word and high word. */
const WORD_COLUMNS = 17;
const BYTE_COLUMNS = 2;

/**
 * Some thousands of inodes in columns over one ArrayBuffer, filled again and again by a source: whoever wants to keep
 * something of it copies it. Rows 0 to count - 1 are valid and ascend by inode number.
 */
export class InodeBatch {
  count = 0;
  readonly inoLow: Uint32Array;
  readonly inoHigh: Uint32Array;
  readonly gen: Uint32Array;
  /** File type and permissions, as in st_mode. */
  readonly mode: Uint32Array;
  readonly nlink: Uint32Array;
  readonly uid: Uint32Array;
  readonly gid: Uint32Array;
  readonly projid: Uint32Array;
  /** Bytes, as on disk: appends that are not written back yet are missing. */
  readonly sizeLow: Uint32Array;
  readonly sizeHigh: Uint32Array;
  /** Units of 512 bytes, delayed allocations and preallocated room included. */
  readonly blocksLow: Uint32Array;
  readonly blocksHigh: Uint32Array;
  /** Signed nanoseconds since 1970 in two's complement, saturated. Never a reference for later: see docs. */
  readonly mtimeLow: Uint32Array;
  readonly mtimeHigh: Uint32Array;
  readonly ctimeLow: Uint32Array;
  readonly ctimeHigh: Uint32Array;
  /** The low word of the FS_XFLAG_* flags. */
  readonly xflags: Uint32Array;
  /** 64 bytes an inode, valid where attributeStatus is `present`. */
  readonly attributes: Uint8Array;
  /** The same, by words: sixteen an inode. */
  readonly attributeWords: Int32Array;
  /** One of ATTRIBUTE_STATUS. */
  readonly attributeStatus: Uint8Array;
  /** Index into SCAN_STATES (inode-state.ts). */
  readonly state: Uint8Array;
  readonly #memory: CheckedMemory;
  readonly #attributesAt: number;
  readonly #columns: readonly (Uint32Array | Uint8Array)[];

  constructor(readonly capacity: number) {
    const bytesPerRow = WORD_COLUMNS * 4 + BYTE_COLUMNS + ATTRIBUTE_BYTES;
    this.#memory = new CheckedMemory(bytesPerRow * capacity);
    const { buffer: memory, byteOffset: from } = this.#memory.bytes;
    let at = from;
    const words = (): Uint32Array => new Uint32Array(memory, (at += 4 * capacity) - 4 * capacity, capacity);
    const bytes = (): Uint8Array => new Uint8Array(memory, (at += capacity) - capacity, capacity);
    this.inoLow = words();
    this.inoHigh = words();
    this.gen = words();
    this.mode = words();
    this.nlink = words();
    this.uid = words();
    this.gid = words();
    this.projid = words();
    this.sizeLow = words();
    this.sizeHigh = words();
    this.blocksLow = words();
    this.blocksHigh = words();
    this.mtimeLow = words();
    this.mtimeHigh = words();
    this.ctimeLow = words();
    this.ctimeHigh = words();
    this.xflags = words();
    this.attributes = new Uint8Array(memory, at, ATTRIBUTE_BYTES * capacity);
    this.attributeWords = new Int32Array(memory, at, (ATTRIBUTE_BYTES >> 2) * capacity);
    this.#attributesAt = at - from;
    at += ATTRIBUTE_BYTES * capacity;
    this.attributeStatus = bytes();
    this.state = bytes();
    this.#columns = Object.values(this).filter((value) => value instanceof Uint32Array || value instanceof Uint8Array);
  }

  /** True if the 64 bytes of a row's attribute carry the right checksum. */
  isAttributeIntact(row: number): boolean {
    return this.#memory.isIntact(this.#attributesAt + row * ATTRIBUTE_BYTES, ATTRIBUTE_BYTES, OFFSET.crc);
  }

  /** Moves rows [from, count) to `to` in every column. Attributes go along. */
  #move(from: number, to: number): void {
    for (const column of this.#columns) {
      const scale = column === this.attributes ? ATTRIBUTE_BYTES : 1;
      column.copyWithin(to * scale, from * scale, this.count * scale);
    }
    this.count += to - from;
  }

  /** Opens a row before row `index`, for the caller to fill. The batch must not be full. */
  makeRoomAt(index: number): void {
    this.#move(index, index + 1);
  }

  /** Takes row `index` out. */
  removeAt(index: number): void {
    this.#move(index + 1, index);
  }

  /** Takes the first `rows` rows out. */
  removeFirst(rows: number): void {
    this.#move(rows, 0);
  }

  /** The first row whose inode number is not below the given one. */
  lowerBound(inoLow: number, inoHigh: number): number {
    let from = 0;
    let to = this.count;
    while (from < to) {
      const middle = (from + to) >>> 1;
      const high = this.inoHigh[middle] ?? 0;
      const isBelow = high < inoHigh || (high === inoHigh && (this.inoLow[middle] ?? 0) < inoLow);
      if (isBelow) from = middle + 1;
      else to = middle;
    }
    return from;
  }
}
