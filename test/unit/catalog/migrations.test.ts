import Database from 'better-sqlite3';
import fs from 'node:fs';
import { describe, expect, it, onTestFinished } from 'vitest';
import { APPLICATION_ID } from '../../../src/catalog/file-header.js';
import {
  migrate,
  MIGRATIONS,
  SCHEMA_VERSION,
  schemaVersionOf,
  type Migration,
} from '../../../src/catalog/migrations.js';
import { open, scratchPath } from './sample-catalog.js';

const schemaOf = (db: Database.Database): unknown =>
  db.prepare('SELECT type, name, sql FROM sqlite_schema ORDER BY type, name').all();

function memory(): Database.Database {
  const db = new Database(':memory:');
  onTestFinished(() => void db.close());
  return db;
}

/** A catalog file as the hsmck of an earlier schema version left it. */
function catalogOfVersion(version: number): string {
  const file = scratchPath();
  const db = new Database(file);
  db.pragma(`application_id = ${APPLICATION_ID}`);
  migrate(db, MIGRATIONS.slice(0, version));
  db.exec(`INSERT INTO catalog (id, catalog_id, epoch, next_op, op_limit, announced_limit, change_seq)
    VALUES (1, zeroblob(16), 5, 6, 7, 8, 9)`);
  db.close();
  return file;
}

describe('every version of the schema', () => {
  it.each(MIGRATIONS.map((migration) => migration.version))('%i is opened and brought up to date', (version) => {
    const file = catalogOfVersion(version);
    const catalog = open(file, 'write');
    expect(catalog.ops.state()).toEqual({ epoch: 5n, nextOp: 6n, opLimit: 7n, announcedLimit: 8n });
    catalog.close();
    const db = new Database(file, { readonly: true });
    onTestFinished(() => void db.close());
    const fresh = memory();
    migrate(fresh);
    expect(schemaVersionOf(db)).toBe(SCHEMA_VERSION);
    expect(schemaOf(db)).toEqual(schemaOf(fresh));
  });

  it('an older one is refused for reading, for it cannot be brought up to date', () => {
    const file = catalogOfVersion(1);
    const db = new Database(file);
    db.pragma(`user_version = ${SCHEMA_VERSION - 1}`);
    db.close();
    expect(() => open(file, 'read')).toThrow(expect.objectContaining({ code: 'ECATALOG_OLDER' }));
  });
});

describe('migrate', () => {
  const next: Migration = {
    version: SCHEMA_VERSION + 1,
    what: 'a test',
    apply: (db) => db.exec('CREATE TABLE next (a)'),
  };
  const failing: Migration = {
    version: SCHEMA_VERSION + 2,
    what: 'a failure',
    apply: (db) => {
      db.exec('CREATE TABLE third (a)');
      throw new Error('power cut');
    },
  };

  it('does each step once, in order', () => {
    const db = memory();
    migrate(db, [...MIGRATIONS, next]);
    migrate(db, [...MIGRATIONS, next]);
    expect(schemaVersionOf(db)).toBe(SCHEMA_VERSION + 1);
  });

  it('leaves a whole version when a step fails', () => {
    const db = memory();
    expect(() => migrate(db, [...MIGRATIONS, next, failing])).toThrow('power cut');
    expect(schemaVersionOf(db)).toBe(SCHEMA_VERSION + 1);
    expect(db.prepare("SELECT count(*) FROM sqlite_schema WHERE name = 'third'").pluck().get()).toBe(0);
  });

  it('refuses a table with a gap', () => {
    expect(() => migrate(memory(), [next])).toThrow(expect.objectContaining({ code: 'EINVARIANT' }));
  });
});

it('every table is STRICT', () => {
  const db = memory();
  migrate(db);
  const tables = db
    .prepare("SELECT name, sql FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite%'")
    .all();
  expect(tables.length).toBe(11);
  for (const table of tables)
    expect(table).toMatchObject({ sql: expect.stringMatching(/\) STRICT(, WITHOUT ROWID)?$/) });
});

it('docs/format.md describes every column of every table, and no other', () => {
  const db = memory();
  migrate(db);
  const text = fs.readFileSync(new URL('../../../docs/format.md', import.meta.url), 'utf8');
  const catalogSection = text.slice(text.indexOf('## 2. '), text.indexOf('## 3. '));
  const sections = catalogSection.split(/^(?=\*\*[a-z_]+\*\*: )/m).slice(1);
  expect(sections).toHaveLength(11);
  for (const section of sections) {
    const table = /^\*\*([a-z_]+)\*\*/.exec(section)?.[1] ?? '';
    const described = [...section.matchAll(/^\| ([a-z0-9_, ]+?) +\| [A-Z]/gm)].flatMap(
      (match) => match[1]?.split(', ') ?? [],
    );
    const columns = db.prepare('SELECT name FROM pragma_table_info(?)').pluck().all(table);
    expect(described.sort(), table).toEqual(columns.sort());
  }
});
