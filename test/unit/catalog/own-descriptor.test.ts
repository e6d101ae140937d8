/**
 * The kernel drops all POSIX locks of a process on a file as soon as the process closes any descriptor of it. SQLite's locks
 * are such locks, and it does not notice that they are gone.
 */
import fs from 'node:fs';
import { expect, test } from 'vitest';
import { inspectHeader } from '../../../src/catalog/file-header.js';
import { newCatalog, scratchPath } from './sample-catalog.js';

/** What /proc/locks has of this process on a file, without the numbers of the lines. */
function locksOn(file: string): string[] {
  const { ino } = fs.statSync(file);
  const lines = fs.readFileSync('/proc/locks', 'utf8').split('\n');
  const ours = lines.filter((line) => line.includes(` ${process.pid} `) && line.includes(`:${ino} `));
  return ours.map((line) => line.replace(/^\d+: /, '')).sort();
}

test('a look at a catalog that is open already leaves its locks alone', () => {
  const file = scratchPath();
  const catalog = newCatalog(file);
  const before = locksOn(file);
  expect(before).toEqual([expect.stringMatching(/^POSIX .* READ /)]);
  expect(inspectHeader(file)).toMatchObject({ kind: 'catalog' });
  expect(locksOn(file)).toEqual(before);
  catalog.close();
  expect(inspectHeader(file)).toMatchObject({ kind: 'catalog' });
});
