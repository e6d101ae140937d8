/**
 * An older filesystem, put back from an image, under a newer catalog. The filesystem is right: each file is what it was
 * when the image was copied. What came after it is kept in the archive.
 */
import fs from 'node:fs';
import { beforeAll, expect, test } from 'vitest';
import { useFilesystem } from '../support/filesystem.js';
import { Hsm } from '../support/hsm.js';
import { describeAsRoot } from '../support/require-root.js';
import {
  allObjects,
  copyImage,
  done,
  rowsOf,
  stateOf,
  write,
  wrongAfterRecall,
  type PutBack,
} from './rollback-world.js';

/** Managed when the image is copied. */
const DUAL = ['kept', 'released', 'changed', 'changed-released', 'removed', 'deleted', 'stale'];
const OFFLINE = ['recalled', 'recalled-removed', 'recalled-changed', 'deleted-offline'];

describeAsRoot('an older filesystem under a newer catalog', () => {
  const scratch = useFilesystem();
  let hsm: Hsm;
  let newest: PutBack;
  /** What each file held when the image was copied. */
  const right: Record<string, Buffer> = {};
  let objectsBefore: string[] = [];

  async function liveOn(): Promise<void> {
    for (const name of [...DUAL, ...OFFLINE]) right[name] = write(hsm, name);
    await hsm.run('archive');
    await hsm.run('release', OFFLINE);
    right.stale = write(hsm, 'stale');
    for (const name of ['archived-later', 'rewritten-later', 'grown-later']) right[name] = write(hsm, name);
    const older = copyImage(hsm);
    await hsm.run('recall', ['recalled', 'recalled-removed', 'recalled-changed']);
    for (const name of ['changed', 'changed-released', 'rewritten-later', 'recalled-changed', 'new']) write(hsm, name);
    write(hsm, 'grown-later', 90_000);
    await hsm.run('archive');
    await hsm.run('release', ['released', 'changed-released', 'rewritten-later', 'new']);
    await hsm.run('remove', ['removed', 'recalled-removed']);
    for (const name of ['deleted', 'deleted-offline']) fs.rmSync(hsm.at(name));
    // Forgotten: their copies are in the trash.
    await hsm.recover();
    newest = copyImage(hsm);
    older();
  }

  beforeAll(async () => {
    hsm = await Hsm.create(scratch());
    await liveOn();
    objectsBefore = allObjects(hsm);
  }, 120_000);

  test('operations are refused, and told the way on', async () => {
    await expect(hsm.run('recall')).rejects.toMatchObject({
      code: 'EROLLBACK',
      message: expect.stringContaining('--accept-epoch'),
    });
    expect((await hsm.findings()).map((finding) => finding.class)).toContain('filesystem-behind');
  });

  test('adopt mode changes no row and takes nothing away', async () => {
    const rows = rowsOf(hsm);
    const child = await hsm.child(['recover', hsm.mountPath.toString(), '--apply']);
    expect((child.status ?? 0) & 4).toBe(4);
    expect(allObjects(hsm)).toEqual(objectsBefore);
    const bound = rowsOf(hsm);
    const of = ({ ino, gen, state, objectId, op }: (typeof rows)[number]): string =>
      [ino, gen, state, objectId, op].join();
    expect(rows.map(of).filter((row) => !bound.map(of).includes(row))).toEqual([]);
  });

  test('a dry run of accepting writes nothing', async () => {
    const [files, catalog] = [stateOf(hsm), fs.readFileSync(hsm.catalogPath)];
    const child = await hsm.child(['recover', hsm.mountPath.toString(), '--accept-epoch']);
    expect(child.records().find(({ action }) => action === 'accept-epoch')).toMatchObject({ result: 'planned' });
    expect(stateOf(hsm)).toBe(files);
    expect(fs.readFileSync(hsm.catalogPath).equals(catalog)).toBe(true);
  });

  test('once accepted every file has the content that it had then, and nothing has left the store', async () => {
    const { actions } = await hsm.recover('auto', { acceptEpoch: true });
    expect(actions.filter(({ result }) => result === 'failed')).toEqual([]);
    expect(allObjects(hsm)).toEqual(objectsBefore);
    expect(await wrongAfterRecall(hsm, right)).toEqual([]);
  });

  test('what is left to be told is explained by the rollback, and a second run changes nothing', async () => {
    const { actions } = await hsm.recover();
    expect(done(actions)).toEqual([]);
    const kept = actions.filter(({ severity }) => severity !== 'info');
    expect(kept.map(({ class: name, path }) => `${name} ${path?.toString().replace(/.*\//, '') ?? ''}`).sort())
      .toMatchInlineSnapshot(`
      [
        "archive-orphan changed",
        "archive-orphan changed-released",
        "archive-orphan grown-later",
        "archive-orphan recalled-changed",
        "archive-orphan rewritten-later",
        "archive-orphan stale",
        "row-without-inode new",
        "stale-copy stale",
      ]
    `);
  });

  test('with --accept-deleted what came after the image goes to the trash, and all agrees', async () => {
    await hsm.recover('auto', { acceptDeleted: true });
    expect(allObjects(hsm)).toEqual(objectsBefore);
    // The later version of `grown-later`, longer than the file as it is now, goes with the others: somebody has said so.
    expect((await hsm.drift()).sort()).toEqual(['stale-copy']);
    expect(await wrongAfterRecall(hsm, right)).toEqual([]);
  });

  test('the newer filesystem is refused when it comes back', async () => {
    newest();
    await expect(hsm.run('archive')).rejects.toMatchObject({ code: 'EROLLBACK' });
  });
});
