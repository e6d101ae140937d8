import { IrregularPages } from './page-reader.js';

/** Bytes of an integer, by its serial type; 8 and 9 are the constants 0 and 1. */
const INTEGER_BYTES = [0, 1, 2, 3, 4, 6, 8, 0, 0, 0] as const;

/** Longer records than this many bytes of length can say are not SQLite's. */
const LENGTH_BYTES_MAX = 5;

/** Memory behind a page that a damaged record may lead a reader into, before its length is held against its end. */
export const PAGE_SLACK_BYTES = 512;

/** The serial type of a text of n bytes, and of a blob. */
export const textType = (bytes: number): number => 2 * bytes + 13;
export const blobType = (bytes: number): number => 2 * bytes + 12;

/**
 * A record where it lies in a page of a B+tree of SQLite's (sqlite.org/fileformat2.html, 1.6 and 2.1): a varint with its
 * length, then its header (a varint with the header's length, and one for each column's type), then the values. Columns are
 * read or skipped in their order, without an object for any.
 */
export class RecordCursor {
  readonly page: Uint8Array;
  readonly view: DataView;
  readonly #usableBytes: number;
  /** A record up to this length lies in its page whole; of a longer one at least so many bytes do. */
  readonly #localBytesMax: number;
  readonly #localBytesMin: number;
  #headerAt = 0;
  #end = 0;
  /** The first of the pages that hold what does not fit into the record's own page; 0 if all of it does. */
  overflowPage = 0;
  /** How many of them there are. */
  overflowPages = 0;
  /** Where the next column's value starts. */
  at = 0;
  /**
   * The two words of the integer that was read last, as signed 32-bit numbers: such ones live in a register, while an
   * unsigned one above 2^31 is kept as a double, which takes compiled code back.
   */
  low = 0;
  high = 0;

  /** @param page the memory that pages are read into, and PAGE_SLACK_BYTES behind it */
  constructor(page: Uint8Array, usableBytes: number) {
    this.page = page;
    this.view = new DataView(page.buffer, page.byteOffset, page.length);
    this.#usableBytes = usableBytes;
    this.#localBytesMax = Math.floor(((usableBytes - 12) * 64) / 255) - 23;
    this.#localBytesMin = Math.floor(((usableBytes - 12) * 32) / 255) - 23;
  }

  /**
   * Goes to the first column of the record whose length stands at byte `at` of the page.
   * @param columns so many it has at least @throws IrregularPages
   */
  open(at: number, columns: number): void {
    const page = this.page;
    let start = at;
    let payloadBytes = 0;
    for (let byte = 0x80; (byte & 0x80) !== 0; start++) {
      if (start - at === LENGTH_BYTES_MAX) throw new IrregularPages('a record of impossible length');
      byte = page[start] ?? 0;
      payloadBytes = payloadBytes * 0x80 + (byte & 0x7f);
    }
    const headerBytes = page[start] ?? 0;
    // A byte for its own length, and at least one for each column.
    if (headerBytes < 1 + columns || headerBytes > 0x7f) throw new IrregularPages('a record of another table');
    this.overflowPage = 0;
    this.overflowPages = 0;
    this.#end = start + payloadBytes;
    if (payloadBytes > this.#localBytesMax) this.#openLong(start, payloadBytes);
    else if (this.#end > this.#usableBytes) throw new IrregularPages('a record that does not fit its page');
    this.#headerAt = start + 1;
    this.at = start + headerBytes;
  }

  /** Of a record that goes on in pages of its own, so much lies here that they are full. */
  #openLong(start: number, payloadBytes: number): void {
    const pageBytes = this.#usableBytes - 4;
    const most = this.#localBytesMin + ((payloadBytes - this.#localBytesMin) % pageBytes);
    const localBytes = most <= this.#localBytesMax ? most : this.#localBytesMin;
    this.#end = start + localBytes;
    if (this.#end + 4 > this.#usableBytes) throw new IrregularPages('a record that does not fit its page');
    this.overflowPage = this.view.getUint32(this.#end);
    this.overflowPages = Math.ceil((payloadBytes - localBytes) / pageBytes);
  }

  /** To be asked before what was read is believed. @throws IrregularPages */
  assertWithin(): void {
    if (this.at > this.#end) throw new IrregularPages('a record that ends within its columns');
  }

  /** A column's serial type. */
  type(column: number): number {
    return this.page[this.#headerAt + column] ?? 0;
  }

  /** Reads a signed big-endian integer of the length that its type says, and extends its sign to 64 bits. */
  integer(column: number): void {
    const view = this.view;
    const at = this.at;
    switch (this.type(column)) {
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

  /** An integer of 32 bits, unsigned. */
  word(column: number): number {
    this.integer(column);
    if (this.high !== 0) throw new IrregularPages('a number out of its range');
    return this.low >>> 0;
  }

  skipInteger(column: number): void {
    const type = this.type(column);
    if (type === 0 || type === 7 || type > 9) throw new IrregularPages('a value that is no integer');
    this.at += INTEGER_BYTES[type] ?? 0;
  }

  /** Goes behind a blob of a length that has to be its own; where it starts. */
  blob(column: number, bytes: number): number {
    if (this.type(column) !== blobType(bytes)) throw new IrregularPages('a value of another length');
    const from = this.at;
    this.at = from + bytes;
    return from;
  }

  #signed(value: number, bytes: number): void {
    this.#wide(value < 0 ? -1 : 0, value, bytes);
  }

  #wide(high: number, low: number, bytes: number): void {
    this.high = high | 0;
    this.low = low | 0;
    this.at += bytes;
  }
}
