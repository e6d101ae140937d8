import type { InodeId } from '../../native/inode-id.js';
import { toGen, toIno } from '../../native/inode-id.js';
import { FeedBlock, type RowFeed } from '../feed-block.js';
import { PageLease } from './page-lease.js';
import { IrregularPages, isNoVerdict, type Irregular } from './page-reader.js';
import { stampOf } from './page-source.js';
import { RangeRows, type InodeRange } from './range-rows.js';

const BLOCK_ROWS = 4096;

export interface PageFeedOptions extends InodeRange {
  /** Rows in a block, at most; 4096 unless given. */
  readonly limit?: number;
  /** The same rows from SQLite, behind the given one, or all of the range. */
  readonly bySql: (after: InodeId | undefined) => RowFeed;
}

/** Undefined where there is no room for them. */
function recordsOf(options: PageFeedOptions, capacity: number): RangeRows | undefined {
  const { source, fs } = options;
  const blockBytes = FeedBlock.bytesOf(capacity);
  try {
    return new RangeRows({ source, tree: 'file', root: source.roots.file, fs, inodes: options, capacity, blockBytes });
  } catch (error) {
    if (!isNoVerdict(error)) throw error;
    return undefined;
  }
}

/**
 * One pass over a range of bindings, read from the catalog's pages as they lie in its file. A block counts only if the
 * right to read lasted and the file was not written to; else, or where a page is not as expected, the rest comes from
 * SQLite.
 */
export class PageFeed implements RowFeed {
  readonly #options: PageFeedOptions;
  readonly #lease: PageLease;
  readonly #records: RangeRows | undefined;
  readonly #block: FeedBlock;
  #isOver = false;
  #isIrregular = false;
  #bySql: RowFeed | undefined;
  /** The last row that was handed on. */
  #lastLow = 0;
  #lastHigh = 0;
  #lastGen = 0;
  #rows = 0;

  constructor(options: PageFeedOptions) {
    this.#options = options;
    this.#lease = new PageLease(options.source.lease);
    const capacity = options.limit ?? BLOCK_ROWS;
    this.#records = recordsOf(options, capacity);
    this.#block = new FeedBlock(this.#records ? capacity : 0, this.#records?.block);
    if (this.#records === undefined) this.#bySql = options.bySql(undefined);
  }

  /** True once SQLite was asked. */
  get isBySql(): boolean {
    return this.#bySql !== undefined;
  }

  /** How many rows there were, once all were handed on and SQLite had to be asked for none; 'irregular' if it had to because the pages were. */
  get rowsRead(): number | Irregular | undefined {
    if (this.#isIrregular) return 'irregular';
    return this.#isOver && this.#bySql === undefined ? this.#rows : undefined;
  }

  /** @throws CatalogError */
  next(): FeedBlock {
    if (this.#bySql !== undefined) return this.#bySql.next();
    if (this.#isOver) return this.#block.setCount(0);
    if (this.#records && this.#lease.enter()) {
      try {
        const count = this.#records.fill();
        if (stampOf(this.#options.source.fd) === this.#options.source.stamp) return this.#accept(count);
      } catch (error) {
        if (!isNoVerdict(error)) throw error;
        this.#isIrregular = error instanceof IrregularPages;
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
}
