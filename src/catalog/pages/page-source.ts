/** What a worker needs to read the catalog's pages by itself; plain data that crosses to another thread. */
import fs from 'node:fs';
import type { Fd } from '../../native/io.js';

export interface PageSource {
  /** The catalog's file; whoever took the snapshot closes it, when no connection is left. */
  readonly fd: Fd;
  readonly pageBytes: number;
  /** Bytes of a page that SQLite uses, all but those reserved at its end. */
  readonly usableBytes: number;
  readonly pageCount: number;
  /** The first page of the table `file`. */
  readonly rootPage: number;
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
