import { expect, it } from 'vitest';
import path from 'node:path';
import { becomeOwner, ownerIsAlive } from '../../../src/catalog/owner-lock.js';
import { scratchPath } from './sample-catalog.js';

/** In a container, or after its folder was renamed, a catalog lies elsewhere than where its owners said. */
it('an owner is looked for beside the catalog, wherever that lies now', () => {
  const catalog = scratchPath();
  const { facts, lock } = becomeOwner(catalog);
  const elsewhere = { lockFile: Buffer.from(path.join('/nowhere/catalog.db.locks', path.basename(lock.file))) };
  expect(ownerIsAlive(facts, catalog)).toBe(true);
  expect(ownerIsAlive(elsewhere, catalog)).toBe(true);
  // And where it was said to be, if somebody looks at a copy of the catalog.
  expect(ownerIsAlive(facts, scratchPath())).toBe(true);
  lock.release();
  for (const owner of [facts, elsewhere]) expect(ownerIsAlive(owner, catalog)).toBe(false);
});
