/**
 * The records of a B+tree in the order of their keys (sqlite.org/fileformat2.html, 1.6). SQLite keeps a WITHOUT ROWID
 * table as it keeps an index: records lie in the inner pages too, each between two children.
 */
import { IrregularPages, PageReader } from './page-reader.js';
import type { PageSource } from './page-source.js';

const INNER = 2;
const LEAF = 10;
const INNER_HEADER_BYTES = 12;
const LEAF_HEADER_BYTES = 8;
const RIGHT_CHILD_AT = 8;
const CELLS_AT = 3;
/** The number of the page left of it comes first in an inner page's cell. */
const CHILD_BYTES = 4;
/** A cell and its pointer. */
const CELL_BYTES_MIN = 6;
/** SQLite's own bound. */
export const DEPTH_MAX = 20;

/** More than the cells of a page. */
const CELLS_MAX = 0x1_0000;

/** Memory for the page at each depth of a walk, and PAGE_SLACK_BYTES behind it. */
export type PageMemory = (depth: number) => Uint8Array;

/** A page on the way from the root to where the walk is. */
export class TreePage {
  readonly bytes: Uint8Array;
  readonly #view: DataView;
  readonly #source: PageSource;
  page = 0;
  isLeaf = true;
  cells = 0;
  /** The next cell; in an inner page, the child left of it was walked through. */
  cell = 0;

  constructor(source: PageSource, bytes: Uint8Array) {
    this.#source = source;
    this.bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  }

  load(reader: PageReader, page: number): void {
    reader.read(page, this.bytes);
    this.page = page;
    const type = this.bytes[0];
    if (type !== LEAF && type !== INNER) throw new IrregularPages(`page ${page} is of another kind`);
    this.isLeaf = type === LEAF;
    this.cells = this.#view.getUint16(CELLS_AT);
    this.cell = 0;
    const { pageBytes, usableBytes } = this.#source;
    if (this.cells > pageBytes / CELL_BYTES_MIN || this.#pointerAt(this.cells) > usableBytes)
      throw new IrregularPages(`page ${page} has too many cells`);
  }

  #pointerAt(cell: number): number {
    return (this.isLeaf ? LEAF_HEADER_BYTES : INNER_HEADER_BYTES) + 2 * cell;
  }

  #cellAt(cell: number): number {
    const at = this.#view.getUint16(this.#pointerAt(cell));
    if (at < this.#pointerAt(this.cells) || at + CHILD_BYTES > this.#source.usableBytes)
      throw new IrregularPages('a cell out of its page');
    return at;
  }

  /** The page left of a cell, or right of the last one. */
  childOf(cell: number): number {
    return this.#view.getUint32(cell === this.cells ? RIGHT_CHILD_AT : this.#cellAt(cell));
  }

  /** Bytes of a cell before its record. */
  get childBytes(): number {
    return this.isLeaf ? 0 : CHILD_BYTES;
  }

  /** Where in the tree a record lies: no two have the same place. */
  placeOf(cell: number): number {
    return this.page * CELLS_MAX + cell;
  }

  /** Behind the last of the records that come one after another from the next one on: another page lies between those of an inner one. */
  get runEnd(): number {
    return this.isLeaf ? this.cells : this.cell + 1;
  }
}

/** Walks from a key to the end of a tree. Holds a page for each level of the tree, and no more. */
export class TreeWalk {
  readonly #source: PageSource;
  readonly #root: number;
  readonly #memory: PageMemory;
  readonly #reader: PageReader;
  readonly #pages: TreePage[] = [];
  #depth = -1;

  /** @param root the tree's first page */
  constructor(source: PageSource, root: number, memory: PageMemory, reader = new PageReader(source)) {
    this.#source = source;
    this.#root = root;
    this.#memory = memory;
    this.#reader = reader;
  }

  /** Goes to the first record that is not below the wanted ones, which come behind all that are. @throws IrregularPages */
  seek(isBelow: (page: TreePage, cell: number) => boolean): void {
    this.#depth = -1;
    for (let number = this.#root; ;) {
      const page = this.#push(number);
      let from = 0;
      let to = page.cells;
      while (from < to) {
        const middle = (from + to) >>> 1;
        if (isBelow(page, middle)) from = middle + 1;
        else to = middle;
      }
      page.cell = from;
      if (page.isLeaf) return;
      number = page.childOf(from);
    }
  }

  /** The page of the next record, which its `cell` names; undefined behind the last one. */
  here(): TreePage | undefined {
    for (; this.#depth >= 0; this.#depth--) {
      const page = this.#pages[this.#depth];
      if (page !== undefined && page.cell < page.cells) return page;
    }
    return undefined;
  }

  /** Goes behind so many of the records before the `runEnd` of the page that is `here`. @throws IrregularPages */
  pass(records: number): void {
    const page = this.here();
    if (page === undefined || records === 0) return;
    page.cell += records;
    // Behind a record of an inner page come those of the child on its right.
    if (!page.isLeaf) this.#descend(page.childOf(page.cell));
  }

  /**
   * Keys of inner pages in their order, which cut the tree into parts of about the same size: of the first level from the
   * top that has `wanted` of them, or of the lowest inner one. None of a tree of one page. @throws IrregularPages
   */
  cuts<Key>(wanted: number, keyOf: (page: TreePage, cell: number) => Key): readonly Key[] {
    const page = new TreePage(this.#source, this.#memory(0));
    let keys: Key[] = [];
    for (let numbers = [this.#root], depth = 0; keys.length < wanted && depth < DEPTH_MAX; depth++) {
      const children: number[] = [];
      const found: Key[] = [];
      for (const number of numbers) {
        page.load(this.#reader, number);
        if (page.isLeaf) return keys;
        for (let cell = 0; cell < page.cells; cell++) {
          found.push(keyOf(page, cell));
          children.push(page.childOf(cell));
        }
        children.push(page.childOf(page.cells));
      }
      keys = found;
      numbers = children;
    }
    return keys;
  }

  #descend(child: number): void {
    for (let number = child; ;) {
      const page = this.#push(number);
      if (page.isLeaf) return;
      number = page.childOf(0);
    }
  }

  #push(number: number): TreePage {
    this.#depth += 1;
    if (this.#depth === DEPTH_MAX) throw new IrregularPages('a tree without an end');
    const page = (this.#pages[this.#depth] ??= new TreePage(this.#source, this.#memory(this.#depth)));
    page.load(this.#reader, number);
    // Only a table without rows has a page without cells: its only one.
    if (page.cells === 0 && (this.#depth > 0 || !page.isLeaf)) throw new IrregularPages(`page ${number} is empty`);
    return page;
  }
}
