import { uuidToBytes } from '../dm/identity.js';
import { columnList, uuidIn } from './column-values.js';
import type { OwnerFacts } from './owner-lock.js';
import { blobIn, numberIn, textIn } from './row-reader.js';
import type { SqlRow, SqlSession } from './sql-session.js';

/** A process that opened intents. It lives as long as it holds the flock on its lock file. */
export interface OwnerRow extends OwnerFacts {
  readonly command: string;
  readonly startedMs: number;
}

const COLUMNS = columnList(['owner_id', 'pid', 'host', 'boot_id', 'lock_file', 'command', 'started_ms']);

const toRow = (row: SqlRow): OwnerRow => ({
  ownerId: uuidIn(row, 'owner_id'),
  pid: numberIn(row, 'pid'),
  host: textIn(row, 'host'),
  bootId: textIn(row, 'boot_id'),
  lockFile: blobIn(row, 'lock_file'),
  command: textIn(row, 'command'),
  startedMs: numberIn(row, 'started_ms'),
});

/** The owners of open intents. */
export class OwnerRows {
  readonly #sql: SqlSession;

  constructor(sql: SqlSession) {
    this.#sql = sql;
  }

  /** Adds an owner. */
  add(owner: OwnerRow): void {
    this.#sql.run(`INSERT INTO owner (${COLUMNS.names}) VALUES (${COLUMNS.parameters})`, {
      owner_id: uuidToBytes(owner.ownerId),
      pid: owner.pid,
      host: owner.host,
      boot_id: owner.bootId,
      lock_file: owner.lockFile,
      command: owner.command,
      started_ms: owner.startedMs,
    });
  }

  find(ownerId: string): OwnerRow | undefined {
    const row = this.#sql.get('SELECT * FROM owner WHERE owner_id = ?', [uuidToBytes(ownerId)]);
    return row && toRow(row);
  }

  /** Every owner, dead ones with no intent left included. */
  list(): OwnerRow[] {
    return this.#sql.all('SELECT * FROM owner ORDER BY started_ms, owner_id').map(toRow);
  }

  /** The owners that have an intent open. */
  listWithIntents(): OwnerRow[] {
    const query = `SELECT * FROM owner WHERE EXISTS (SELECT 1 FROM intent WHERE intent.owner_id = owner.owner_id)
      ORDER BY started_ms, owner_id`;
    return this.#sql.all(query).map(toRow);
  }

  /** Forgets an owner, unless an intent still names it; true if it is gone. */
  removeIfIdle(ownerId: string): boolean {
    const id = uuidToBytes(ownerId);
    const query = 'DELETE FROM owner WHERE owner_id = ? AND NOT EXISTS (SELECT 1 FROM intent WHERE owner_id = ?)';
    return this.#sql.run(query, [id, id]) > 0;
  }
}
