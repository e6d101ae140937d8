/**
 * The catalog's file held still, so that its pages can be read beside SQLite.
 *
 * A read transaction is open on a connection of its own, and while it is, nothing is written to the file:
 *
 * - in rollback mode because a writer needs the file's exclusive lock and the transaction has a shared one;
 * - with a write-ahead log because the log was empty at its beginning. Such a transaction reads the file alone, and says so
 *   by the lock that a checkpoint would have to take before it copies a page into the file (sqlite.org/walformat.html,
 *   2.3.1, WAL_READ_LOCK(0)). Writers go on: they append to the log.
 *
 * What they append stays in the log while this is held. So it is given back when the log has grown past a bound, and the
 * readers go on through SQLite.
 */
import type BetterSqlite3 from 'better-sqlite3';
import { Database } from '../sqlite.js';
import fs from 'node:fs';
import { setInterval } from 'node:timers';
import type { Fd } from '../../native/io.js';
import { statIfPresent } from '../../native/statx.js';
import { PageLease } from './page-lease.js';
import { stampOf, type CopyRoots, type PageSource, type TreeRoots } from './page-source.js';
import { BOUND_RECORD_COLUMNS, FILE_RECORD_COLUMNS, OBJECT_RECORD_COLUMNS } from './record-columns.js';

/** A log of this size is checked in within a second. */
const LOG_BYTES_MAX = 64 * 1024 * 1024;
const WATCH_INTERVAL_MS = 500;

/** Page sizes below this have room for less of a long record than its columns take. */
const PAGE_BYTES_MIN = 2048;
const RESERVED_AT = 20;

const number = (db: BetterSqlite3.Database, pragma: string): number => Number(db.pragma(pragma, { simple: true }));

type Columns = readonly (readonly [name: string, type: string])[];

/** The table's first columns stand where this code expects them, and rows are kept as it expects. */
function isLaidOutAs(db: BetterSqlite3.Database, table: string, expected: Columns, keyColumns: number): boolean {
  const kind = db.prepare('SELECT wr, strict FROM pragma_table_list(?) WHERE schema = ?').raw().get(table, 'main');
  if (JSON.stringify(kind) !== '[1,1]') return false;
  const columns = db.prepare('SELECT name, type, pk, hidden FROM pragma_table_xinfo(?) ORDER BY cid').raw().all(table);
  const wanted = expected.map(([name, type], index) => [name, type, index < keyColumns ? index + 1 : 0, 0]);
  return JSON.stringify(columns.slice(0, expected.length)) === JSON.stringify(wanted);
}

/** An index over all rows of its table, in the plain order of the columns. */
function isPlainIndex(db: BetterSqlite3.Database, table: string, name: string, expected: readonly string[]): boolean {
  const partial = db.prepare('SELECT partial FROM pragma_index_list(?) WHERE name = ?').pluck().get(table, name);
  const columns = db.prepare('SELECT name, "desc", coll FROM pragma_index_xinfo(?) ORDER BY seqno').raw().all(name);
  return partial === 0 && JSON.stringify(columns) === JSON.stringify(expected.map((column) => [column, 0, 'BINARY']));
}

/** The first page of a table or an index. */
function rootOf(db: BetterSqlite3.Database, name: string): number | undefined {
  const root = db.prepare("SELECT rootpage FROM sqlite_schema WHERE type IN ('table', 'index') AND name = ?").pluck();
  const page = root.get(name);
  return typeof page === 'number' ? page : undefined;
}

function copyRootsOf(db: BetterSqlite3.Database): CopyRoots | undefined {
  if (!isPlainIndex(db, 'file', 'file_by_object', BOUND_RECORD_COLUMNS)) return undefined;
  if (!isLaidOutAs(db, 'object', OBJECT_RECORD_COLUMNS, 1)) return undefined;
  const fileByObject = rootOf(db, 'file_by_object');
  const object = rootOf(db, 'object');
  return fileByObject === undefined || object === undefined ? undefined : { fileByObject, object };
}

