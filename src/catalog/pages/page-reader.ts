import fs from 'node:fs';
import type { PageSource } from './page-source.js';

/**
 * The pages are not what this reader takes them for: damaged, or laid out in a way that it does not know. No verdict on
 * the catalog, which SQLite is asked instead.
 */
export class IrregularPages extends Error {
  override readonly name = 'IrregularPages';
}

/** Pages in one read, at most, while they follow one another in the file. */
const WINDOW_PAGES = 16;

/** Reads pages by number; neighbours in one go. */
export class PageReader {
  readonly #source: PageSource;
  readonly #window: Buffer;
  #windowFrom = 0;
  #windowPages = 0;
  #lastPage = 0;

  constructor(source: PageSource) {
    this.#source = source;
    this.#window = Buffer.allocUnsafeSlow(WINDOW_PAGES * source.pageBytes);
  }

  /** Copies a page into `into`. @throws IrregularPages; an error of Node for a read that fails */
  read(page: number, into: Uint8Array): void {
    const { pageBytes, pageCount } = this.#source;
    if (page < 2 || page > pageCount) throw new IrregularPages(`there is no page ${page}`);
    if (page < this.#windowFrom || page >= this.#windowFrom + this.#windowPages) this.#fetch(page);
    this.#lastPage = page;
    const at = (page - this.#windowFrom) * pageBytes;
    into.set(this.#window.subarray(at, at + pageBytes));
  }

  #fetch(page: number): void {
    const { fd, pageBytes, pageCount } = this.#source;
    const pages = page === this.#lastPage + 1 ? Math.min(WINDOW_PAGES, pageCount - page + 1) : 1;
    const count = fs.readSync(fd, this.#window, 0, pages * pageBytes, (page - 1) * pageBytes);
    this.#windowFrom = page;
    this.#windowPages = Math.floor(count / pageBytes);
    if (this.#windowPages === 0) throw new IrregularPages(`the file ends before page ${page}`);
  }
}
