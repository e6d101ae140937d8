/** What a statement was said to have done, it has done. */
import Database from 'better-sqlite3';
import { beforeEach, expect, test } from 'vitest';
import { SqlSession } from '../../../src/catalog/sql-session.js';

let session: SqlSession;
beforeEach(() => {
  const database = new Database(':memory:');
  database.pragma('foreign_keys = ON');
  database.exec(`CREATE TABLE parent (id INTEGER PRIMARY KEY);
    CREATE TABLE child (id INTEGER REFERENCES parent DEFERRABLE INITIALLY DEFERRED)`);
  session = new SqlSession(database, 'memory');
});

// A full disk does the same at the same moment; a constraint that is looked at in the commit can be had at will.
test('a statement with RETURNING whose commit fails is an error, not a row', () => {
  const insert = 'INSERT INTO child VALUES (1) RETURNING id';
  expect(() => session.returning(insert)).toThrow('FOREIGN KEY');
  expect(session.all('SELECT * FROM child')).toEqual([]);
  session.run('INSERT INTO parent VALUES (1)');
  expect(session.returning(insert)).toEqual({ id: 1n });
  expect(session.all('SELECT * FROM child')).toHaveLength(1);
});
