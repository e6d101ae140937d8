/**
 * A row of the table `file` where it lies in a page of the B+tree (sqlite.org/fileformat2.html, 1.6 and 2.1): a varint
 * with the length of the record, then its header (a varint with the header's length, and one for each column's type), then
 * the values. The table is WITHOUT ROWID, so the key comes first and the other columns in the order of their declaration.
 */
import { ID_BYTES } from '../../dm/identity.js';
import { stateCode } from '../../dm/states.js';
import type { FeedBlock } from '../feed-block.js';
import { IrregularPages } from './page-reader.js';

/** The columns that are read, in the order in which they lie in a record. */
export const RECORD_COLUMNS = [
  ['fs', 'INTEGER'],
  ['ino', 'INTEGER'],
  ['gen', 'INTEGER'],
  ['state', 'TEXT'],
  ['object_id', 'BLOB'],
  ['op', 'INTEGER'],
  ['btime_ns', 'INTEGER'],
  ['size', 'INTEGER'],
  ['mtime_ns', 'INTEGER'],
  ['ctime_ns', 'INTEGER'],
  ['nonzero_bytes', 'INTEGER'],
] as const;

/** A header that names them all has at least this many bytes: its own length, and one for each. */
const HEADER_BYTES_MIN = 1 + RECORD_COLUMNS.length;
const COLUMN = {
  fs: 0,
  ino: 1,
  gen: 2,
  state: 3,
  objectId: 4,
  op: 5,
  btime: 6,
  size: 7,
  mtime: 8,
  ctime: 9,
  nonzero: 10,
} as const;

/** Serial types: a text of n bytes is 2 n + 13, a blob 2 n + 12. */
const TYPE_DUAL = 2 * 'dual'.length + 13;
const TYPE_OFFLINE = 2 * 'offline'.length + 13;
const TYPE_ID = 2 * ID_BYTES + 12;
const CODE_DUAL = stateCode('dual');
const CODE_OFFLINE = stateCode('offline');
const DUAL_WORD = Buffer.from('dual').readUInt32BE();

/** Bytes of an integer, by its serial type; 8 and 9 are the constants 0 and 1. */
const INTEGER_BYTES = [0, 1, 2, 3, 4, 6, 8, 0, 0, 0] as const;

/** Longer records than this many bytes of length can say are not SQLite's. */
const LENGTH_BYTES_MAX = 5;

/** Memory behind a page that a damaged record may lead a reader into, before its length is held against its end. */
export const PAGE_SLACK_BYTES = 512;

/** Reads records of one page after another, without an object for any. */
export class FileRecord {
  readonly #page: Uint8Array;
  readonly #view: DataView;
  readonly #usableBytes: number;
  /** A record up to this length lies in its page whole; of a longer one at least so many bytes do. */
  readonly #localBytesMax: number;
  readonly #localBytesMin: number;
  #headerAt = 0;
  #at = 0;
  #end = 0;
  /** The two words of the integer that was read last. */
  #low = 0;
  #high = 0;

  /** The key of the record that was opened last. */
  fs = 0;
  inoLow = 0;
  inoHigh = 0;
  gen = 0;

  /** @param page the memory that pages are read into, and PAGE_SLACK_BYTES behind it */
  constructor(page: Uint8Array, usableBytes: number) {
    this.#page = page;
    this.#view = new DataView(page.buffer, page.byteOffset, page.length);
    this.#usableBytes = usableBytes;
    this.#localBytesMax = Math.floor(((usableBytes - 12) * 64) / 255) - 23;
    this.#localBytesMin = Math.floor(((usableBytes - 12) * 32) / 255) - 23;
  }

