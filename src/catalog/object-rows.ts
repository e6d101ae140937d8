import { objectIdToBytes, uuidToBytes, type FsId, type ObjectId } from '../dm/identity.js';
import type { Ino } from '../native/inode-id.js';
import {
  OBJECT_COLUMNS,
  OBJECT_STATUSES,
  objectParameters,
  toObjectRow,
  type ObjectRow,
  type ObjectStatus,
} from './object-row.js';
import { numberIn, wordIn } from './row-reader.js';
import type { SqlSession, SqlValue } from './sql-session.js';

export interface ObjectPage {
  readonly storeId: string;
  readonly status?: ObjectStatus;
  /** Only objects that were made from a file of this filesystem. */
  readonly fs?: FsId;
  /** Only objects behind this one, for the next page. */
  readonly after?: ObjectId | undefined;
  /** Only objects up to this one. */
  readonly upTo?: ObjectId | undefined;
  readonly limit: number;
}

/** The archived objects: what the catalog knows of each. */
export class ObjectRows {
  readonly #sql: SqlSession;

  constructor(sql: SqlSession) {
    this.#sql = sql;
  }

  /** Adds an object, or records what became of it. */
  put(object: ObjectRow): void {
    this.#sql.run(
      `INSERT INTO object (${OBJECT_COLUMNS.names}) VALUES (${OBJECT_COLUMNS.parameters})
       ON CONFLICT (object_id) DO UPDATE SET ${OBJECT_COLUMNS.updates}`,
      objectParameters(object),
    );
  }

  find(objectId: ObjectId): ObjectRow | undefined {
    const row = this.#sql.get('SELECT * FROM object WHERE object_id = ?', [objectIdToBytes(objectId)]);
    return row && toObjectRow(row);
  }

  /** Every object that was made from an inode number, oldest first: the versions of a file. */
  findByIno(fs: FsId, ino: Ino): ObjectRow[] {
    return this.#sql.all('SELECT * FROM object WHERE fs = ? AND ino = ? ORDER BY op', [fs, ino]).map(toObjectRow);
  }

  /** Records that the object was read back from its store equal. False if there is no such object. */
  setVerified(objectId: ObjectId, verifiedMs: number): boolean {
    return (
      this.#sql.run(
        `UPDATE object SET status = 'verified', verified_ms = ?, trashed_ms = NULL, trash_reason = NULL
         WHERE object_id = ?`,
        [verifiedMs, objectIdToBytes(objectId)],
      ) > 0
    );
  }

  /** Records that the object was moved to the store's trash. False if there is no such object. */
  setTrashed(objectId: ObjectId, trashedMs: number, reason: string): boolean {
    return (
      this.#sql.run(`UPDATE object SET status = 'trash', trashed_ms = ?, trash_reason = ? WHERE object_id = ?`, [
        trashedMs,
        reason,
        objectIdToBytes(objectId),
      ]) > 0
    );
  }

  /**
   * Records that the object is wanted among the objects again, and that it was not read back there. False if there is no
   * such object.
   */
  setUnproven(objectId: ObjectId): boolean {
    return (
      this.#sql.run(
        `UPDATE object SET status = 'complete', verified_ms = NULL, trashed_ms = NULL, trash_reason = NULL
         WHERE object_id = ?`,
        [objectIdToBytes(objectId)],
      ) > 0
    );
  }

  /** Records any other step of an object's life. False if there is no such object. */
  setStatus(objectId: ObjectId, status: ObjectStatus): boolean {
    return this.#sql.run('UPDATE object SET status = ? WHERE object_id = ?', [status, objectIdToBytes(objectId)]) > 0;
  }

  /** Objects of a store in the order of their ids. No transaction stays open between pages. */
  page(page: ObjectPage): ObjectRow[] {
    const after = page.after === undefined ? Buffer.alloc(0) : objectIdToBytes(page.after);
    const conditions = ['store_id = ?', 'object_id > ?'];
    const values: SqlValue[] = [uuidToBytes(page.storeId), after];
    if (page.status !== undefined) {
      conditions.push('status = ?');
      values.push(page.status);
      // Said outright, for SQLite does not infer it, and the index is of those rows only.
      if (page.status !== 'verified') conditions.push(`status <> 'verified'`);
    }
    if (page.upTo !== undefined) {
      conditions.push('object_id <= ?');
      values.push(objectIdToBytes(page.upTo));
    }
    if (page.fs !== undefined) {
      // With the plus SQLite keeps to the order of ids; by the index over `fs` it would sort all rows for each page.
      conditions.push('+fs = ?');
      values.push(page.fs);
    }
    const query = `SELECT * FROM object WHERE ${conditions.join(' AND ')} ORDER BY object_id LIMIT ?`;
    return this.#sql.all(query, [...values, page.limit]).map(toObjectRow);
  }

  /** Whether a store has objects that were made from files of a filesystem that is not registered. Reads all rows. */
  hasStrangers(storeId: string): boolean {
    const query = 'SELECT 1 AS found FROM object WHERE store_id = ? AND fs NOT IN (SELECT fs FROM filesystem) LIMIT 1';
    return this.#sql.get(query, [uuidToBytes(storeId)]) !== undefined;
  }

  /** How many objects of a store are in each status. Reads all of them. */
  countByStatus(storeId: string): Readonly<Record<ObjectStatus, number>> {
    const counts: Record<ObjectStatus, number> = { incomplete: 0, complete: 0, verified: 0, trash: 0, purged: 0 };
    const query = 'SELECT status, count(*) AS rows_in_it FROM object WHERE store_id = ? GROUP BY status';
    for (const row of this.#sql.all(query, [uuidToBytes(storeId)])) {
      counts[wordIn(row, 'status', OBJECT_STATUSES)] = numberIn(row, 'rows_in_it');
    }
    return counts;
  }
}
