/** The archive's filesystem has lost an inode: what concerns its copy alone must hold up nothing else, and end some day. */
import fs from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { withFilesystem } from '../support/filesystem.js';
import { Hsm } from '../support/hsm.js';
import { describeAsRoot } from '../support/require-root.js';
import { breakInode } from '../support/spoil-on-disk.js';
import { DamagedWorld, type Managed } from './recover-classes-world.js';

describeAsRoot('a copy whose inode is broken', () => {
  /** Some files, and the copy of the first of them spoilt. */
  async function play(
    which: '' | '.json',
    use: (hsm: Hsm, world: DamagedWorld, files: readonly Managed[]) => Promise<void>,
  ): Promise<void> {
    await withFilesystem({}, async (medium) => {
      await withFilesystem({}, async (own) => {
        const hsm = await Hsm.create(own, { archive: path.join(medium.mountPoint, 'archive') });
        const world = new DamagedWorld(hsm);
        const files: Managed[] = [];
        for (let count = 0; count < 4; count++) files.push(await world.managed('dual'));
        const { ino } = fs.lstatSync(`${files[0]?.object ?? ''}${which}`, { bigint: true });
        breakInode(medium, ino);
        await use(hsm, world, files);
      });
    });
  }

  const whatIsTold = async (hsm: Hsm): Promise<unknown[]> =>
    (await hsm.findings()).map(({ class: found, state }) => `${found} ${state ?? 'of no file'}`);

  // Its group's operations stayed open, and so did its own after every recovery.
  test.each([1, 4])('is replaced by a new one; %i in a group', async (count) => {
    await play('', async (hsm, world, files) => {
      const names = files.slice(0, count).map(({ name }) => name);
      for (const name of names) fs.appendFileSync(hsm.at(name), 'more');
      const { status, stderr } = await hsm.child(['archive', ...names.map((name) => world.path(name))]);
      expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
      expect(hsm.intents()).toEqual([]);
      expect(hsm.objects('trash')).toHaveLength(count - 1);
      expect(await whatIsTold(hsm)).toEqual(['archive-digest-mismatch of no file']);
    });
  });

  test('is replaced where it is the sidecar that is broken, too', async () => {
    await play('.json', async (hsm, world, [file]) => {
      fs.appendFileSync(hsm.at(file?.name ?? ''), 'more');
      const { status, stderr } = await hsm.child(['archive', world.path(file?.name ?? '')]);
      expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
      expect(hsm.intents()).toEqual([]);
    });
  });

  test('is replaced where the file itself has not changed, too', async () => {
    await play('', async (hsm, world, [file]) => {
      const { status, stderr } = await hsm.child(['archive', world.path(file?.name ?? '')]);
      expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
      expect(hsm.intents()).toEqual([]);
      expect(await whatIsTold(hsm)).toEqual(['archive-digest-mismatch of no file']);
    });
  });

  // The forgetting of all others ended there.
  test('of a deleted file stays where it is, and the others are forgotten', async () => {
    await play('', async (hsm, _, files) => {
      for (const { name } of files) fs.unlinkSync(hsm.at(name));
      const { actions } = await hsm.recover('auto', { acceptDeleted: true });
      expect(actions.map(({ action, result }) => `${action} ${result}`).toSorted()).toEqual([
        'forget done',
        'forget done',
        'forget done',
        'none left',
      ]);
      expect(hsm.objects('trash')).toHaveLength(3);
      expect(await whatIsTold(hsm)).toEqual(['archive-digest-mismatch of no file']);
    });
  });

  // purge --damaged ended there, every time.
  test('and that lies in the trash keeps no other from being purged', async () => {
    await withFilesystem({}, async (medium) => {
      await withFilesystem({}, async (own) => {
        const hsm = await Hsm.create(own, { archive: path.join(medium.mountPoint, 'archive') });
        const world = new DamagedWorld(hsm);
        const files = [await world.managed('dual'), await world.managed('dual'), await world.managed('dual')];
        await hsm.run('remove');
        const [, middle = ''] = files.map(({ object }) => object.replace('/objects/', '/trash/'));
        breakInode(medium, fs.lstatSync(middle, { bigint: true }).ino);
        const kept = await hsm.child(['purge', '--older-than', '0s']);
        expect([kept.status, kept.stdout]).toEqual([
          0,
          expect.stringMatching(/"result":"kept","why":"the medium does not/),
        ]);
        const failed = await hsm.child(['purge', '--older-than', '0s', '--damaged']);
        expect(failed.status).toBe(8);
        expect(failed.stdout).toMatch(/"result":"failed","why":"the medium does not let go of it: .*EUCLEAN/);
        expect(fs.readdirSync(path.dirname(middle), { recursive: true })).toContain(path.basename(middle));
        for (const { object } of [files[0], files[2]].flatMap((file) => file ?? []))
          expect(fs.existsSync(object.replace('/objects/', '/trash/'))).toBe(false);
      });
    });
  });
});
