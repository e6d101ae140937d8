/** How the code's types go into columns and come out of them. */
import type { FsId, ObjectId, Op } from '../dm/identity.js';
import { objectIdFromBytes, toFsId, toOp, uuidFromBytes } from '../dm/identity.js';
import { saturateMtime } from '../dm/saturate-mtime.js';
import { invariant } from '../errors.js';
import type { Gen, InodeId, Ino } from '../native/inode-id.js';
import { toGen, toIno } from '../native/inode-id.js';
import { bigintIn, blobIn, numberIn } from './row-reader.js';
import type { SqlRow } from './sql-session.js';

const LIMIT = 1n << 63n;

/** An unsigned quantity for one of SQLite's signed integers: no filesystem has an inode number or a size of 2^63. */
export function unsigned63(value: bigint, what: string): bigint {
  invariant(value >= 0n && value < LIMIT, `${what} is from 0 to 2^63 - 1, not ${value}`);
  return value;
}

/** A time, cut to what the column holds: compare with it only times that were cut likewise (`saturateMtime`). */
export const storedNs = (ns: bigint): bigint => saturateMtime(ns).mtimeNs;

export const storedFlag = (flag: boolean): number => (flag ? 1 : 0);

export const inoIn = (row: SqlRow, column = 'ino'): Ino => toIno(bigintIn(row, column));
export const genIn = (row: SqlRow, column = 'gen'): Gen => toGen(numberIn(row, column));
export const inodeIn = (row: SqlRow): InodeId => ({ ino: inoIn(row), gen: genIn(row) });
export const fsIdIn = (row: SqlRow): FsId => toFsId(numberIn(row, 'fs'));
export const opIn = (row: SqlRow, column = 'op'): Op => toOp(bigintIn(row, column));
export const objectIdIn = (row: SqlRow, column = 'object_id'): ObjectId => objectIdFromBytes(blobIn(row, column));
export const uuidIn = (row: SqlRow, column: string): string => uuidFromBytes(blobIn(row, column));

/** `a, b` and `@a, @b` and `a = excluded.a, b = excluded.b` for the statements of a table. */
export function columnList(columns: readonly string[]): {
  readonly names: string;
  readonly parameters: string;
  readonly updates: string;
} {
  return {
    names: columns.join(', '),
    parameters: columns.map((column) => `@${column}`).join(', '),
    updates: columns.map((column) => `${column} = excluded.${column}`).join(', '),
  };
}
