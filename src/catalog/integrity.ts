import type Database from 'better-sqlite3';
import { CatalogError, translateSqliteError } from './catalog-error.js';
import type { HeaderVerdict } from './file-header.js';

function corrupt(path: string, what: string): CatalogError {
  return new CatalogError(
    'ECATALOG_CORRUPT',
    `catalog ${path} is damaged: ${what}; restore it from a backup or rebuild it from the archive`,
  );
}

function runCheck(db: Database.Database, path: string, pragma: string): void {
  let result: unknown;
  try {
    result = db.pragma(pragma, { simple: true });
  } catch (error) {
    throw translateSqliteError(error, path);
  }
  if (result !== 'ok') throw corrupt(path, String(result));
}

/** Every page, every row's types and constraints, and every index against its table. */
export const checkFully = (db: Database.Database, path: string): void => runCheck(db, path, 'integrity_check(1)');

/** Every page and every row's types and constraints, but not indexes against tables. */
export const checkQuickly = (db: Database.Database, path: string): void => runCheck(db, path, 'quick_check(1)');

/** A file shorter than its header claims lost its end: SQLite would notice only when it gets there. */
export function checkLength(verdict: HeaderVerdict & { readonly kind: 'catalog' }, path: string): void {
  const { claimedBytes, sizeBytes } = verdict;
  if (claimedBytes !== undefined && sizeBytes < claimedBytes) {
    throw corrupt(path, `it has ${sizeBytes} bytes of ${claimedBytes}`);
  }
}

/** The schema can be read and the catalog describes itself: a few pages, whatever the size of the file. */
export function checkDescription(db: Database.Database, path: string): void {
  let rows: unknown[];
  try {
    rows = db.prepare('SELECT catalog_id, epoch, next_op, op_limit, change_seq FROM catalog').all();
    db.prepare('SELECT 1 FROM file LIMIT 1').get();
    db.prepare('SELECT 1 FROM intent LIMIT 1').get();
  } catch (error) {
    // A table that is not there: the schema was changed by hand, or its pages are another table's.
    const message = error instanceof Error ? error.message : '';
    if (/^no such (table|column)/.test(message)) throw corrupt(path, message);
    throw translateSqliteError(error, path);
  }
  if (rows.length !== 1) throw corrupt(path, `it describes itself ${rows.length} times`);
}
