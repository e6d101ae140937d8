/** What a user's file has to hold, whatever the program and the crashes did. */
import { PAGE_BYTES } from './kernel/image.js';
import { Random } from './kernel/random.js';

export const ZERO_PAGE = Buffer.alloc(PAGE_BYTES);
const contents = new Map<string, Buffer>();

/** The bytes that a content's number stands for; from `bytes` on they are zeros. */
export function contentOf(content: number, bytes = PAGE_BYTES): Buffer {
  if (content <= 0) return ZERO_PAGE;
  const key = `${content}/${bytes}`;
  const known = contents.get(key);
  if (known !== undefined) return known;
  const page = Buffer.alloc(PAGE_BYTES);
  new Random(content).bytes(16).copy(page);
  for (let at = 16; at < bytes; at += 16) page.copy(page, at, 0, 16);
  page.fill(0, bytes);
  if (contents.size > 4096) contents.clear();
  contents.set(key, page);
  return page;
}

/** One file's content: the present one, and what a crash may bring back. */
export class Truth {
  sizeBytes = 0;
  readonly #pages = new Map<number, Buffer>();
  /** Earlier pages that nobody made obsolete by a sync; also what a hole on purpose may be taken for. */
  readonly #earlier = new Map<number, Buffer[]>();
  #earlierSizes: number[] = [];
  /** What a page that reads zeros may be as well: a hole on purpose looks like missing data (docs/reliability.md). */
  readonly #ambiguous = new Map<number, Buffer[]>();

  /** Everything that a page ever was: the copy of a file that is away may be any of it. */
  readonly #past = new Map<number, Buffer[]>();

  get pageCount(): number {
    return Math.ceil(this.sizeBytes / PAGE_BYTES);
  }

  page(index: number): Buffer {
    return this.#pages.get(index) ?? ZERO_PAGE;
  }

  /** A crash may bring back what the page is now, whichever of its contents that was. */
  #remember(index: number): void {
    const earlier = this.#earlier.get(index) ?? [];
    this.#earlier.set(index, [...earlier, this.page(index), ...(this.#ambiguous.get(index) ?? [])]);
    this.#past.set(index, [...(this.#past.get(index) ?? []), this.page(index)]);
  }

  write(index: number, page: Buffer, sizeBytes: number): void {
    this.#remember(index);
    this.#ambiguous.delete(index);
    this.#pages.set(index, page);
    this.resize(Math.max(sizeBytes, this.sizeBytes));
  }

  /** A hole made on purpose. */
  empty(index: number): void {
    this.#remember(index);
    const before = this.#ambiguous.get(index) ?? [];
    this.#ambiguous.set(index, [...before, this.page(index), ...(this.#past.get(index) ?? [])]);
    this.#pages.set(index, ZERO_PAGE);
  }

  resize(sizeBytes: number): void {
    if (sizeBytes === this.sizeBytes) return;
    this.#earlierSizes.push(this.sizeBytes);
    this.sizeBytes = sizeBytes;
  }

  truncate(sizeBytes: number): void {
    const within = sizeBytes % PAGE_BYTES;
    for (const index of [...this.#pages.keys()]) {
      if (index * PAGE_BYTES >= sizeBytes) this.empty(index);
      else if (within !== 0 && index === Math.floor(sizeBytes / PAGE_BYTES)) {
        const cut = Buffer.from(this.page(index));
        cut.fill(0, within);
        this.#remember(index);
        this.#ambiguous.set(index, [...(this.#ambiguous.get(index) ?? []), this.page(index)]);
        this.#pages.set(index, cut);
      }
    }
    this.resize(sizeBytes);
  }

  /** Everything of it is on the disk now. */
  synced(): void {
    this.#earlier.clear();
    this.#earlierSizes = [];
  }

  /** Bytes of a page that lie within the file. */
  #visible(index: number): number {
    return Math.max(0, Math.min(PAGE_BYTES, this.sizeBytes - index * PAGE_BYTES));
  }

  #same(index: number, one: Buffer, other: Buffer): boolean {
    const length = this.#visible(index);
    return one.compare(other, 0, length, 0, length) === 0;
  }

  allows(index: number, page: Buffer): boolean {
    if (this.#same(index, this.page(index), page)) return true;
    const others = [...(this.#earlier.get(index) ?? []), ...(this.#ambiguous.get(index) ?? [])];
    return others.some((one) => this.#same(index, one, page));
  }

  /** A file that was growing is somewhere between. */
  allowsSize(sizeBytes: number): boolean {
    const sizes = [this.sizeBytes, ...this.#earlierSizes];
    return sizeBytes >= Math.min(...sizes) && sizeBytes <= Math.max(...sizes);
  }

  /** After a crash the user finds this size. */
  adoptSize(sizeBytes: number): void {
    this.sizeBytes = sizeBytes;
    this.#earlierSizes = [];
    for (const [index, page] of [...this.#pages]) this.#set(index, page);
  }

  /** What lies behind the end reads as zeros when the file grows. */
  #set(index: number, page: Buffer): void {
    const length = this.#visible(index);
    if (length === 0) this.#pages.delete(index);
    else this.#pages.set(index, length === PAGE_BYTES ? page : Buffer.concat([page.subarray(0, length)], PAGE_BYTES));
  }

  /**
   * After a crash the user finds this page. Zeros in a file whose data may be away settle nothing: what is in the archive
   * is one of the contents that the page may have.
   */
  adoptPage(index: number, page: Buffer, mayBeAway: boolean): void {
    const earlier = this.#earlier.get(index);
    if (earlier === undefined) return;
    this.#earlier.delete(index);
    const isKnown = [this.page(index), ...earlier].some((one) => this.#same(index, one, page));
    if (isKnown && (!mayBeAway || !this.#same(index, page, ZERO_PAGE))) this.#set(index, page);
    else this.#ambiguous.set(index, [...(this.#ambiguous.get(index) ?? []), ...earlier]);
  }

  /** Pages that somebody wrote, or emptied, at some time. */
  pagesKnown(): number[] {
    return [...new Set([...this.#pages.keys(), ...this.#earlier.keys()])];
  }
}
