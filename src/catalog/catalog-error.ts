import { Database } from './sqlite.js';
import { InvariantError, OperationalError } from '../errors.js';

/** What can be wrong with a catalog; stable, to match on. */
export type CatalogErrorCode =
  /** There is no file at the path. */
  | 'ECATALOG_MISSING'
  /** The file is not ours: another program's database, or no database at all. It was not touched. */
  | 'ECATALOG_FOREIGN'
  /** A newer hsmck wrote it. */
  | 'ECATALOG_NEWER'
  /** An older hsmck wrote it and it was opened for reading, so it cannot be brought up to date. */
  | 'ECATALOG_OLDER'
  | 'ECATALOG_CORRUPT'
  /** Another process held it for longer than the busy timeout. */
  | 'ECATALOG_LOCKED'
  | 'ECATALOG_READONLY'
  | 'ECATALOG_FULL'
  | 'ECATALOG_IO'
  /** It lies on a filesystem that it describes. */
  | 'ECATALOG_ON_FILESYSTEM'
  /** A catalog is to be rebuilt where there is one. */
  | 'ECATALOG_EXISTS'
  /** Two filesystems have the same 32-bit id. */
  | 'ECATALOG_CLASH';

/** The catalog cannot be used, or not for this. */
export class CatalogError extends OperationalError {
  constructor(code: CatalogErrorCode, message: string, options?: ErrorOptions) {
    super(code, message, options);
  }
}

/** SQLite's result codes by prefix, first match wins, and what they mean to an administrator. */
const MEANINGS: readonly (readonly [prefix: string, code: CatalogErrorCode, meaning: string])[] = [
  ['SQLITE_BUSY', 'ECATALOG_LOCKED', 'another process holds it; wait for that process to end, then run this again'],
  ['SQLITE_LOCKED', 'ECATALOG_LOCKED', 'another connection holds it; run this again'],
  ['SQLITE_CORRUPT', 'ECATALOG_CORRUPT', 'it is damaged; restore it from a backup or rebuild it from the archive'],
  ['SQLITE_NOTADB', 'ECATALOG_CORRUPT', 'it is damaged; restore it from a backup or rebuild it from the archive'],
  ['SQLITE_FULL', 'ECATALOG_FULL', 'no space is left for it; nothing of this change was recorded'],
  ['SQLITE_READONLY_ROLLBACK', 'ECATALOG_READONLY', 'a crash left a journal that only a writing command can undo'],
  ['SQLITE_READONLY', 'ECATALOG_READONLY', 'it cannot be written to; look at its permissions and at its mount'],
  ['SQLITE_PERM', 'ECATALOG_READONLY', 'access is denied; look at its permissions'],
  ['SQLITE_CANTOPEN', 'ECATALOG_IO', 'it, or the -wal and -shm files beside it, cannot be opened'],
  ['SQLITE_IOERR', 'ECATALOG_IO', 'input/output error'],
];

/** What SQLite says where the tables are not those of the schema version: somebody changed one of the two by hand. */
const MISFIT = /^(no such (table|column)|duplicate column name|(table|index|trigger|view) \S+ already exists)/;
const MISFIT_MEANING =
  'its tables are not those of its schema version; restore it from a backup or rebuild it from the archive';

/**
 * What SQLite threw, as a CatalogError that names the file; a broken constraint is our own bug and becomes an
 * InvariantError. Anything that SQLite did not throw comes back as it is.
 */
export function translateSqliteError(error: unknown, path: string): unknown {
  if (!(error instanceof Database.SqliteError)) return error;
  const detail = `${error.code}: ${error.message}`;
  if (error.code.startsWith('SQLITE_CONSTRAINT')) return new InvariantError(`catalog ${path}: ${detail}`);
  if (error.code === 'SQLITE_ERROR' && MISFIT.test(error.message))
    return new CatalogError('ECATALOG_CORRUPT', `catalog ${path}: ${MISFIT_MEANING} (${detail})`, { cause: error });
  for (const [prefix, code, meaning] of MEANINGS) {
    if (error.code.startsWith(prefix)) {
      return new CatalogError(code, `catalog ${path}: ${meaning} (${detail})`, { cause: error });
    }
  }
  return error;
}
