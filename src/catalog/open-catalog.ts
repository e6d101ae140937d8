import fs from 'node:fs';
import { dirname } from 'node:path';
import type BetterSqlite3 from 'better-sqlite3';
import { Database } from './sqlite.js';
import { CatalogError, translateSqliteError } from './catalog-error.js';
import { Catalog } from './catalog.js';
import { createCatalogFile, newCatalogIdentity, type CatalogIdentity } from './create-catalog.js';
import { inspectHeader, type HeaderVerdict } from './file-header.js';
import { realPathOf } from './catalog-place.js';
import { statIfPresent } from '../native/statx.js';
import { checkDescription, checkLength, checkQuickly } from './integrity.js';
import { migrate, SCHEMA_VERSION, schemaVersionOf } from './migrations.js';
import { enterWriteAhead } from './write-ahead.js';

const DEFAULT_BUSY_TIMEOUT_MS = 10_000;

/** quick_check reads the whole file, at some 500 MB/s: a catalog up to this size delays a command by a blink. */
const DEFAULT_QUICK_CHECK_LIMIT_BYTES = 64 * 1024 * 1024;

export interface OpenCatalogOptions {
  readonly path: string;
  /** `create` makes the catalog if it is not there and opens it for writing. */
  readonly mode: 'read' | 'write' | 'create';
  /** How long to wait for another process, in milliseconds; 10,000 unless given. */
  readonly busyTimeoutMs?: number;
  /** A catalog up to this size is checked whole when it is opened for writing; 64 MiB unless given. */
  readonly quickCheckLimitBytes?: number;
  /** Who a catalog that has to be made shall be; a new one unless given. */
  readonly identity?: CatalogIdentity;
}

type CatalogHeader = HeaderVerdict & { readonly kind: 'catalog' };

function assertVersion(version: number, path: string): void {
  if (version <= SCHEMA_VERSION) return;
  throw new CatalogError(
    'ECATALOG_NEWER',
    `catalog ${path} has schema version ${version}, this hsmck knows up to ${SCHEMA_VERSION}: upgrade hsmck`,
  );
}

function acceptHeader(verdict: HeaderVerdict, path: string): CatalogHeader {
  if (verdict.kind === 'missing') {
    throw new CatalogError(
      'ECATALOG_MISSING',
      `there is no catalog at ${path}: name it with --catalog; if it is lost, restore it from a backup, or make a new one with ` +
        '"hsmck rebuild"; "hsmck init" makes the first one',
    );
  }
  if (verdict.kind === 'foreign') {
    throw new CatalogError(
      'ECATALOG_FOREIGN',
      `${path} is no hsmck catalog: ${verdict.why}; it was left alone. Name another path, or restore the catalog`,
    );
  }
  assertVersion(verdict.schemaVersion, path);
  return verdict;
}

/** Said before SQLite falls back to a read-only connection without a word. */
function assertWritable(path: string): void {
  for (const target of [path, dirname(path)]) {
    try {
      fs.accessSync(target, fs.constants.W_OK);
    } catch (error) {
      const { message } = error instanceof Error ? error : { message: 'access denied' };
      throw new CatalogError('ECATALOG_READONLY', `catalog ${path} cannot be written to: ${message}`, { cause: error });
    }
  }
}

function prepareForReading(db: BetterSqlite3.Database, path: string): void {
  const version = schemaVersionOf(db);
  assertVersion(version, path);
  if (version < SCHEMA_VERSION) {
    throw new CatalogError(
      'ECATALOG_OLDER',
      `catalog ${path} has schema version ${version} of ${SCHEMA_VERSION}: run a command that writes, to upgrade it`,
    );
  }
  checkDescription(db, path);
}

function prepareForWriting(db: BetterSqlite3.Database, path: string, timeoutMs: number, checkWhole: boolean): void {
  // Again: what the file's header said may be out of date while a write-ahead log lies beside it.
  assertVersion(schemaVersionOf(db), path);
  if (checkWhole) checkQuickly(db, path);
  db.pragma('synchronous = FULL');
  // Before anything of the file changes: one that cannot be used stays as it was.
  migrate(db);
  checkDescription(db, path);
  const mode = enterWriteAhead(db, timeoutMs);
  if (mode !== 'wal') {
    throw new CatalogError(
      'ECATALOG_IO',
      `catalog ${path}: its filesystem cannot hold a write-ahead log (${String(mode)})`,
    );
  }
}

function connect(path: string, options: OpenCatalogOptions, sizeBytes: number): Catalog {
  const readonly = options.mode === 'read';
  const timeoutMs = options.busyTimeoutMs ?? DEFAULT_BUSY_TIMEOUT_MS;
  const checkWhole = sizeBytes <= (options.quickCheckLimitBytes ?? DEFAULT_QUICK_CHECK_LIMIT_BYTES);
  let db: BetterSqlite3.Database | undefined;
  try {
    db = new Database(path, { readonly, fileMustExist: true, timeout: timeoutMs });
    db.pragma('foreign_keys = ON');
    db.pragma('trusted_schema = OFF');
    db.pragma('cell_size_check = ON');
    if (readonly) prepareForReading(db, path);
    else prepareForWriting(db, path, timeoutMs, checkWhole);
    return new Catalog(db, path);
  } catch (error) {
    db?.close();
    throw translateSqliteError(error, path);
  }
}

/**
 * Opens the offline database. While a writer has it open it is in WAL mode with `synchronous=FULL`; see
 * `Catalog.close` for how it lies on disk afterwards.
 *
 * Mode `read` writes nothing, and nothing beside the file, when the catalog was closed cleanly. While a writer has it
 * open, or after a writer was killed, there are a -wal and a -shm file: then a reader uses them, and SQLite may
 * rebuild the -shm, which is an index in shared memory; the -wal and the catalog itself stay as they are.
 *
 * @throws CatalogError ECATALOG_MISSING, ECATALOG_FOREIGN (the file is left alone), ECATALOG_NEWER, ECATALOG_OLDER,
 *   ECATALOG_CORRUPT, ECATALOG_LOCKED, ECATALOG_READONLY, ECATALOG_FULL, ECATALOG_IO
 * @throws NativeError when the file cannot be read, or not be made
 */
export function openCatalog(options: OpenCatalogOptions): Catalog {
  const { mode } = options;
  // Once and for all: locks lie beside the catalog, and must be the same ones from every folder and through every link.
  const path = realPathOf(options.path);
  let verdict = inspectHeader(path);
  if (verdict.kind === 'missing' && mode === 'create') {
    createCatalogFile(path, options.identity ?? newCatalogIdentity());
    verdict = inspectHeader(path);
  }
  const header = acceptHeader(verdict, path);
  if (mode !== 'read') assertWritable(path);
  // With a log beside it, the file's own header is behind by design.
  if (statIfPresent(Buffer.from(`${path}-wal`)) === undefined) checkLength(header, path);
  return connect(path, options, header.sizeBytes);
}
