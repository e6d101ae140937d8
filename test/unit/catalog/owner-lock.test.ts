import { expect, it } from 'vitest';
import fs from 'node:fs';
import path from 'node:path';
import { becomeOwner, ownerIsAlive } from '../../../src/catalog/owner-lock.js';
import { closeFd } from '../../../src/native/io.js';
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

it('a living owner is asked after each time, a dead one once', () => {
  const catalog = scratchPath();
  const { facts, lock } = becomeOwner(catalog);
  for (let look = 0; look < 2; look++) expect(ownerIsAlive(facts, catalog)).toBe(true);
  // As if it had been killed: nobody holds the lock, and its file is there.
  closeFd(lock.fd);
  expect(ownerIsAlive(facts, catalog)).toBe(false);
  fs.rmSync(lock.file);
  fs.mkdirSync(lock.file);
  expect(ownerIsAlive(facts, catalog)).toBe(false);
});
