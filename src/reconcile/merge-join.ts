/**
 * Two ascending streams, the inodes of a scan and the rows of the catalog, walked side by side:
 *
 *   inode < row   nobody recorded it: a candidate if it has an attribute
 *   inode > row   nobody saw it: a candidate (deleted, unreadable, or made anew after the scan passed)
 *   inode = row   same generation: compared column by column; another generation: the row is a candidate
 *
 * Memory is one batch and one block, whatever the number of inodes.
 */
import type { FeedBlock, RowFeed } from '../catalog/feed-block.js';
import { toGen, toIno, type InodeId, type Ino } from '../native/inode-id.js';
import type { InodeBatch } from '../scan/inode-batch.js';
import { isSuspiciousAlone, isSuspiciousPair } from './candidate.js';

export type OnCandidate = (id: InodeId) => void;

function idInBatch(batch: InodeBatch, index: number): InodeId {
  const ino = toIno((BigInt(batch.inoHigh[index] ?? 0) << 32n) | BigInt(batch.inoLow[index] ?? 0));
  return { ino, gen: toGen(batch.gen[index] ?? 0) };
}

/** Walks a scan and the rows of the catalog side by side. One for each partition. */
export class MergeJoin {
  readonly #feed: RowFeed;
  readonly #fsId: number;
  readonly #onCandidate: OnCandidate;
  #block: FeedBlock;
  #row = 0;

  constructor(feed: RowFeed, fsId: number, onCandidate: OnCandidate) {
    this.#feed = feed;
    this.#fsId = fsId;
    this.#onCandidate = onCandidate;
    this.#block = feed.next();
  }

  /** True while there is a row to compare with. */
  #hasRow(): boolean {
    if (this.#row < this.#block.count) return true;
    if (this.#block.count === 0) return false;
    this.#block = this.#feed.next();
    this.#row = 0;
    return this.#block.count > 0;
  }

  #rowIsCandidate(): void {
    const row = this.#row++;
    this.#onCandidate({ ino: this.#block.inoAt(row), gen: toGen(this.#block.gen[row] ?? 0) });
  }

  /** Below zero if the row's inode number is lower than the given one. */
  #compareRow(inoLow: number, inoHigh: number): number {
    const high = (this.#block.inoHigh[this.#row] ?? 0) - inoHigh;
    return high !== 0 ? high : (this.#block.inoLow[this.#row] ?? 0) - inoLow;
  }

  #skipRowsBelow(inoLow: number, inoHigh: number): void {
    while (this.#hasRow() && this.#compareRow(inoLow, inoHigh) < 0) this.#rowIsCandidate();
  }

  /** Takes the next inodes of the scan. */
  take(batch: InodeBatch): void {
    for (let index = 0; index < batch.count; index++) {
      if (!this.#takePaired(batch, index)) this.#takeOne(batch, index);
    }
  }

  /**
   * An inode and a row of the same number and generation next: so it is for nearly all of them. Rows of the number's other
   * generations come up with the next inode, as rows below it.
   */
  #takePaired(batch: InodeBatch, index: number): boolean {
    const block = this.#block;
    const row = this.#row;
    if (
      row >= block.count ||
      block.inoLow[row] !== batch.inoLow[index] ||
      block.inoHigh[row] !== batch.inoHigh[index] ||
      block.gen[row] !== batch.gen[index]
    )
      return false;
    if (isSuspiciousPair(batch, index, block, row, this.#fsId)) this.#onCandidate(idInBatch(batch, index));
    this.#row = row + 1;
    return true;
  }

  #takeOne(batch: InodeBatch, index: number): void {
    const inoLow = batch.inoLow[index] ?? 0;
    const inoHigh = batch.inoHigh[index] ?? 0;
    this.#skipRowsBelow(inoLow, inoHigh);
    let paired = false;
    // More than one row where a number was used again: each has its own generation.
    while (this.#hasRow() && this.#compareRow(inoLow, inoHigh) === 0) {
      if (this.#block.gen[this.#row] !== batch.gen[index]) {
        this.#rowIsCandidate();
        continue;
      }
      paired = true;
      if (isSuspiciousPair(batch, index, this.#block, this.#row, this.#fsId))
        this.#onCandidate(idInBatch(batch, index));
      this.#row += 1;
    }
    if (!paired && isSuspiciousAlone(batch, index)) this.#onCandidate(idInBatch(batch, index));
  }

  /** An allocated inode that cannot be read; true if a row speaks of it, which is a candidate then. */
  takeUnreadable(ino: Ino): boolean {
    const inoLow = Number(ino & 0xffff_ffffn);
    const inoHigh = Number(ino >> 32n);
    this.#skipRowsBelow(inoLow, inoHigh);
    let known = false;
    while (this.#hasRow() && this.#compareRow(inoLow, inoHigh) === 0) {
      known = true;
      this.#rowIsCandidate();
    }
    return known;
  }

  /** The scan has come to its end: what is left was seen by nobody. */
  finish(): void {
    while (this.#hasRow()) this.#rowIsCandidate();
  }
}
