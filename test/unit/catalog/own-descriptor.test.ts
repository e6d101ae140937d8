/**
 * The kernel drops all POSIX locks of a process on a file as soon as the process closes any descriptor of it. SQLite's locks
 * are such locks: without them another process that closes the catalog takes itself for the last one, and throws the
 * write-ahead log away that this one is at work with.
 */
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import { createRequire } from 'node:module';
import { expect, test } from 'vitest';
import { inspectHeader } from '../../../src/catalog/file-header.js';
import { newCatalog, scratchPath } from './sample-catalog.js';

const SQLITE = createRequire(import.meta.url).resolve('better-sqlite3');

test('a look at a catalog that is open already leaves its locks alone', () => {
  const file = scratchPath();
  const catalog = newCatalog(file);
  expect(fs.existsSync(`${file}-wal`)).toBe(true);
  expect(inspectHeader(file)).toMatchObject({ kind: 'catalog' });
  const program = `
    const database = new (require(process.argv[1]))(process.argv[2]);
    database.prepare('SELECT count(*) FROM file').get();
    database.close();`;
  execFileSync(process.execPath, ['--eval', program, SQLITE, file]);
  expect(fs.existsSync(`${file}-wal`)).toBe(true);
  catalog.transaction(() => catalog.ops.announce(catalog.ops.state().announcedLimit));
});
