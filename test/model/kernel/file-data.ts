/** File content as XFS keeps it: delayed allocation, unwritten extents, shared blocks; what each call logs, and when. */
import type { Inode } from './inode.js';
import { newCell } from './inode.js';
import { PAGE_BYTES, type Cell, type Image } from './image.js';
import type { SimFilesystem } from './sim-filesystem.js';

const ZEROS = Buffer.alloc(PAGE_BYTES);

/** Reads into `buffer`; the number of bytes, 0 at the end. */
export function readData(inode: Inode, buffer: Uint8Array, length: number, position: number): number {
  const count = Math.max(0, Math.min(length, inode.sizeBytes - position));
  for (let done = 0; done < count;) {
    const at = position + done;
    const index = Math.floor(at / PAGE_BYTES);
    const within = at % PAGE_BYTES;
    const piece = Math.min(PAGE_BYTES - within, count - done);
    buffer.set((inode.page(index) ?? ZEROS).subarray(within, within + piece), done);
    if (inode.image.cells.get(index)?.kind === 'unwritten') inode.seen.add(index);
    done += piece;
  }
  return count;
}

/** Changes a part of a page in memory. Buffers of pages are never changed once they are there. */
function patchPage(inode: Inode, index: number, within: number, bytes: Uint8Array): void {
  const page = Buffer.from(inode.page(index) ?? ZEROS);
  page.set(bytes, within);
  inode.dirty.set(index, page);
}

/** A write into the page cache. */
export function writeData(fs: SimFilesystem, inode: Inode, bytes: Uint8Array, position: number): void {
  if (position > inode.sizeBytes) zeroTail(inode);
  for (let done = 0; done < bytes.length;) {
    const at = position + done;
    const within = at % PAGE_BYTES;
    const piece = Math.min(PAGE_BYTES - within, bytes.length - done);
    patchPage(inode, Math.floor(at / PAGE_BYTES), within, bytes.subarray(done, done + piece));
    done += piece;
  }
  inode.sizeBytes = Math.max(inode.sizeBytes, position + bytes.length);
  void fs;
}

/** What lies behind the end of the file in its last page reads as zeros when the file grows. */
function zeroTail(inode: Inode): void {
  const within = inode.sizeBytes % PAGE_BYTES;
  const index = Math.floor(inode.sizeBytes / PAGE_BYTES);
  if (within === 0 || inode.page(index) === undefined) return;
  patchPage(inode, index, within, ZEROS.subarray(within));
}

/** Sets the image's size, and with it what a crash leaves. */
function logSize(fs: SimFilesystem, inode: Inode, sizeBytes: number): void {
  fs.change(inode, (image) => {
    image.sizeBytes = sizeBytes;
  });
}

/** Writes one page back. In place it is on the disk at once; into a hole it shows when the log has it. */
export function writeBack(fs: SimFilesystem, inode: Inode, index: number): void {
  const bytes = inode.dirty.get(index);
  if (bytes === undefined) return;
  inode.dirty.delete(index);
  inode.seen.delete(index);
  const cell = inode.image.cells.get(index);
  const isInPlace = cell?.kind === 'written' && !cell.block.shared;
  if (isInPlace) cell.block.bytes = bytes;
  const fresh = isInPlace ? undefined : newCell(bytes);
  const end = Math.min(inode.sizeBytes, (index + 1) * PAGE_BYTES);
  if (fresh === undefined && end <= inode.image.sizeBytes) return;
  // In one transaction: nothing is ever there behind the end, to show when the file grows.
  fs.change(inode, (image) => {
    if (fresh !== undefined) image.cells.set(index, fresh);
    image.sizeBytes = Math.max(image.sizeBytes, end);
  });
}

/** Writes everything of an inode back. */
export function writeBackAll(fs: SimFilesystem, inode: Inode): void {
  for (const index of [...inode.dirty.keys()].sort((a, b) => a - b)) writeBack(fs, inode, index);
  if (inode.sizeBytes > inode.image.sizeBytes) logSize(fs, inode, inode.sizeBytes);
}

