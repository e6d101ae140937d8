/** Filesystem and catalog are put back together, to the same moment: they agree with each other, and only the store knows. */
import { beforeAll, expect, test } from 'vitest';
import type { ForwardOperation } from '../../src/migrate/preconditions.js';
import { useFilesystem } from '../support/filesystem.js';
import { Hsm } from '../support/hsm.js';
import { describeAsRoot } from '../support/require-root.js';
import { allObjects, copyCatalog, copyImage, write, wrongAfterRecall } from './rollback-world.js';

describeAsRoot('an older filesystem with the catalog of its time', () => {
  const scratch = useFilesystem();
  let hsm: Hsm;
  let content: Buffer;
  beforeAll(async () => {
    hsm = await Hsm.create(scratch());
    content = write(hsm, 'file');
    await hsm.run('archive', ['file']);
    await hsm.run('release', ['file']);
    const putBack = [copyImage(hsm), copyCatalog(hsm)];
    await hsm.run('recall', ['file']);
    await hsm.run('remove', ['file']);
    for (const one of putBack) one();
  });

  const OPERATIONS: readonly ForwardOperation[] = ['archive', 'release', 'recall', 'remove'];
  test.each(OPERATIONS)('%s is refused, for the store is further', async (operation) => {
    await expect(hsm.run(operation, ['file'])).rejects.toMatchObject({
      code: 'EROLLBACK',
      message: expect.stringContaining('the mark of store'),
    });
  });

  test('nothing is purged, not even what no record of that time needs', async () => {
    const before = allObjects(hsm);
    const { status, stderr } = await hsm.child(['purge', '--older-than', '0s']);
    const why = expect.stringMatching(/mark of store .* is further than the catalog.* Nothing was deleted/);
    expect({ status, stderr }).toEqual({ status: 8, stderr: why });
    expect(allObjects(hsm)).toEqual(before);
  });

  test('once it is accepted the file has the content that it had then', async () => {
    const before = allObjects(hsm);
    await hsm.recover('auto', { acceptEpoch: true });
    expect(await wrongAfterRecall(hsm, { file: content })).toEqual([]);
    expect(allObjects(hsm)).toEqual(before);
  });
});
