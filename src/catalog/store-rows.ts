import { uuidToBytes } from '../dm/identity.js';
import { columnList, uuidIn } from './column-values.js';
import { blobIn, numberIn, textIn } from './row-reader.js';
import type { SqlRow, SqlSession } from './sql-session.js';

/** An archive store that the catalog knows. */
export interface StoreRow {
  /** A UUID, as `store.json` has it. */
  readonly storeId: string;
  /** Which implementation reads it, such as `posix`. */
  readonly kind: string;
  /** Where it is, as bytes: a path need not be UTF-8. */
  readonly location: Buffer;
  readonly registeredMs: number;
}

const COLUMNS = columnList(['store_id', 'kind', 'location', 'registered_ms']);

const toRow = (row: SqlRow): StoreRow => ({
  storeId: uuidIn(row, 'store_id'),
  kind: textIn(row, 'kind'),
  location: blobIn(row, 'location'),
  registeredMs: numberIn(row, 'registered_ms'),
});

/** The registered archive stores. */
export class StoreRows {
  readonly #sql: SqlSession;

  constructor(sql: SqlSession) {
    this.#sql = sql;
  }

  /** Registers a store, or records where it is now. */
  put(store: StoreRow): void {
    this.#sql.run(
      `INSERT INTO store (${COLUMNS.names}) VALUES (${COLUMNS.parameters})
       ON CONFLICT (store_id) DO UPDATE SET kind = excluded.kind, location = excluded.location`,
      {
        store_id: uuidToBytes(store.storeId),
        kind: store.kind,
        location: store.location,
        registered_ms: store.registeredMs,
      },
    );
  }

  find(storeId: string): StoreRow | undefined {
    const row = this.#sql.get('SELECT * FROM store WHERE store_id = ?', [uuidToBytes(storeId)]);
    return row && toRow(row);
  }

  list(): StoreRow[] {
    return this.#sql.all('SELECT * FROM store ORDER BY registered_ms, store_id').map(toRow);
  }
}
