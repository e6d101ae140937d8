/** An earlier version of a file is of no use as long as the later one is there, and all that there is once that is lost. */
import fs from 'node:fs';
import { beforeAll, expect, test } from 'vitest';
import { useFilesystem } from '../support/filesystem.js';
import { Hsm } from '../support/hsm.js';
import { describeAsRoot } from '../support/require-root.js';
import { DamagedWorld, type Managed } from './recover-classes-world.js';

describeAsRoot('an earlier copy of a released file whose present copy is gone', () => {
  const scratch = useFilesystem();
  let hsm: Hsm;
  let world: DamagedWorld;

  beforeAll(async () => {
    hsm = await Hsm.create(scratch());
    world = new DamagedWorld(hsm);
  });

  /** A file that was archived, removed, and archived again, and its two copies; the earlier lies in the trash. */
  async function twice(): Promise<Managed & { readonly earlier: string }> {
    const file = await world.managed('dual');
    const before = new Set(hsm.objects('trash'));
    expect(await hsm.outcomes('remove', [file.name])).toEqual(['removed']);
    const earlier = hsm.objects('trash').find((one) => !before.has(one)) ?? '';
    const known = new Set(hsm.objects());
    expect(await hsm.outcomes('archive', [file.name])).toEqual(['archived']);
    expect(await hsm.outcomes('release', [file.name])).toEqual(['released']);
    return { ...file, earlier, object: hsm.objects().find((one) => !known.has(one)) ?? '' };
  }

  const purge = async (): Promise<string> => (await hsm.child(['purge', '--older-than', '0s'])).stdout;

  test('is not purged until the present one is back', async () => {
    const { earlier, object } = await twice();
    fs.renameSync(object, `${object}.away`);
    expect(await purge()).toContain('it is an earlier version of a file whose present copy is gone');
    expect(fs.existsSync(earlier)).toBe(true);
    fs.renameSync(`${object}.away`, object);
    expect(await purge()).toContain('"result":"purged"');
    expect(fs.existsSync(earlier)).toBe(false);
  });

  // As after a backup of the archive was put back: it went to the trash as a deleted file's, and was purged.
  test('is not taken for one of a deleted file', async () => {
    const { earlier, object, content, name } = await twice();
    const back = earlier.replace('/trash/', '/objects/');
    for (const end of ['', '.json']) fs.renameSync(`${earlier}${end}`, `${back}${end}`);
    fs.rmSync(`${earlier}.trash.json`);
    fs.renameSync(object, `${object}.away`);
    const { actions } = await hsm.recover('auto', { acceptDeleted: true });
    expect(actions.map(({ why }) => why)).toContainEqual(
      expect.stringContaining('no other copy that is known to be good'),
    );
    expect(fs.existsSync(back)).toBe(true);
    fs.renameSync(`${object}.away`, object);
    const { actions: later } = await hsm.recover('auto', { acceptDeleted: true });
    expect(later.map(({ why }) => why)).toContain('no file is bound to the copy: it lies in the trash');
    expect(fs.existsSync(back)).toBe(false);
    await world.expectContent(name, content);
  });
});
