/**
 * The rows of the table `file` in the order of their keys, from its B+tree (sqlite.org/fileformat2.html, 1.6). SQLite
 * keeps a WITHOUT ROWID table as it keeps an index: rows lie in the inner pages too, each between two children.
 */
import { FileRecord, PAGE_SLACK_BYTES } from './file-record.js';
import { IrregularPages, PageReader } from './page-reader.js';
import type { PageSource } from './page-source.js';

const INNER = 2;
const LEAF = 10;
const INNER_HEADER_BYTES = 12;
const LEAF_HEADER_BYTES = 8;
const RIGHT_CHILD_AT = 8;
const CELLS_AT = 3;
/** SQLite's own bound. */
const DEPTH_MAX = 20;

/** A page on the way from the root to where the walk is. */
class Level {
  readonly bytes: Uint8Array;
  readonly view: DataView;
  readonly record: FileRecord;
  isLeaf = true;
  cells = 0;
  /** The next cell; in an inner page, the child left of it was walked through. */
  cell = 0;

  constructor(private readonly source: PageSource) {
    this.bytes = new Uint8Array(source.pageBytes + PAGE_SLACK_BYTES);
    this.view = new DataView(this.bytes.buffer);
    this.record = new FileRecord(this.bytes, source.usableBytes);
  }

  load(reader: PageReader, page: number): void {
    reader.read(page, this.bytes);
    const type = this.bytes[0];
    if (type !== LEAF && type !== INNER) throw new IrregularPages(`page ${page} is of another kind`);
    this.isLeaf = type === LEAF;
    this.cells = this.view.getUint16(CELLS_AT);
    this.cell = 0;
    if (this.#pointerAt(this.cells) > this.source.usableBytes)
      throw new IrregularPages(`page ${page} has too many cells`);
  }

  #pointerAt(cell: number): number {
    return (this.isLeaf ? LEAF_HEADER_BYTES : INNER_HEADER_BYTES) + 2 * cell;
  }

  #cellAt(cell: number): number {
    const at = this.view.getUint16(this.#pointerAt(cell));
    if (at < this.#pointerAt(this.cells) || at + 4 > this.source.usableBytes)
      throw new IrregularPages('a cell out of its page');
    return at;
  }

  /** The page left of a cell, or right of the last one. */
  childOf(cell: number): number {
    return this.view.getUint32(cell === this.cells ? RIGHT_CHILD_AT : this.#cellAt(cell));
  }

  openRecord(cell: number): void {
    this.record.open(this.#cellAt(cell) + (this.isLeaf ? 0 : 4));
  }
}

/** Walks from a key to the end of the table. Holds a page for each level of the tree, and no more. */
export class FileWalk {
  readonly #source: PageSource;
  readonly #reader: PageReader;
  readonly #levels: Level[] = [];
  #depth = -1;

  constructor(source: PageSource) {
    this.#source = source;
    this.#reader = new PageReader(source);
  }

  /** Goes to the first row whose key is not below the given one. @throws IrregularPages */
  seek(fs: number, inoLow: number, inoHigh: number, gen: number): void {
    this.#depth = -1;
    for (let page = this.#source.rootPage; ;) {
      const level = this.#push(page);
      let from = 0;
      let to = level.cells;
      while (from < to) {
        const middle = (from + to) >>> 1;
        level.openRecord(middle);
        if (level.record.compareKey(fs, inoLow, inoHigh, gen) < 0) from = middle + 1;
        else to = middle;
      }
      level.cell = from;
      if (level.isLeaf) return;
      page = level.childOf(from);
    }
  }

  /** The next row, opened; undefined behind the last one. @throws IrregularPages */
  next(): FileRecord | undefined {
    for (;;) {
      const level = this.#levels[this.#depth];
      if (level === undefined) return undefined;
      if (level.cell === level.cells) {
        this.#depth -= 1;
        continue;
      }
      level.openRecord(level.cell++);
      // Behind a row of an inner page come those of the child on its right.
      if (!level.isLeaf) this.#descend(level.childOf(level.cell));
      return level.record;
    }
  }

  #descend(child: number): void {
    for (let page = child; ;) {
      const level = this.#push(page);
      if (level.isLeaf) return;
      page = level.childOf(0);
    }
  }

  #push(page: number): Level {
    this.#depth += 1;
    if (this.#depth === DEPTH_MAX) throw new IrregularPages('a tree without an end');
    const level = (this.#levels[this.#depth] ??= new Level(this.#source));
    level.load(this.#reader, page);
    // Only a table without rows has a page without cells: its root.
    if (level.cells === 0 && this.#depth > 0) throw new IrregularPages(`page ${page} is empty`);
    return level;
  }
}
