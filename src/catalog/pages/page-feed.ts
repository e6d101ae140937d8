import type { FsId } from '../../dm/identity.js';
import type { InodeId, Ino } from '../../native/inode-id.js';
import { toGen, toIno } from '../../native/inode-id.js';
import { FeedBlock, type RowFeed } from '../feed-block.js';
import { FileRecord } from './file-record.js';
import { PageLease } from './page-lease.js';
import { IrregularPages, isNoVerdict } from './page-reader.js';
import { stampOf, type PageSource } from './page-source.js';
import { TreeWalk } from './tree-walk.js';

const BLOCK_ROWS = 4096;

export interface PageFeedOptions {
  readonly source: PageSource;
  readonly fs: FsId;
  /** First inode number of the range. */
  readonly fromIno: Ino;
  /** Last inode number of the range, included. */
  readonly toIno: Ino;
  /** Rows in a block, at most; 4096 unless given. */
  readonly limit?: number;
  /** The same rows from SQLite, behind the given one, or all of the range. */
  readonly bySql: (after: InodeId | undefined) => RowFeed;
}

/**
 * One pass over a range of bindings, read from the catalog's pages as they lie in its file. A block counts only if the
 * right to read lasted and the file was not written to; else, or where a page is not as expected, the rest comes from
 * SQLite.
 */
export class PageFeed implements RowFeed {
  readonly #options: PageFeedOptions;
  readonly #lease: PageLease;
  readonly #walk: TreeWalk<FileRecord>;
  readonly #block: FeedBlock;
  readonly #toLow: number;
  readonly #toHigh: number;
  #isBegun = false;
  #isOver = false;
  #bySql: RowFeed | undefined;
  /** The last row that was handed on. */
  #lastLow = 0;
  #lastHigh = 0;
  #lastGen = 0;
  #rows = 0;

  constructor(options: PageFeedOptions) {
    this.#options = options;
    this.#lease = new PageLease(options.source.lease);
    const { source } = options;
    this.#walk = new TreeWalk(source, source.roots.file, (page, usableBytes) => new FileRecord(page, usableBytes));
    this.#block = new FeedBlock(options.limit ?? BLOCK_ROWS);
    this.#toLow = Number(options.toIno & 0xffff_ffffn);
    this.#toHigh = Number(options.toIno >> 32n);
  }

  /** True once SQLite was asked. */
  get isBySql(): boolean {
    return this.#bySql !== undefined;
  }

  /** @throws CatalogError */
  next(): FeedBlock {
    if (this.#bySql !== undefined) return this.#bySql.next();
    if (this.#isOver) return this.#block.setCount(0);
    if (this.#lease.enter()) {
      try {
        const count = this.#fill();
        if (stampOf(this.#options.source.fd) === this.#options.source.stamp) return this.#accept(count);
      } catch (error) {
        if (!isNoVerdict(error)) throw error;
      } finally {
        this.#lease.leave();
      }
    }
    this.#bySql = this.#options.bySql(this.#last());
    return this.#bySql.next();
  }

  #last(): InodeId | undefined {
    if (this.#rows === 0) return undefined;
    return { ino: toIno((BigInt(this.#lastHigh) << 32n) | BigInt(this.#lastLow)), gen: toGen(this.#lastGen) };
  }

  #accept(count: number): FeedBlock {
    const last = count - 1;
    if (count > 0) {
      this.#lastLow = this.#block.inoLow[last] ?? 0;
      this.#lastHigh = this.#block.inoHigh[last] ?? 0;
      this.#lastGen = this.#block.gen[last] ?? 0;
    }
    this.#rows += count;
    this.#isOver = count < this.#block.capacity;
    return this.#block.setCount(count);
  }

  #begin(): void {
    const { fs, fromIno } = this.#options;
    this.#isBegun = true;
    const low = Number(fromIno & 0xffff_ffffn);
    const high = Number(fromIno >> 32n);
    this.#walk.seek((record) => record.compareKey(fs, low, high, 0) < 0);
  }

  /** Fills the block from the walk; the number of rows. */
  #fill(): number {
    const { fs, fromIno } = this.#options;
    if (!this.#isBegun) this.#begin();
    const block = this.#block;
    // Strictly ascending from here on, or the pages are not what they seem: for ever round in a loop of them, perhaps.
    let isFirst = this.#rows === 0;
    let low = isFirst ? Number(fromIno & 0xffff_ffffn) : this.#lastLow;
    let high = isFirst ? Number(fromIno >> 32n) : this.#lastHigh;
    let gen = isFirst ? 0 : this.#lastGen;
    let row = 0;
    while (row < block.capacity) {
      const record = this.#walk.next();
      if (record === undefined || record.fs > fs) return row;
      const order = record.compareKey(fs, low, high, gen);
      if (order < 0 || (order === 0 && !isFirst)) throw new IrregularPages('rows out of order');
      isFirst = false;
      ({ inoLow: low, inoHigh: high, gen } = record);
      if ((high - this.#toHigh || low - this.#toLow) > 0) return row;
      record.copyTo(block, row++);
    }
    return row;
  }
}
