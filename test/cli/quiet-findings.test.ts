/** What an audit has to say goes to its standard output. */
import fs from 'node:fs';
import { expect, test } from 'vitest';
import { useFilesystem } from '../support/filesystem.js';
import { describeAsRoot } from '../support/require-root.js';
import { CliWorld } from './cli-world.js';
import { editCatalog } from './world-state.js';

/** Several reads of the device: while a worker waits for one, what Node has to say of the worker comes through. */
const OTHERS = 20_000;
const SUSPECTS = 20;

describeAsRoot('an audit that looks at files a second time', () => {
  const scratch = useFilesystem();

  // Each file that was opened by its handle was closed with a warning, of a thread that had not opened it through Node.
  test('says nothing else, whichever source it reads', async () => {
    const world = new CliWorld(scratch());
    const files = Array.from({ length: SUSPECTS }, (_, index) => world.write(`first/${index}`));
    await world.init();
    await world.ok('archive', ...files);
    // In the same folder, so in the same group of inodes.
    for (let index = 0; index < OTHERS; index++) fs.closeSync(fs.openSync(world.at(`first/other-${index}`), 'w'));
    expect(editCatalog(world.catalogPath, 'UPDATE file SET size = size + 1')).toBe(SUSPECTS);
    for (const source of ['xfs-device', 'xfs-bulkstat']) {
      const { stderr, of } = await world.ndjson(['audit', world.mountPoint, '--source', source]);
      expect(of('finding')).toHaveLength(SUSPECTS);
      expect(stderr).toBe('');
    }
  });
});
