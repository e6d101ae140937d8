import { IrregularPages, PageReader } from './page-reader.js';
import type { PageSource } from './page-source.js';

/** Goes through the pages that hold what of a record does not fit into its own, each of which begins with the next one's number. */
export class OverflowChain {
  readonly #reader: PageReader;
  readonly #view: DataView;
  readonly #pageCount: number;

  constructor(source: PageSource) {
    this.#reader = new PageReader(source);
    this.#view = new DataView(new ArrayBuffer(source.pageBytes));
    this.#pageCount = source.pageCount;
  }

  /** Not as they are, but that they are there: SQLite would not compare the record's key without. @throws IrregularPages */
  assertWhole(first: number, pages: number): void {
    if (pages > this.#pageCount) throw new IrregularPages('a record longer than the file');
    const bytes = new Uint8Array(this.#view.buffer);
    for (let page = first, left = pages; left > 0; left--) {
      this.#reader.read(page, bytes);
      page = this.#view.getUint32(0);
    }
  }
}
