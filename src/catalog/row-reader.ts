import type { SqlRow, SqlValue } from './sql-session.js';
import { CatalogError } from './catalog-error.js';

function wrong(column: string, value: SqlValue | undefined): CatalogError {
  const found = value === undefined ? 'nothing' : value === null ? 'NULL' : `a ${typeof value}`;
  return new CatalogError(
    'ECATALOG_CORRUPT',
    `the catalog holds ${found} in column ${column}: restore it from a backup`,
  );
}

/** An integer column, exact. */
export function bigintIn(row: SqlRow, column: string): bigint {
  const value = row[column];
  if (typeof value !== 'bigint') throw wrong(column, value);
  return value;
}

/** An integer column whose values are safe integers: counts, milliseconds, 32-bit quantities. */
export function numberIn(row: SqlRow, column: string): number {
  const value = Number(bigintIn(row, column));
  if (!Number.isSafeInteger(value)) throw wrong(column, value);
  return value;
}

/** A text column. */
export function textIn(row: SqlRow, column: string): string {
  const value = row[column];
  if (typeof value !== 'string') throw wrong(column, value);
  return value;
}

/** A blob column. */
export function blobIn(row: SqlRow, column: string): Buffer {
  const value = row[column];
  if (!Buffer.isBuffer(value)) throw wrong(column, value);
  return value;
}

export const booleanIn = (row: SqlRow, column: string): boolean => bigintIn(row, column) !== 0n;

/** A text column that holds one of a few words. */
export function wordIn<W extends string>(row: SqlRow, column: string, words: readonly W[]): W {
  const text = textIn(row, column);
  const word = words.find((candidate) => candidate === text);
  if (word === undefined) throw wrong(column, text);
  return word;
}

/** A column that may be NULL, read by one of the readers above. */
export function optionalIn<T>(row: SqlRow, column: string, read: (row: SqlRow, column: string) => T): T | undefined {
  return row[column] === null ? undefined : read(row, column);
}
