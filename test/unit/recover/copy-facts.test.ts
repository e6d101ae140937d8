/** A store that went away between two looks says nothing about its objects, whatever the empty mount point shows. */
import fs from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { encodeNonzeroMap } from '../../../src/archive/nonzero-map-codec.js';
import { PosixStore } from '../../../src/archive/posix-store.js';
import { lookAtCopy } from '../../../src/recover/copy-facts.js';
import { OWNER as STORE_OWNER, putObject } from '../../contract/sample-object.js';
import { filled, scratchFolder, sparseFile } from '../archive/scratch.js';
import { newCatalog, objectRow } from '../catalog/sample-catalog.js';

test.each([
  ['an empty folder', () => undefined],
  ['another store', (place: string) => PosixStore.create(Buffer.from(place), STORE_OWNER)],
])('where the store was there is %s: its copies are unreachable, not missing', async (_, put) => {
  const folder = scratchFolder();
  const place = path.join(folder, 'store');
  const store = await PosixStore.create(Buffer.from(place), STORE_OWNER);
  const source = sparseFile(path.join(folder, 'file'), 5000, [{ offset: 0, bytes: filled(5000) }]);
  const { objectId, content } = await putObject(store, source);
  const catalog = newCatalog();
  const { sha256, sizeBytes, map } = content;
  const known = { sha256, sizeBytes: BigInt(sizeBytes), nonzeroMap: encodeNonzeroMap(map) };
  catalog.objects.put(objectRow({ objectId, status: 'verified', ...known }));
  const fact = async (): Promise<string> =>
    (await lookAtCopy(catalog, store, objectId, catalog.objects.find(objectId))).fact;
  expect(await fact()).toBe('good');

  fs.renameSync(place, `${place}.away`);
  fs.mkdirSync(place);
  await put(place);
  expect(await fact()).toBe('unreachable');
  expect(catalog.objects.find(objectId)?.status).toBe('verified');

  fs.rmSync(place, { recursive: true });
  fs.renameSync(`${place}.away`, place);
  fs.rmSync(source.target);
  expect(await fact()).toBe('good');
});
