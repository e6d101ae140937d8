/** The catalog's real code and real SQLite, in memory: what is committed survives a crash, what is not is rolled back. */
import Database from 'better-sqlite3';
import { Catalog } from '../../../src/catalog/catalog.js';
import { newCatalogIdentity } from '../../../src/catalog/create-catalog.js';
import { migrate } from '../../../src/catalog/migrations.js';
import type { OpenCatalogOptions } from '../../../src/catalog/open-catalog.js';
import { uuidToBytes } from '../../../src/dm/identity.js';
import { NativeError } from '../../../src/native/native-error.js';
import { enter, ProcessDied, world } from '../kernel/world.js';

const TABLES = [
  'finding',
  'scan_checkpoint',
  'scan',
  'intent',
  'owner',
  'file',
  'object',
  'filesystem',
  'store',
  'catalog',
];

const database = new Database(':memory:');
database.pragma('foreign_keys = ON');
database.pragma('synchronous = OFF');
migrate(database);

type Prepared = Database.Statement<unknown[], unknown>;
const statements = new Map<string, Prepared>();

function prepared(sql: string): Prepared {
  const known = statements.get(sql);
  if (known !== undefined) return known;
  const statement = database.prepare<unknown[], unknown>(sql).safeIntegers(true);
  statements.set(sql, statement);
  return statement;
}

/** Makes the catalog new, for the next world. Call it when a world is set. */
export function resetCatalog(): void {
  for (const table of TABLES) prepared(`DELETE FROM ${table}`).run();
  const { catalogId, epoch, opLimit } = newCatalogIdentity();
  prepared('INSERT INTO catalog VALUES (1, ?, ?, ?, ?, ?, 0)').run(
    uuidToBytes(catalogId),
    epoch,
    opLimit,
    opLimit,
    opLimit,
  );
}

/** Looks into the tables past the product. */
export const readCatalog = (sql: string, parameters: readonly unknown[] = []): Readonly<Record<string, unknown>>[] =>
  prepared(sql).all(...parameters) as Record<string, unknown>[];

/** A call that SQLite makes to write: it may fail, and the process may die before it. */
function enterSql(call: string): void {
  try {
    enter(call, 'catalog');
  } catch (error) {
    if (!(error instanceof NativeError)) throw error;
    throw new Database.SqliteError(
      'database or disk is full',
      error.code === 'EIO' ? 'SQLITE_IOERR_FSYNC' : 'SQLITE_FULL',
    );
  }
}

class StatementView {
  constructor(
    readonly statement: Prepared,
    readonly writable: boolean,
  ) {}

  safeIntegers(): this {
    return this;
  }

  #enter(): void {
    if (world().isDead) throw new ProcessDied();
    if (this.statement.readonly) return;
    if (!this.writable) throw new Database.SqliteError('attempt to write a readonly database', 'SQLITE_READONLY');
    enterSql('sql');
  }

  run(parameters: unknown): Database.RunResult {
    this.#enter();
    return this.statement.run(parameters);
  }

  get(parameters: unknown): unknown {
    this.#enter();
    return this.statement.get(parameters);
  }

  all(parameters: unknown): unknown[] {
    this.#enter();
    return this.statement.all(parameters);
  }
}

/** As much of a connection as the catalog uses. */
class ConnectionView {
  readonly open = true;
  /** It has no file, so no pages to be read. */
  readonly memory = true;

  constructor(readonly readonly: boolean) {}

  get inTransaction(): boolean {
    return database.inTransaction;
  }

  prepare(sql: string): StatementView {
    return new StatementView(prepared(sql), !this.readonly);
  }

  transaction<T>(work: () => T): { readonly immediate: () => T } {
    const whole = database.transaction((): T => {
      if (world().isDead) throw new ProcessDied();
      const result = work();
      enterSql('commit');
      return result;
    });
    return { immediate: () => whole.immediate() };
  }

  pragma(): string {
    return '';
  }

  close(): void {
    // The database belongs to the simulation.
  }
}

const open = (readonly: boolean, path: string): Catalog =>
  new Catalog(new ConnectionView(readonly) as unknown as Database.Database, path);

const catalogs = new Map<string, Catalog>();

export function openCatalog({ path, mode }: OpenCatalogOptions): Catalog {
  if (world().isDead) throw new ProcessDied();
  const key = `${mode === 'read'} ${path}`;
  const catalog = catalogs.get(key) ?? open(mode === 'read', path);
  catalogs.set(key, catalog);
  return catalog;
}
