import type Database from 'better-sqlite3';
import { invariant } from '../errors.js';
import { SCHEMA_V1 } from './schema-v1.js';
import { SCHEMA_V2 } from './schema-v2.js';
import { SCHEMA_V3 } from './schema-v3.js';

/** One step of the schema's history. Once released it never changes: what it made lies on disks. */
export interface Migration {
  /** The schema version that it leads to. */
  readonly version: number;
  readonly what: string;
  readonly apply: (db: Database.Database) => void;
}

/** From an empty database on, in order; the n-th leads to version n. */
export const MIGRATIONS: readonly Migration[] = [
  { version: 1, what: 'the first schema', apply: (db) => db.exec(SCHEMA_V1) },
  { version: 2, what: 'rollbacks that were accepted', apply: (db) => db.exec(SCHEMA_V2) },
  { version: 3, what: 'file capabilities within an intent', apply: (db) => db.exec(SCHEMA_V3) },
];

/** The schema version that this code reads and writes. */
export const SCHEMA_VERSION = MIGRATIONS.length;

/** The schema version of an open database. */
export const schemaVersionOf = (db: Database.Database): number => Number(db.pragma('user_version', { simple: true }));

/**
 * Brings an open database from the version that it has to the last one of the table; each step is one transaction, so
 * that a crash leaves a whole version. Two processes may try at once: the second finds the work done.
 */
export function migrate(db: Database.Database, migrations: readonly Migration[] = MIGRATIONS): void {
  for (const [index, migration] of migrations.entries()) {
    invariant(migration.version === index + 1, `migration ${index + 1} leads to version ${index + 1}`);
    const step = db.transaction(() => {
      if (schemaVersionOf(db) >= migration.version) return;
      migration.apply(db);
      db.pragma(`user_version = ${migration.version}`);
    });
    if (schemaVersionOf(db) < migration.version) step.immediate();
  }
}
