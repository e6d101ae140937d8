/** What a simulated filesystem holds of one inode, as it is in the log's order; memory alone knows more (inode.ts). */
export const PAGE_BYTES = 4096;

/** A block of the disk. Overwriting in place changes it at once, whatever becomes of the log. */
export interface Block {
  bytes: Buffer;
  /** Once shared by a clone it is never written in place again. */
  shared: boolean;
}

/** A page of a file that has room on the disk. `unwritten` reads as zeros. */
export type Cell = { readonly kind: 'written'; readonly block: Block } | { readonly kind: 'unwritten' };

export interface Image {
  readonly ino: bigint;
  readonly gen: number;
  mode: number;
  nlink: number;
  uid: number;
  gid: number;
  sizeBytes: number;
  mtimeNs: bigint;
  ctimeNs: bigint;
  readonly btimeNs: bigint;
  readonly xattrs: Map<string, Buffer>;
  readonly cells: Map<number, Cell>;
  /** Of a folder: names (latin1) and inode numbers. */
  readonly entries: Map<string, bigint>;
}

export const copyImage = (image: Image): Image => ({
  ...image,
  xattrs: new Map(image.xattrs),
  cells: new Map(image.cells),
  entries: new Map(image.entries),
});

export const S_IFDIR = 0o040000;
export const S_IFREG = 0o100000;

export const isFolder = ({ mode }: Image): boolean => (mode & 0o170000) === S_IFDIR;
