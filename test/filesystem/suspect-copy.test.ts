/**
 * A copy that could not be read back once, for a moment's error of the disk, was held against its file for ever: the
 * audit was clean and release refused, in words that were not true.
 */
import { randomBytes } from 'node:crypto';
import fs from 'node:fs';
import { beforeEach, expect, test } from 'vitest';
import { useFilesystem } from '../support/filesystem.js';
import { Hsm } from '../support/hsm.js';
import { describeAsRoot } from '../support/require-root.js';

const NAME = 'file';

describeAsRoot('a copy that did not read back once', () => {
  const scratch = useFilesystem();
  let hsm: Hsm;
  let made = 0;

  const statuses = (): string[] =>
    hsm.withCatalog((catalog) =>
      catalog.filesystems
        .list()
        .flatMap(({ fs: fsId }) => catalog.files.page(fsId, { limit: 10 }))
        .map(({ objectId }) => catalog.objects.find(objectId)?.status ?? 'unknown'),
    );

  /** As an audit or a recovery leaves it that got EIO from the archive. */
  function suspect(): void {
    hsm.withCatalog((catalog) => {
      for (const { fs: fsId } of catalog.filesystems.list())
        for (const { objectId } of catalog.files.page(fsId, { limit: 10 }))
          catalog.objects.setStatus(objectId, 'complete');
    });
  }

  beforeEach(async () => {
    made += 1;
    hsm = made === 1 ? await Hsm.create(scratch()) : hsm;
    fs.rmSync(hsm.at(NAME), { force: true });
    fs.writeFileSync(hsm.at(NAME), randomBytes(10_000));
    expect(await hsm.outcomes('archive', [NAME])).toEqual(['archived']);
    suspect();
  });

  test('is read again by release, and the file released if it is good', async () => {
    expect(await hsm.outcomes('release', [NAME])).toEqual(['released']);
    expect(statuses()).toContain('verified');
  });

  test('and that does not read back now either keeps the file', async () => {
    const objects = hsm.objects();
    for (const object of objects) fs.writeFileSync(object, Buffer.alloc(10_000));
    const [result] = await hsm.run('release', [NAME]);
    expect(result).toMatchObject({ result: 'conflict', why: expect.stringContaining('does not read back') });
  });

  test('is verified again when recovery, or an audit, finds it good', async () => {
    await hsm.recover();
    expect(statuses()).not.toContain('complete');
  });
});
