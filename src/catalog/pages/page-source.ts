/** What a worker needs to read the catalog's pages by itself; plain data that crosses to another thread. */
import fs from 'node:fs';
import type { Fd } from '../../native/io.js';

/** The first pages of the trees that are read. */
export interface TreeRoots {
  /** The table `file`. */
  readonly file: number;
  /** Its index `file_by_object`, and the table `object`; undefined where one of them is laid out in another way. */
  readonly copies: CopyRoots | undefined;
}

export interface CopyRoots {
  readonly fileByObject: number;
  readonly object: number;
}

export interface PageSource {
  /** The catalog's file; whoever took the snapshot closes it, when no connection is left. */
  readonly fd: Fd;
  readonly pageBytes: number;
  /** Bytes of a page that SQLite uses, all but those reserved at its end. */
  readonly usableBytes: number;
  readonly pageCount: number;
  readonly roots: TreeRoots;
  /** When the file was last written to, as `stampOf` says. */
  readonly stamp: string;
  /** PageLease.memory. */
  readonly lease: SharedArrayBuffer;
}

/** Moves whenever the file is written to or cut. */
export function stampOf(fd: Fd): string {
  const { mtimeNs, ctimeNs, size } = fs.fstatSync(fd, { bigint: true });
  return `${mtimeNs} ${ctimeNs} ${size}`;
}
