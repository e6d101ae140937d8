/**
 * The kernel drops all POSIX locks of a process on a file as soon as the process closes any descriptor of it. SQLite's locks
 * are such locks, and it does not notice that they are gone.
 */
import { expect, test } from 'vitest';
import { inspectHeader } from '../../../src/catalog/file-header.js';
import { locksOn } from './own-locks.js';
import { newCatalog, scratchPath } from './sample-catalog.js';

test('a look at a catalog that is open already leaves its locks alone', () => {
  const file = scratchPath();
  const catalog = newCatalog(file);
  const before = locksOn(file);
  expect(before).toEqual([expect.stringMatching(/: POSIX +ADVISORY +READ /)]);
  expect(inspectHeader(file)).toMatchObject({ kind: 'catalog' });
  expect(locksOn(file)).toEqual(before);
  catalog.close();
  expect(inspectHeader(file)).toMatchObject({ kind: 'catalog' });
});
