/**
 * `cp -a` of a released file onto another managed one writes zeros and brings the attribute along. Where size and mtime are the same (files
 * out of one tar archive have them often), row and attribute contradict each other about whose data it is to be, and both are believable.
 */
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { withFilesystem } from '../support/filesystem.js';
import { Hsm } from '../support/hsm.js';
import { describeAsRoot } from '../support/require-root.js';
import { read, write } from './rollback-world.js';

const WHEN = 1_600_000_000;

function copyOnto(from: Buffer | string, to: Buffer | string): void {
  execFileSync('cp', ['-a', '--sparse=always', from.toString(), to.toString()]);
}

describeAsRoot('a released file that was copied onto another managed one of its size and mtime', () => {
  const make = (hsm: Hsm, name: string, content?: Buffer): Buffer => {
    const bytes = content ?? write(hsm, name);
    if (content !== undefined) fs.writeFileSync(hsm.at(name), content);
    fs.utimesSync(hsm.at(name), WHEN, WHEN);
    return bytes;
  };

  async function expectNeitherCopyIsLost(hsm: Hsm, source: Buffer, overwritten: Buffer): Promise<void> {
    // Whose file it is to be, nobody can tell: nothing is done, and the deleted original's copy stays.
    fs.rmSync(hsm.at('source'));
    for (let round = 0; round < 2; round++) {
      const { actions } = await hsm.recover();
      expect(actions.map(({ class: name, result }) => `${name} ${result}`).toSorted()).toEqual([
        'conflict left',
        'row-without-inode left',
      ]);
    }
    expect((await hsm.child(['purge', '--older-than', '0d'])).status).toBe(0);
    const copies = hsm.objects().map((object) => fs.readFileSync(object));
    for (const content of [source, overwritten]) expect(copies.some((copy) => copy.equals(content))).toBe(true);
  }

  test.each([
    ['released', true],
    ['on disk', false],
  ])('is a conflict, where that one was %s: both copies are kept', async (_, isReleased) => {
    await withFilesystem({}, async (scratch) => {
      const hsm = await Hsm.create(scratch);
      const source = make(hsm, 'source');
      const other = make(hsm, 'other');
      await hsm.run('archive');
      await hsm.run('release', isReleased ? ['source', 'other'] : ['source']);
      copyOnto(hsm.at('source'), hsm.at('other'));
      await expectNeitherCopyIsLost(hsm, source, other);

      const [resolved] = await hsm.resolve('archive', ['other']);
      expect(resolved?.result).toBe('resolved');
      expect(read(hsm, 'other')).toEqual(other);
    });
  });

  test('is one, too, where all that was archived of that one is zeros, whatever its mtime', async () => {
    await withFilesystem({}, async (scratch) => {
      const hsm = await Hsm.create(scratch);
      const source = make(hsm, 'source');
      const other = make(hsm, 'other', Buffer.alloc(source.length));
      fs.utimesSync(hsm.at('other'), WHEN + 1, WHEN + 1);
      await hsm.run('archive');
      await hsm.run('release');
      copyOnto(hsm.at('source'), hsm.at('other'));
      await expectNeitherCopyIsLost(hsm, source, other);
    });
  });

  test('is one across filesystems', async () => {
    await withFilesystem({}, async (scratch) => {
      await withFilesystem({}, async ({ mountPoint: second }) => {
        const hsm = await Hsm.create(scratch);
        await hsm.register({ mountPath: Buffer.from(second) });
        const other = make(hsm, 'other');
        const source = Buffer.alloc(other.length, 's');
        const elsewhere = path.join(second, 'source');
        fs.writeFileSync(elsewhere, source);
        fs.utimesSync(elsewhere, WHEN, WHEN);
        await hsm.run('archive');
        await hsm.run('release');
        for (const operation of ['archive', 'release'])
          expect((await hsm.child([operation, elsewhere])).status).toBe(0);
        copyOnto(elsewhere, hsm.at('other'));
        fs.rmSync(elsewhere);
        const { actions } = await hsm.recover();
        expect(actions).toMatchObject([{ class: 'conflict', result: 'left' }]);
        await hsm.child(['recover', second, '--apply']);
        await hsm.child(['purge', '--older-than', '0d']);
        const copies = hsm.objects().map((object) => fs.readFileSync(object));
        for (const content of [source, other]) expect(copies.some((copy) => copy.equals(content))).toBe(true);
      });
    });
  });
});
