import type Database from 'better-sqlite3';
import fs from 'node:fs';
import { invariant } from '../errors.js';
import { closeFd, openPath, type Fd } from '../native/io.js';
import { uuidIn } from './column-values.js';
import { FileRows } from './file-rows.js';
import { FormerEpochs } from './former-epochs.js';
import { FilesystemRows } from './filesystem-rows.js';
import { FindingRows } from './finding-rows.js';
import { checkFully } from './integrity.js';
import { IntentRows } from './intent-rows.js';
import { ObjectRows } from './object-rows.js';
import { OperationNumbers } from './operation-numbers.js';
import { OwnerRows } from './owner-rows.js';
import { PageSnapshot } from './pages/page-snapshot.js';
import { ScanRows } from './scan-rows.js';
import { SqlSession } from './sql-session.js';
import { StoreRows } from './store-rows.js';
import { leaveWriteAhead } from './write-ahead.js';

/**
 * The offline database: an open connection, and its tables as small groups of queries. Made by `openCatalog`. Every
 * method of every group throws CatalogError when the file fails under it.
 */
export class Catalog {
  readonly path: string;
  readonly writable: boolean;
  readonly ops: OperationNumbers;
  readonly formerEpochs: FormerEpochs;
  readonly stores: StoreRows;
  readonly filesystems: FilesystemRows;
  readonly files: FileRows;
  readonly objects: ObjectRows;
  readonly intents: IntentRows;
  readonly owners: OwnerRows;
  readonly scans: ScanRows;
  readonly findings: FindingRows;
  readonly #db: Database.Database;
  readonly #sql: SqlSession;
  #pagesFd: Fd | undefined;

  constructor(db: Database.Database, path: string) {
    this.#db = db;
    this.#sql = new SqlSession(db, path);
    this.path = path;
    this.writable = !db.readonly;
    this.ops = new OperationNumbers(this.#sql);
    this.formerEpochs = new FormerEpochs(this.#sql);
    this.stores = new StoreRows(this.#sql);
    this.filesystems = new FilesystemRows(this.#sql);
    this.files = new FileRows(this.#sql);
    this.objects = new ObjectRows(this.#sql);
    this.intents = new IntentRows(this.#sql);
    this.owners = new OwnerRows(this.#sql);
    this.scans = new ScanRows(this.#sql);
    this.findings = new FindingRows(this.#sql);
  }

  /** The catalog's own id, a UUID; stores and sidecars name it. */
  catalogId(): string {
    const row = this.#sql.get('SELECT catalog_id FROM catalog');
    invariant(row !== undefined, 'the catalog describes itself');
    return uuidIn(row, 'catalog_id');
  }

  /**
   * Runs `work`, which must not be async, in one IMMEDIATE transaction: durable when this returns, or undone whole if
   * `work` throws. A commit costs an fsync, so group many changes. A transaction within another is a savepoint.
   * @throws CatalogError ECATALOG_LOCKED when another process writes for longer than the busy timeout
   */
  transaction<T>(work: () => T): T {
    return this.#sql.transaction(work);
  }

  /** Somebody has it open for writing, this connection perhaps: then readers and writers do not wait for each other. */
  get hasLog(): boolean {
    return this.#db.pragma('journal_mode', { simple: true }) === 'wal';
  }

  /**
   * Holds the catalog's file still, so that workers can read the bindings from its pages (pages/page-snapshot.ts);
   * undefined where that cannot be had. To be closed before the catalog is.
   */
  holdPages(): PageSnapshot | undefined {
    if (this.#db.memory) return undefined;
    this.#pagesFd ??= openPath(Buffer.from(this.path), fs.constants.O_RDONLY);
    return PageSnapshot.take(this.path, this.#pagesFd, this.writable);
  }

  /**
   * Reads the whole file and compares every index with its table.
   * @throws CatalogError ECATALOG_CORRUPT
   */
  checkIntegrity(): void {
    checkFully(this.#db, this.path);
  }

  /**
   * Closes the connection; again is fine. The last writer leaves one self-contained file in rollback mode, with no -wal
   * and no -shm beside it: such a file can be read without writing anything, and copied with cp.
   */
  close(): void {
    if (!this.#db.open) return;
    try {
      if (this.writable) leaveWriteAhead(this.#db, this.path);
    } finally {
      this.#db.close();
      // Behind SQLite's own: closing it drops every lock that this process has on the file.
      if (this.#pagesFd !== undefined) closeFd(this.#pagesFd);
    }
  }
}
