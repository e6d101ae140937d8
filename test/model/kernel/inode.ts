import { PAGE_BYTES, type Cell, type Image } from './image.js';

/** An inode in memory: its image in the log's order, and what no log knows yet. */
export class Inode {
  readonly image: Image;
  /** As programs see it; the image's follows when the data is written back. */
  sizeBytes: number;
  /** The page cache, as far as it is newer than the disk. */
  readonly dirty = new Map<number, Buffer>();
  /** Pages of unwritten extents that were read since: they are data to SEEK_DATA. */
  readonly seen = new Set<number>();
  /** Somebody asked for the ctime, so the next change gets another one (multigrain timestamps). */
  ctimeQueried = false;
  openCount = 0;

  constructor(image: Image) {
    this.image = image;
    this.sizeBytes = image.sizeBytes;
  }

  /** The bytes of a page as programs see them; undefined for zeros. */
  page(index: number): Buffer | undefined {
    const cached = this.dirty.get(index);
    if (cached !== undefined) return cached;
    const cell = this.image.cells.get(index);
    return cell?.kind === 'written' ? cell.block.bytes : undefined;
  }

  isData(index: number): boolean {
    if (this.dirty.has(index)) return true;
    const cell = this.image.cells.get(index);
    return cell !== undefined && (cell.kind === 'written' || this.seen.has(index));
  }

  get blocks512(): number {
    let pages = this.image.cells.size;
    for (const index of this.dirty.keys()) if (!this.image.cells.has(index)) pages += 1;
    return pages * (PAGE_BYTES / 512);
  }

  /** Pages in [first, last) that have room on the disk or in memory, ascending. */
  pagesIn(first: number, last: number): number[] {
    const pages = new Set<number>();
    for (const index of [...this.image.cells.keys(), ...this.dirty.keys()])
      if (index >= first && index < last) pages.add(index);
    return [...pages].sort((a, b) => a - b);
  }

  /** Where the content is, from `offset` on: the next data or hole. Undefined past the end. */
  seek(offset: number, what: 'data' | 'hole'): number | undefined {
    if (offset >= this.sizeBytes) return undefined;
    const end = Math.ceil(this.sizeBytes / PAGE_BYTES);
    for (let index = Math.floor(offset / PAGE_BYTES); index < end; index++) {
      if (this.isData(index) === (what === 'data')) return Math.max(offset, index * PAGE_BYTES);
    }
    return what === 'hole' ? this.sizeBytes : undefined;
  }
}

/** A cell for bytes that go to a new place on the disk. */
export const newCell = (bytes: Buffer): Cell => ({ kind: 'written', block: { bytes, shared: false } });
