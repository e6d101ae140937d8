/** Records of a tree within a range, taken apart into columns, many at a time. */
import type { FsId } from '../../dm/identity.js';
import type { Ino } from '../../native/inode-id.js';
import type { BlockMemory } from '../feed-block.js';
import { IrregularPages, type PageReader } from './page-reader.js';
import type { PageSource } from './page-source.js';
import { createDecoder, STOP } from './record-decoder.js';
import { DEPTH_MAX, TreeWalk } from './tree-walk.js';

/** The trees whose records compiled code knows, by its numbers for them. */
const TREES = { file: 0, fileByObject: 1, object: 2 } as const;

/** What compiled code is told, as its class Range has it (assembly/record.ts): byte offsets. */
const FIELD = {
  fromIno: 0,
  toIno: 8,
  after: 24,
  upTo: 40,
  store: 72,
  isBegun: 92,
  fs: 96,
  usableBytes: 100,
  block: 104,
  capacity: 108,
  hasAfter: 112,
  hasUpTo: 116,
  tree: 120,
} as const;
const RANGE_BYTES = 128;

/** Memory behind a page that a damaged record may lead a reader into, before its length is held against its end. */
const PAGE_SLACK_BYTES = 512;

/** Inodes of a filesystem, in a catalog whose pages are held. */
export interface InodeRange {
  readonly source: PageSource;
  readonly fs: FsId;
  /** First inode number of the range. */
  readonly fromIno: Ino;
  /** Last inode number of the range, included. */
  readonly toIno: Ino;
}

/** Objects by their ids: those behind `after`, up to and with `upTo`; without a bound where there is none. */
export interface CopyRange {
  readonly after: Uint8Array | undefined;
  readonly upTo: Uint8Array | undefined;
}

/** Every id that there can be. */
export const ALL_COPIES: CopyRange = { after: undefined, upTo: undefined };

/** Which records of which tree. */
export interface RangeRowsOptions {
  readonly source: PageSource;
  /** Shared with a walk through another tree beside it; one of its own if not given. */
  readonly reader?: PageReader | undefined;
  readonly tree: keyof typeof TREES;
  /** The tree's first page. */
  readonly root: number;
  readonly fs: FsId;
  /** Of `file`. */
  readonly inodes?: Pick<InodeRange, 'fromIno' | 'toIno'>;
  /** Of `fileByObject` and `object`. */
  readonly ids?: CopyRange;
  /** The store that `verified` is asked of, 16 bytes: in another one it counts as finished. */
  readonly store?: Uint8Array | undefined;
  /** Rows of a block. */
  readonly capacity: number;
  /** Bytes that the columns of a block take. */
  readonly blockBytes: number;
}

/** Goes through a range once. */
export class RangeRows {
  /** Where the columns lie, which each filling writes anew. */
  readonly block: BlockMemory;
  readonly #capacity: number;
  readonly #walk: TreeWalk;
  readonly #code: ReturnType<typeof createDecoder>['code'];
  readonly #words: DataView;
  #isBegun = false;
  #isOver = false;
  #from = -1;
  #end = -1;
  #count = 0;
  /** The row at hand, where `has` is true. */
  at = 0;

  constructor(options: RangeRowsOptions) {
    const { source, reader, root, capacity, blockBytes } = options;
    const pageBytes = source.pageBytes + PAGE_SLACK_BYTES;
    const blockAt = RANGE_BYTES + DEPTH_MAX * pageBytes;
    const { buffer, code } = createDecoder(blockAt + blockBytes);
    this.block = { buffer, at: blockAt };
    this.#capacity = capacity;
    this.#code = code;
    const memory = (depth: number): Uint8Array => new Uint8Array(buffer, RANGE_BYTES + depth * pageBytes, pageBytes);
    this.#walk = new TreeWalk(source, root, memory, reader);
    this.#words = new DataView(buffer, 0, RANGE_BYTES);
    this.#describe(options);
  }

