/**
 * What lies on the disk after a power cut must be true by itself: whoever lost the catalog with it has nothing but the
 * attributes and the data. Nothing is recovered here before it is looked at.
 */
import { randomBytes } from 'node:crypto';
import fs from 'node:fs';
import { beforeAll, expect, test } from 'vitest';
import { toGen, toIno } from '../../src/native/inode-id.js';
import { lookAtAttribute, stateOf } from '../../src/reconcile/attribute-look.js';
import { DamagedWorld } from '../filesystem/recover-classes-world.js';
import { useFilesystem } from '../support/filesystem.js';
import { Hsm } from '../support/hsm.js';
import { describeAsRoot } from '../support/require-root.js';
import { WITHOUT_REFLINK } from './cycle-suite.js';

describeAsRoot('after a power cut, without the catalog', () => {
  const scratch = useFilesystem(WITHOUT_REFLINK);
  let hsm: Hsm;
  let world: DamagedWorld;
  beforeAll(async () => {
    hsm = await Hsm.create(scratch());
    world = new DamagedWorld(hsm);
  });

  const isWhole = (name: string, content: Buffer): boolean => fs.readFileSync(hsm.at(name)).equals(content);

  function stateNow(name: string): string | undefined {
    const row = hsm.withCatalog(({ files, filesystems }) =>
      filesystems.list().flatMap(({ fs: fsId }) => files.findByIno(fsId, toIno(world.inoOf(name)))),
    )[0];
    const id = { ino: toIno(world.inoOf(name)), gen: row?.gen ?? toGen(0) };
    return row && stateOf(lookAtAttribute(world.attributeOf(name), id, row.fs));
  }

  const die = async (args: readonly string[], fault: string): Promise<void> => {
    expect((await hsm.child(args, `${fault}=kill`)).signal).toBe('SIGKILL');
  };

  test('a file that is about to be marked has its data on the disk', async () => {
    const content = randomBytes(50_000);
    fs.writeFileSync(hsm.at('fresh'), content);
    await die(['archive', world.path('fresh')], 'archive:before-mark');
    hsm.powerCut();
    expect(isWhole('fresh', content)).toBe(true);
    await hsm.recover();
    await world.expectClean();
  });

  test('a file that is about to be punched is marked', async () => {
    const { name } = await world.managed('dual');
    await die(['release', world.path(name)], 'release:before-punch');
    hsm.powerCut();
    expect(stateNow(name)).toBe('releasing');
    await hsm.recover();
    await world.expectClean();
  });

  test.each([
    ['release', 'before-punch', 'dual', 'releasing'],
    ['recall', 'before-fill', 'offline', 'recalling'],
  ] as const)(
    'a file that a %s is about to change (%s) does not say that it was changed',
    async (operation, step, from, mark) => {
      const { name } = await world.managed(from);
      await die([operation, world.path(name)], `${operation}:${step}`);
      expect(stateNow(name)).toBe(mark);
      await hsm.recover();
      await world.expectClean();
    },
  );

  test('a file whose row is written is what the row says', async () => {
    const { name } = await world.managed('dual');
    await die(['release', world.path(name)], 'release:after-catalog');
    hsm.powerCut();
    expect(stateNow(name)).toBe('offline');
    await hsm.recover();
    await world.expectClean();
  });

  test('a file that says that its data is back has it', async () => {
    const { name, content } = await world.managed('offline');
    await die(['recall', world.path(name)], 'recall:after-attribute');
    hsm.powerCut('flush-log');
    expect(stateNow(name)).toBe('dual');
    expect(isWhole(name, content)).toBe(true);
    await hsm.recover();
    await world.expectClean();
  });

  test('so does one that recovery found whole and not yet durable', async () => {
    const { name, content } = await world.managed('offline');
    await die(['recall', world.path(name)], 'recall:after-fill');
    // Bulkstat needs no freeze. One would make the data durable by the way, and hide that nobody has synced it.
    await die(['recover', scratch().mountPoint, '--apply', '--source', 'xfs-bulkstat'], 'recover:after-attribute');
    hsm.powerCut('flush-log');
    expect(stateNow(name)).toBe('dual');
    expect(isWhole(name, content)).toBe(true);
    await hsm.recover();
    await world.expectClean();
  });
});
