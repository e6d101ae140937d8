import type Database from 'better-sqlite3';
import { translateSqliteError } from './catalog-error.js';

/**
 * What goes into and comes out of SQLite. Integers come out as bigint, always. A number goes in as REAL: an INTEGER
 * column takes it exactly, but arithmetic on it in SQL is rounded, so there it has to be a bigint.
 */
export type SqlValue = bigint | number | string | Buffer | null;

/** By position, or by name (`@name`). */
export type SqlParameters = readonly SqlValue[] | Readonly<Record<string, SqlValue>>;

/** A row as SQLite gave it, by column name. */
export type SqlRow = Readonly<Record<string, SqlValue>>;

type Prepared = Database.Statement<[SqlParameters], SqlRow>;

/**
 * One connection: statements prepared once and kept, integers exact, and every SQLite error translated into a coded
 * one. The texts of statements are constants of the code, so the cache is bounded by it.
 */
export class SqlSession {
  readonly path: string;
  readonly #db: Database.Database;
  readonly #statements = new Map<string, Prepared>();

  constructor(db: Database.Database, path: string) {
    this.#db = db;
    this.path = path;
  }

  /** Runs a statement that changes rows; the number of rows that it changed. */
  run(sql: string, parameters: SqlParameters = []): number {
    return this.#guard(() => this.#prepared(sql).run(parameters).changes);
  }

  /** The first row. */
  get(sql: string, parameters: SqlParameters = []): SqlRow | undefined {
    return this.#guard(() => this.#prepared(sql).get(parameters));
  }

  /**
   * The one row that a statement with RETURNING makes. It is run to its end: `get` leaves it behind the first row, where its
   * own commit is still to come, and an error of that commit (a full disk) would be swallowed.
   */
  returning(sql: string, parameters: SqlParameters = []): SqlRow | undefined {
    return this.all(sql, parameters)[0];
  }

  /** All rows: only for queries with a LIMIT, or over tables that stay small. */
  all(sql: string, parameters: SqlParameters = []): SqlRow[] {
    return this.#guard(() => this.#prepared(sql).all(parameters));
  }

  /**
   * Runs `work` in one IMMEDIATE transaction and commits what it did, or nothing of it if it throws. Within another
   * transaction it becomes a savepoint of it.
   */
  transaction<T>(work: () => T): T {
    return this.#guard(() => this.#db.transaction(work).immediate());
  }

  /** Like `transaction`, but within another one `work` simply becomes a part of it, at no cost. */
  atomic<T>(work: () => T): T {
    return this.#db.inTransaction ? work() : this.transaction(work);
  }

  #prepared(sql: string): Prepared {
    const known = this.#statements.get(sql);
    if (known !== undefined) return known;
    const statement = this.#db.prepare<[SqlParameters], SqlRow>(sql).safeIntegers(true);
    this.#statements.set(sql, statement);
    return statement;
  }

  #guard<T>(call: () => T): T {
    try {
      return call();
    } catch (error) {
      throw translateSqliteError(error, this.path);
    }
  }
}
