import fs from 'node:fs';
import type { PageSource } from './page-source.js';

/**
 * The pages are not what this reader takes them for: damaged, or laid out in a way that it does not know. No verdict on
 * the catalog, which SQLite is asked instead.
 */
export class IrregularPages extends Error {
  override readonly name = 'IrregularPages';
}

/** Pages cannot be taken apart in this process, which says nothing of them. */
export class NoDecoder extends Error {
  override readonly name = 'NoDecoder';
}

/** What is known of pages that were irregular: that SQLite has to be asked whether they are damaged. */
export type Irregular = 'irregular';

/** An error for which SQLite is to say what is the matter: pages that are odd, or cannot be read. */
export const isNoVerdict = (error: unknown): boolean =>
  error instanceof IrregularPages ||
  error instanceof NoDecoder ||
  (error instanceof Error && 'code' in error && 'syscall' in error);

/** Pages in one read, at most: from memory, as many take no longer than two reads of one page each. */
const WINDOW_PAGES = 16;

/** Reads pages by number; what lies together in one go. Walks through trees that were filled together may share one. */
export class PageReader {
  readonly #source: PageSource;
  readonly #window: Buffer;
  /** The window, page by page. */
  readonly #pages: readonly Uint8Array[];
  #windowFrom = 0;
  #windowPages = 0;
  /** The page that was asked for last, and the one before: the way leads through inner pages to leaves and back. */
  #last = 0;
  #before = 0;

  constructor(source: PageSource) {
    this.#source = source;
    const { pageBytes } = source;
    const window = Buffer.allocUnsafeSlow(WINDOW_PAGES * pageBytes);
    this.#window = window;
    this.#pages = Array.from({ length: WINDOW_PAGES }, (_, page) =>
      window.subarray(page * pageBytes, (page + 1) * pageBytes),
    );
  }

  /** Copies a page into `into`. @throws IrregularPages; an error of Node for a read that fails */
  read(page: number, into: Uint8Array): void {
    if (page < 2 || page > this.#source.pageCount) throw new IrregularPages(`there is no page ${page}`);
    const known = this.#inWindow(page) ?? this.#readAhead(page);
    if (known) into.set(known);
    else this.#fill(into, page, 1);
    this.#before = this.#last;
    this.#last = page;
  }

  /** Trees that were filled together lie in each other's gaps: a page not far ahead is followed by others. */
  #isAhead(page: number): boolean {
    const fromLast = page - this.#last;
    const fromBefore = page - this.#before;
    return (fromLast > 0 && fromLast <= WINDOW_PAGES) || (fromBefore > 0 && fromBefore <= WINDOW_PAGES);
  }

  #inWindow(page: number): Uint8Array | undefined {
    const index = page - this.#windowFrom;
    return index >= 0 && index < this.#windowPages ? this.#pages[index] : undefined;
  }

  #readAhead(page: number): Uint8Array | undefined {
    if (!this.#isAhead(page)) return undefined;
    this.#windowPages = 0;
    this.#windowPages = this.#fill(this.#window, page, Math.min(WINDOW_PAGES, this.#source.pageCount - page + 1));
    this.#windowFrom = page;
    return this.#inWindow(page);
  }

  /** Reads pages from `page` on; how many are there. */
  #fill(into: Uint8Array, page: number, pages: number): number {
    const { fd, pageBytes } = this.#source;
    const read = fs.readSync(fd, into, 0, pages * pageBytes, (page - 1) * pageBytes);
    if (read < pageBytes) throw new IrregularPages(`the file ends before page ${page}`);
    return Math.floor(read / pageBytes);
  }
}