function rootsOf(db: BetterSqlite3.Database): TreeRoots | undefined {
  if (db.pragma('encoding', { simple: true }) !== 'UTF-8') return undefined;
  const file = isLaidOutAs(db, 'file', FILE_RECORD_COLUMNS, 3) ? rootOf(db, 'file') : undefined;
  return file === undefined ? undefined : { file, copies: copyRootsOf(db) };
}

/** Nothing of what the transaction sees is in the log. */
function isAllInFile(db: BetterSqlite3.Database, path: string): boolean {
  const mode = db.pragma('journal_mode', { simple: true });
  if (mode !== 'wal') return mode === 'delete';
  return (statIfPresent(Buffer.from(`${path}-wal`))?.sizeBytes ?? 0n) === 0n;
}

function describePages(db: BetterSqlite3.Database, fd: Fd, lease: SharedArrayBuffer): PageSource | undefined {
  const pageBytes = number(db, 'page_size');
  const header = Buffer.alloc(RESERVED_AT + 1);
  fs.readSync(fd, header, 0, header.length, 0);
  const roots = rootsOf(db);
  if (pageBytes < PAGE_BYTES_MIN || roots === undefined) return undefined;
  const usableBytes = pageBytes - (header[RESERVED_AT] ?? 0);
  return { fd, pageBytes, usableBytes, pageCount: number(db, 'page_count'), roots, stamp: stampOf(fd), lease };
}

/** Empties the log, if nobody needs it at this moment. */
function checkIn(db: BetterSqlite3.Database): void {
  if (!db.readonly) db.pragma('wal_checkpoint(TRUNCATE)');
}

/** Taken on the main thread for as long as a scan lasts. */
export class PageSnapshot {
  readonly source: PageSource;
  readonly #db: BetterSqlite3.Database;
  readonly #lease: PageLease;
  readonly #timer: NodeJS.Timeout;

  private constructor(db: BetterSqlite3.Database, source: PageSource, lease: PageLease, logPath: Buffer) {
    this.#db = db;
    this.source = source;
    this.#lease = lease;
    this.#timer = setInterval(() => {
      if ((statIfPresent(logPath)?.sizeBytes ?? 0n) > LOG_BYTES_MAX) this.#giveBack();
    }, WATCH_INTERVAL_MS);
    this.#timer.unref();
  }

  /**
   * Undefined where it cannot be had: another process is at work on the catalog, or its layout is not the expected one.
   * @param fd of the catalog's file; the caller's, and never to be closed while a connection is open
   */
  static take(path: string, fd: Fd, writable: boolean): PageSnapshot | undefined {
    let db: BetterSqlite3.Database | undefined;
    try {
      db = new Database(path, { readonly: !writable, fileMustExist: true, timeout: 0 });
      checkIn(db);
      db.exec('BEGIN');
      // The transaction begins with the first page that is read.
      db.prepare('SELECT 1 FROM sqlite_schema LIMIT 1').get();
      const lease = new PageLease();
      if (isAllInFile(db, path)) {
        const source = describePages(db, fd, lease.memory);
        if (source !== undefined) return new PageSnapshot(db, source, lease, Buffer.from(`${path}-wal`));
      }
    } catch (error) {
      // Locked, damaged, or out of descriptors: SQLite says so where it is asked for rows.
      if (!(error instanceof Database.SqliteError)) {
        db?.close();
        throw error;
      }
    }
    db?.close();
    return undefined;
  }

  /** Ends the transaction as soon as no reader relies on it; the readers are told. */
  #giveBack(): void {
    if (!this.#db.open || !this.#lease.revoke()) return;
    clearInterval(this.#timer);
    this.#db.close();
  }

  /** All readers have ended. */
  close(): void {
    this.#lease.revoke();
    clearInterval(this.#timer);
    this.#db.close();
  }
}
