/**
 * The records of a B+tree in the order of their keys (sqlite.org/fileformat2.html, 1.6). SQLite keeps a WITHOUT ROWID
 * table as it keeps an index: records lie in the inner pages too, each between two children.
 */
import { IrregularPages, PageReader } from './page-reader.js';
import type { PageSource } from './page-source.js';
import { PAGE_SLACK_BYTES } from './record-cursor.js';

const INNER = 2;
const LEAF = 10;
const INNER_HEADER_BYTES = 12;
const LEAF_HEADER_BYTES = 8;
const RIGHT_CHILD_AT = 8;
const CELLS_AT = 3;
/** A cell and its pointer. */
const CELL_BYTES_MIN = 6;
/** SQLite's own bound. */
const DEPTH_MAX = 20;

/** Reads the records of a page, one at a time. */
export interface PageRecord {
  /** Opens the record whose length stands at byte `at` of the page. @throws IrregularPages */
  open(at: number): void;
}

/** Makes the reader of a page's records; as RecordCursor takes its parameters. */
export type MakeRecord<Record extends PageRecord> = (page: Uint8Array, usableBytes: number) => Record;

/** More than the cells of a page. */
const CELLS_MAX = 0x1_0000;

/** A page on the way from the root to where the walk is. */
class Level<Record extends PageRecord> {
  readonly bytes: Uint8Array;
  readonly view: DataView;
  readonly record: Record;
  page = 0;
  isLeaf = true;
  cells = 0;
  /** The next cell; in an inner page, the child left of it was walked through. */
  cell = 0;

  constructor(
    private readonly source: PageSource,
    makeRecord: MakeRecord<Record>,
  ) {
    this.bytes = new Uint8Array(source.pageBytes + PAGE_SLACK_BYTES);
    this.view = new DataView(this.bytes.buffer);
    this.record = makeRecord(this.bytes, source.usableBytes);
  }

  load(reader: PageReader, page: number): void {
    reader.read(page, this.bytes);
    this.page = page;
    const type = this.bytes[0];
    if (type !== LEAF && type !== INNER) throw new IrregularPages(`page ${page} is of another kind`);
    this.isLeaf = type === LEAF;
    this.cells = this.view.getUint16(CELLS_AT);
    this.cell = 0;
    if (this.cells > this.source.pageBytes / CELL_BYTES_MIN || this.#pointerAt(this.cells) > this.source.usableBytes)
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

/** Walks from a key to the end of a tree. Holds a page for each level of the tree, and no more. */
export class TreeWalk<Record extends PageRecord> {
  readonly #source: PageSource;
  readonly #root: number;
  readonly #makeRecord: MakeRecord<Record>;
  readonly #reader: PageReader;
  readonly #levels: Level<Record>[] = [];
  #depth = -1;
  /** Where in the tree the record lies that came last: no two have the same place. -1 behind the last one. */
  place = -1;

  /** @param root the tree's first page */
  constructor(source: PageSource, root: number, makeRecord: MakeRecord<Record>, reader = new PageReader(source)) {
    this.#source = source;
    this.#root = root;
    this.#makeRecord = makeRecord;
    this.#reader = reader;
  }

  /** Goes to the first record that is not below the wanted ones, which come behind all that are. @throws IrregularPages */
  seek(isBelow: (record: Record) => boolean): void {
    this.#depth = -1;
    for (let page = this.#root; ;) {
      const level = this.#push(page);
      let from = 0;
      let to = level.cells;
      while (from < to) {
        const middle = (from + to) >>> 1;
        level.openRecord(middle);
        if (isBelow(level.record)) from = middle + 1;
        else to = middle;
      }
      level.cell = from;
      if (level.isLeaf) return;
      page = level.childOf(from);
    }
  }

  /** The next record, opened; undefined behind the last one. @throws IrregularPages */
  next(): Record | undefined {
    for (;;) {
      const level = this.#levels[this.#depth];
      if (level === undefined) {
        this.place = -1;
        return undefined;
      }
      if (level.cell === level.cells) {
        this.#depth -= 1;
        continue;
      }
      this.place = level.page * CELLS_MAX + level.cell;
      level.openRecord(level.cell++);
      // Behind a record of an inner page come those of the child on its right.
      if (!level.isLeaf) this.#descend(level.childOf(level.cell));
      return level.record;
    }
  }

  /**
   * Keys of inner pages in their order, which cut the tree into parts of about the same size: of the first level from the
   * top that has `wanted` of them, or of the lowest inner one. None of a tree of one page. @throws IrregularPages
   */
  cuts<Key>(wanted: number, keyOf: (record: Record) => Key): readonly Key[] {
    const level = new Level(this.#source, this.#makeRecord);
    let keys: Key[] = [];
    for (let pages = [this.#root], depth = 0; keys.length < wanted && depth < DEPTH_MAX; depth++) {
      const children: number[] = [];
      const found: Key[] = [];
      for (const page of pages) {
        level.load(this.#reader, page);
        if (level.isLeaf) return keys;
        for (let cell = 0; cell < level.cells; cell++) {
          level.openRecord(cell);
          found.push(keyOf(level.record));
          children.push(level.childOf(cell));
        }
        children.push(level.childOf(level.cells));
      }
      keys = found;
      pages = children;
    }
    return keys;
  }

  #descend(child: number): void {
    for (let page = child; ;) {
      const level = this.#push(page);
      if (level.isLeaf) return;
      page = level.childOf(0);
    }
  }

  #push(page: number): Level<Record> {
    this.#depth += 1;
    if (this.#depth === DEPTH_MAX) throw new IrregularPages('a tree without an end');
    const level = (this.#levels[this.#depth] ??= new Level(this.#source, this.#makeRecord));
    level.load(this.#reader, page);
    // Only a table without rows has a page without cells: its only one.
    if (level.cells === 0 && (this.#depth > 0 || !level.isLeaf)) throw new IrregularPages(`page ${page} is empty`);
    return level;
  }
}