function dropPages(fs: SimFilesystem, inode: Inode, first: number, last: number): void {
  for (const index of inode.pagesIn(first, last)) {
    inode.dirty.delete(index);
    inode.seen.delete(index);
  }
  fs.change(inode, (image) => {
    for (const index of [...image.cells.keys()]) if (index >= first && index < last) image.cells.delete(index);
  });
}

/** ftruncate. */
export function truncateData(fs: SimFilesystem, inode: Inode, sizeBytes: number): void {
  if (sizeBytes < inode.sizeBytes) {
    // What is dirty below the new end goes first, or the disk would show an end that nothing was written up to.
    for (const index of inode.pagesIn(0, Math.ceil(sizeBytes / PAGE_BYTES))) writeBack(fs, inode, index);
    inode.sizeBytes = sizeBytes;
    zeroTail(inode);
    // The size is logged first, the blocks are freed after it (xfs_setattr_size): no crash leaves the old size over holes.
    logSize(fs, inode, sizeBytes);
    dropPages(fs, inode, Math.ceil(sizeBytes / PAGE_BYTES), Infinity);
  } else {
    zeroTail(inode);
    inode.sizeBytes = sizeBytes;
    logSize(fs, inode, sizeBytes);
  }
}

/** FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE: partial pages at the ends are zeroed, whole ones go. */
export function punchData(fs: SimFilesystem, inode: Inode, offset: number, length: number): void {
  const end = offset + length;
  const first = Math.ceil(offset / PAGE_BYTES);
  const last = Math.floor(end / PAGE_BYTES);
  for (const index of inode.pagesIn(Math.floor(offset / PAGE_BYTES), Math.ceil(end / PAGE_BYTES)))
    writeBack(fs, inode, index);
  const zero = (index: number, from: number, to: number): void => {
    if (to > from && inode.page(index) !== undefined) patchPage(inode, index, from, ZEROS.subarray(from, to));
  };
  if (last < first) zero(last, offset % PAGE_BYTES, end % PAGE_BYTES);
  else {
    if (offset % PAGE_BYTES !== 0) zero(first - 1, offset % PAGE_BYTES, PAGE_BYTES);
    zero(last, 0, end % PAGE_BYTES);
    dropPages(fs, inode, first, last);
  }
}

/** fallocate(0): room without content. */
export function preallocateData(fs: SimFilesystem, inode: Inode, first: number, last: number): void {
  const cell: Cell = { kind: 'unwritten' };
  fs.change(inode, (image) => {
    for (let index = first; index < last; index++) if (!image.cells.has(index)) image.cells.set(index, cell);
  });
}

/** FICLONE: both are written back, then the extents are shared in one transaction. */
export function cloneData(fs: SimFilesystem, source: Inode, destination: Inode): void {
  writeBackAll(fs, source);
  writeBackAll(fs, destination);
  const pages = Math.ceil(source.sizeBytes / PAGE_BYTES);
  const cells = new Map<number, Cell>();
  for (const [index, cell] of source.image.cells) {
    if (cell.kind !== 'written' || index >= pages) continue;
    cell.block.shared = true;
    cells.set(index, cell);
  }
  for (const index of destination.pagesIn(0, pages)) {
    destination.dirty.delete(index);
    destination.seen.delete(index);
  }
  const sizeBytes = Math.max(destination.sizeBytes, source.sizeBytes);
  fs.change(destination, (image: Image) => {
    for (let index = 0; index < pages; index++) {
      const cell = cells.get(index);
      if (cell === undefined) image.cells.delete(index);
      else image.cells.set(index, cell);
    }
    image.sizeBytes = sizeBytes;
  });
  destination.sizeBytes = sizeBytes;
}

/** posix_fadvise(POSIX_FADV_DONTNEED): clean pages go. */
export const dropClean = (inode: Inode): void => inode.seen.clear();

/** A write-back that failed: what was dirty is gone, and the next sync says nothing of it. */
export function loseDirty(inode: Inode): void {
  inode.dirty.clear();
  inode.sizeBytes = inode.image.sizeBytes;
}