  /** Opens the record whose length stands at byte `at` of the page, and reads its key. */
  open(at: number): void {
    const page = this.#page;
    let start = at;
    let payloadBytes = 0;
    for (let byte = 0x80; (byte & 0x80) !== 0; start++) {
      if (start - at === LENGTH_BYTES_MAX) throw new IrregularPages('a record of impossible length');
      byte = page[start] ?? 0;
      payloadBytes = payloadBytes * 0x80 + (byte & 0x7f);
    }
    const headerBytes = page[start] ?? 0;
    if (headerBytes < HEADER_BYTES_MIN || headerBytes > 0x7f) throw new IrregularPages('a record of another table');
    this.#end = start + (payloadBytes > this.#localBytesMax ? this.#localBytesMin : payloadBytes);
    if (this.#end > this.#usableBytes) throw new IrregularPages('a record that does not fit its page');
    this.#headerAt = start + 1;
    this.#at = start + headerBytes;
    this.fs = this.#word(COLUMN.fs);
    this.#integer(COLUMN.ino);
    this.inoLow = this.#low;
    this.inoHigh = this.#high;
    this.gen = this.#word(COLUMN.gen);
    if (this.#at > this.#end) throw new IrregularPages('a record that ends within its key');
  }

  /** Below zero if the key is lower than the given one. */
  compareKey(fs: number, inoLow: number, inoHigh: number, gen: number): number {
    return this.fs - fs || this.inoHigh - inoHigh || this.inoLow - inoLow || this.gen - gen;
  }

  /** Writes the record as row `row` of a block. Once for each `open`. */
  copyTo(block: FeedBlock, row: number): void {
    block.inoLow[row] = this.inoLow;
    block.inoHigh[row] = this.inoHigh;
    block.gen[row] = this.gen;
    block.state[row] = this.#state();
    this.#objectId(block, row);
    this.#integer(COLUMN.op);
    block.opLow[row] = this.#low;
    block.opHigh[row] = this.#high;
    this.#skipInteger(COLUMN.btime);
    this.#integer(COLUMN.size);
    block.sizeLow[row] = this.#low;
    block.sizeHigh[row] = this.#high;
    this.#integer(COLUMN.mtime);
    block.mtimeLow[row] = this.#low;
    block.mtimeHigh[row] = this.#high;
    this.#integer(COLUMN.ctime);
    block.ctimeLow[row] = this.#low;
    block.ctimeHigh[row] = this.#high;
    this.#integer(COLUMN.nonzero);
    block.setNonzero(row, this.#low, this.#high);
    if (this.#at > this.#end) throw new IrregularPages('a record that ends within its columns');
  }

  #type(column: number): number {
    return this.#page[this.#headerAt + column] ?? 0;
  }

  #state(): number {
    const at = this.#at;
    const type = this.#type(COLUMN.state);
    if (type !== TYPE_DUAL && type !== TYPE_OFFLINE) throw new IrregularPages('a state that is none');
    this.#at = at + (type - 13) / 2;
    return type === TYPE_DUAL && this.#view.getUint32(at) === DUAL_WORD ? CODE_DUAL : CODE_OFFLINE;
  }

  #objectId(block: FeedBlock, row: number): void {
    if (this.#type(COLUMN.objectId) !== TYPE_ID) throw new IrregularPages('an object id of another length');
    const from = this.#at;
    const to = row * ID_BYTES;
    for (let byte = 0; byte < ID_BYTES; byte += 4)
      block.objectWords.setInt32(to + byte, this.#view.getInt32(from + byte));
    this.#at = from + ID_BYTES;
  }

  /** An integer of 32 bits, unsigned. */
  #word(column: number): number {
    this.#integer(column);
    if (this.#high !== 0) throw new IrregularPages('a number out of its range');
    return this.#low;
  }

  #skipInteger(column: number): void {
    const type = this.#type(column);
    if (type === 0 || type === 7 || type > 9) throw new IrregularPages('a value that is no integer');
    this.#at += INTEGER_BYTES[type] ?? 0;
  }

  /** Reads a signed big-endian integer of the length that its type says, and extends its sign to 64 bits. */
  #integer(column: number): void {
    const view = this.#view;
    const at = this.#at;
    switch (this.#type(column)) {
      case 1:
        return this.#signed(view.getInt8(at), 1);
      case 2:
        return this.#signed(view.getInt16(at), 2);
      case 3:
        return this.#signed((view.getInt16(at) << 8) | view.getUint8(at + 2), 3);
      case 4:
        return this.#signed(view.getInt32(at), 4);
      case 5:
        return this.#wide(view.getInt16(at), view.getUint32(at + 2), 6);
      case 6:
        return this.#wide(view.getInt32(at), view.getUint32(at + 4), 8);
      case 8:
        return this.#signed(0, 0);
      case 9:
        return this.#signed(1, 0);
      default:
        throw new IrregularPages('a value that is no integer');
    }
  }

  #signed(value: number, bytes: number): void {
    this.#wide(value < 0 ? -1 : 0, value, bytes);
  }

  #wide(high: number, low: number, bytes: number): void {
    this.#high = high >>> 0;
    this.#low = low >>> 0;
    this.#at += bytes;
  }
}
