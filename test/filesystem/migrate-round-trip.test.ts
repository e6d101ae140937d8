/** Files of every shape, to the archive and back: nothing about them may change. */
import fs from 'node:fs';
import { beforeAll, expect, test } from 'vitest';
import { makeAwkwardFiles } from '../support/awkward-files.js';
import { blocksOf, snapshot, type FileSnapshot } from '../support/file-snapshot.js';
import { useFilesystem } from '../support/filesystem.js';
import { Hsm } from '../support/hsm.js';
import { describeAsRoot } from '../support/require-root.js';

/** An attribute fork of its own, where attributes do not fit into the inode. */
const ATTRIBUTE_BLOCKS_MAX = 8n;

describeAsRoot.each([
  ['with shared extents', []],
  ['without shared extents', ['-m', 'reflink=0']],
])('a round trip %s', (_, mkfsOptions) => {
  const scratch = useFilesystem({ mkfsOptions });
  let hsm: Hsm;
  let files: Buffer[];
  let before: FileSnapshot[];
  const all = ['files'];

  beforeAll(async () => {
    hsm = await Hsm.create(scratch());
    files = makeAwkwardFiles(hsm.at('files'));
    before = files.map(snapshot);
  });

  const now = (): FileSnapshot[] => files.map(snapshot);
  const everywhere = (outcome: string): string[] => files.map(() => outcome);

  test('archive copies all and changes none', async () => {
    expect(await hsm.outcomes('archive', all)).toEqual(everywhere('archived'));
    expect(now()).toEqual(before);
    expect(hsm.objects()).toHaveLength(files.length);
    expect(await hsm.outcomes('archive', all)).toEqual(everywhere('already'));
    expect(await hsm.findings()).toEqual([]);
  });

  test('release frees the blocks, and no time but ctime moves', async () => {
    expect(await hsm.outcomes('release', all)).toEqual(everywhere('released'));
    for (const [index, file] of files.entries()) {
      const { size, mtimeNs, mode, uid, gid } = fs.lstatSync(file, { bigint: true });
      expect({ size, mtimeNs, mode, uid, gid }, file.toString()).toEqual({
        size: before[index]?.size,
        mtimeNs: before[index]?.mtimeNs,
        mode: before[index]?.mode,
        uid: before[index]?.uid,
        gid: before[index]?.gid,
      });
      // What was preallocated behind the end is the user's.
      if (!file.includes('preallocated'))
        expect(blocksOf(file), file.toString()).toBeLessThanOrEqual(ATTRIBUTE_BLOCKS_MAX);
    }
    expect(await hsm.outcomes('release', all)).toEqual(everywhere('already'));
    expect(await hsm.findings()).toEqual([]);
  });

  test('archive leaves released files alone, and so does remove', async () => {
    expect(await hsm.outcomes('archive', all)).toEqual(everywhere('already'));
    expect(await hsm.outcomes('remove', all)).toEqual(everywhere('wrong-state'));
  });

  test('recall brings everything back as it was', async () => {
    expect(await hsm.outcomes('recall', all)).toEqual(everywhere('recalled'));
    expect(now()).toEqual(before);
    expect(await hsm.outcomes('recall', all)).toEqual(everywhere('already'));
    expect(await hsm.findings()).toEqual([]);
  });

  test('after a second round trip and remove, nothing is left of it', async () => {
    await hsm.run('release', all);
    scratch().remount();
    await hsm.run('recall', all);
    expect(await hsm.outcomes('remove', all)).toEqual(everywhere('removed'));
    expect(now()).toEqual(before);
    expect(hsm.objects()).toEqual([]);
    expect(hsm.objects('trash')).toHaveLength(files.length);
    expect(await hsm.outcomes('remove', all)).toEqual(everywhere('already'));
    expect(await hsm.findings()).toEqual([]);
    expect(hsm.intents()).toEqual([]);
  });
});
