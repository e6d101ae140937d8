/**
 * A row of the table `file`. The table is WITHOUT ROWID, so the key comes first and the other columns in the order of
 * their declaration.
 */
import { ID_BYTES } from '../../dm/identity.js';
import { stateCode } from '../../dm/states.js';
import type { FeedBlock } from '../feed-block.js';
import { IrregularPages } from './page-reader.js';
import { RecordCursor, textType } from './record-cursor.js';
import type { PageRecord } from './tree-walk.js';

/** The columns that are read, in the order in which they lie in a record. */
export const FILE_RECORD_COLUMNS = [
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

const ID_WORDS = ID_BYTES >> 2;
const TYPE_DUAL = textType('dual'.length);
const TYPE_OFFLINE = textType('offline'.length);
const CODE_DUAL = stateCode('dual');
const CODE_OFFLINE = stateCode('offline');
const DUAL_WORD = Buffer.from('dual').readUInt32BE();

/** Reads rows of one page after another, without an object for any. */
export class FileRecord implements PageRecord {
  readonly #cursor: RecordCursor;

  /** The key of the record that was opened last; unsigned words, kept as doubles from the start (exact-time.ts, newWords). */
  fs = 0;
  inoLow = 0xffff_ffff;
  inoHigh = 0;
  gen = 0xffff_ffff;

  /** As RecordCursor takes them. */
  constructor(page: Uint8Array, usableBytes: number) {
    this.#cursor = new RecordCursor(page, usableBytes);
  }

  /** Opens the record whose length stands at byte `at` of the page, and reads its key. */
  open(at: number): void {
    const cursor = this.#cursor;
    cursor.open(at, FILE_RECORD_COLUMNS.length);
    this.fs = cursor.word(COLUMN.fs);
    cursor.integer(COLUMN.ino);
    if (cursor.high < 0) throw new IrregularPages('a negative inode number');
    this.inoLow = cursor.low >>> 0;
    this.inoHigh = cursor.high >>> 0;
    this.gen = cursor.word(COLUMN.gen);
    cursor.assertWithin();
  }

  /** Below zero if the key is lower than the given one. */
  compareKey(fs: number, inoLow: number, inoHigh: number, gen: number): number {
    return this.fs - fs || this.inoHigh - inoHigh || this.inoLow - inoLow || this.gen - gen;
  }

  /** Writes the record as row `row` of a block. Once for each `open`. */
  copyTo(block: FeedBlock, row: number): void {
    const cursor = this.#cursor;
    block.inoLow[row] = this.inoLow;
    block.inoHigh[row] = this.inoHigh;
    block.gen[row] = this.gen;
    block.state[row] = this.#state();
    this.#objectId(block, row);
    cursor.integer(COLUMN.op);
    block.opLow[row] = cursor.low;
    block.opHigh[row] = cursor.high;
    cursor.skipInteger(COLUMN.btime);
    cursor.integer(COLUMN.size);
    block.sizeLow[row] = cursor.low;
    block.sizeHigh[row] = cursor.high;
    cursor.integer(COLUMN.mtime);
    block.mtimeLow[row] = cursor.low;
    block.mtimeHigh[row] = cursor.high;
    cursor.integer(COLUMN.ctime);
    block.ctimeLow[row] = cursor.low;
    block.ctimeHigh[row] = cursor.high;
    cursor.integer(COLUMN.nonzero);
    block.setNonzero(row, cursor.low >>> 0, cursor.high >>> 0);
    cursor.assertWithin();
  }

  #state(): number {
    const cursor = this.#cursor;
    const { at } = cursor;
    const type = cursor.type(COLUMN.state);
    if (type !== TYPE_DUAL && type !== TYPE_OFFLINE) throw new IrregularPages('a state that is none');
    cursor.at = at + (type === TYPE_DUAL ? 'dual'.length : 'offline'.length);
    return type === TYPE_DUAL && cursor.view.getUint32(at) === DUAL_WORD ? CODE_DUAL : CODE_OFFLINE;
  }

  #objectId(block: FeedBlock, row: number): void {
    const from = this.#cursor.blob(COLUMN.objectId, ID_BYTES);
    const { view } = this.#cursor;
    const { objectWords } = block;
    const to = row * ID_WORDS;
    objectWords[to] = view.getInt32(from, true);
    objectWords[to + 1] = view.getInt32(from + 4, true);
    objectWords[to + 2] = view.getInt32(from + 8, true);
    objectWords[to + 3] = view.getInt32(from + 12, true);
  }
}
