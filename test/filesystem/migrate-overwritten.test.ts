/** Files that were written to while their data was away: nobody is told that they are archived, or released, already. */
import { randomBytes } from 'node:crypto';
import fs from 'node:fs';
import { beforeAll, expect, test } from 'vitest';
import { useFilesystem } from '../support/filesystem.js';
import { Hsm } from '../support/hsm.js';
import { describeAsRoot } from '../support/require-root.js';
import { BYTES, DamagedWorld } from './recover-classes-world.js';

const CHANGES: Readonly<Record<string, (file: Buffer) => void>> = {
  'written anew': (file) => fs.writeFileSync(file, randomBytes(BYTES)),
  'written anew, and longer': (file) => fs.writeFileSync(file, randomBytes(BYTES + 1)),
  'written in the midst': (file) => {
    const fd = fs.openSync(file, 'r+');
    fs.writeSync(fd, 'a few bytes', 20_000);
    fs.closeSync(fd);
  },
  emptied: (file) => fs.truncateSync(file),
  'cut off': (file) => fs.truncateSync(file, 100),
};

describeAsRoot('an offline file that was', () => {
  const scratch = useFilesystem();
  let hsm: Hsm;
  let world: DamagedWorld;
  beforeAll(async () => {
    hsm = await Hsm.create(scratch());
    world = new DamagedWorld(hsm);
  });

  test.each(Object.entries(CHANGES))('%s: a conflict for archive, release and recall', async (_, change) => {
    const { name, object } = await world.managed('offline');
    for (const operation of ['archive', 'release'] as const) {
      expect(await hsm.outcomes(operation, [name])).toEqual(['already']);
    }
    change(hsm.at(name));
    const before = [fs.readFileSync(hsm.at(name)), world.attributeOf(name)];
    for (const operation of ['archive', 'release', 'recall'] as const) {
      expect(await hsm.run(operation, [name])).toMatchObject([
        { result: 'conflict', why: expect.stringMatching(/while its data was away/) },
      ]);
      const { status } = await hsm.child([operation, hsm.at(name).toString()]);
      expect(status).toBe(4);
    }
    expect([fs.readFileSync(hsm.at(name)), world.attributeOf(name)]).toEqual(before);
    expect(fs.existsSync(object)).toBe(true);
  });

  test('given an extended attribute of many blocks is as it was', async () => {
    const { name, content } = await world.managed('offline');
    world.run('setfattr', '-n', 'user.much', '-v', 'x'.repeat(20_000), world.path(name));
    for (const operation of ['archive', 'release'] as const) {
      expect(await hsm.outcomes(operation, [name])).toEqual(['already']);
    }
    await world.expectContent(name, content);
  });
});