  #describe({ source, tree, fs, inodes, ids, store, capacity }: RangeRowsOptions): void {
    const words = this.#words;
    words.setBigInt64(FIELD.fromIno, inodes?.fromIno ?? 0n, true);
    words.setBigInt64(FIELD.toIno, inodes?.toIno ?? 0n, true);
    this.#describeId(FIELD.after, FIELD.hasAfter, ids?.after);
    this.#describeId(FIELD.upTo, FIELD.hasUpTo, ids?.upTo);
    if (store !== undefined) new Uint8Array(this.block.buffer, FIELD.store).set(store);
    words.setUint32(FIELD.fs, fs, true);
    words.setUint32(FIELD.usableBytes, source.usableBytes, true);
    words.setUint32(FIELD.block, this.block.at, true);
    words.setUint32(FIELD.capacity, capacity, true);
    words.setUint32(FIELD.tree, TREES[tree], true);
  }

  #describeId(field: number, hasField: number, id: Uint8Array | undefined): void {
    if (id === undefined) return;
    const halves = new DataView(id.buffer, id.byteOffset, id.length);
    this.#words.setBigUint64(field, halves.getBigUint64(0), true);
    this.#words.setBigUint64(field + 8, halves.getBigUint64(8), true);
    this.#words.setUint32(hasField, 1, true);
  }

  /** Writes the next rows into the block; how many, fewer than its capacity at the end alone. @throws IrregularPages */
  fill(): number {
    if (!this.#isBegun) this.#begin();
    let row = 0;
    while (row < this.#capacity && !this.#isOver) row += this.#takeRun(row);
    return row;
  }

  /** Takes the records that come one after another in a page, into rows `row` and on; how many. */
  #takeRun(row: number): number {
    const page = this.#walk.here();
    if (page === undefined) {
      this.#isOver = true;
      return 0;
    }
    const { bytes, childBytes, cell, cells } = page;
    const upTo = Math.min(page.runEnd, cell + this.#capacity - row);
    const answer = this.#code.take(0, bytes.byteOffset, childBytes, cell, upTo, cells, row);
    const stop = answer >>> 16;
    const taken = answer & 0xffff;
    if (stop === STOP.irregular) throw new IrregularPages('a record that is none, or out of order');
    if (stop === STOP.behindRange) {
      this.#isOver = true;
      this.#end = page.placeOf(cell + taken);
    }
    this.#walk.pass(taken);
    return taken;
  }

  #begin(): void {
    this.#isBegun = true;
    this.#walk.seek(({ bytes, childBytes, cells }, cell) => {
      const order = this.#code.compareWithStart(0, bytes.byteOffset, childBytes, cell, cells);
      if (order > 1) throw new IrregularPages('a record of another kind');
      return order === 0;
    });
    const page = this.#walk.here();
    if (page !== undefined) this.#from = page.placeOf(page.cell);
  }

  /** True while there is a row at hand: for who goes through them one by one. @throws IrregularPages */
  has(): boolean {
    if (this.at < this.#count) return true;
    if (this.#isOver) return false;
    this.at = 0;
    this.#count = this.fill();
    return this.#count > 0;
  }

  /**
   * What `keyOf` makes of records that cut the tree into parts, as TreeWalk.cuts, each of them row 0 in its turn. Not of one that
   * goes through a range. @throws IrregularPages
   */
  cuts<Key>(wanted: number, keyOf: () => Key): readonly Key[] {
    return this.#walk.cuts(wanted, ({ bytes, childBytes, cells }, cell) => {
      this.#words.setUint32(FIELD.isBegun, 0, true);
      const answer = this.#code.take(0, bytes.byteOffset, childBytes, cell, cell + 1, cells, 0);
      if (answer >>> 16 !== STOP.end) throw new IrregularPages('a record that is none');
      return keyOf();
    });
  }

  /** Where in the tree the first record was found, as TreePage.placeOf, and the first one behind the range; -1 for none. */
  get stretch(): Stretch | undefined {
    return this.#isOver ? { from: this.#from, end: this.#end } : undefined;
  }
}

/** Where a walk began and ended: with the walks of the ranges beside it, it has to cover the tree. */
export interface Stretch {
  readonly from: number;
  readonly end: number;
}
