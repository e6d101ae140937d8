/** Files that change between one operation and the next, with and without telling by their times. */
import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { punchHole } from '../../src/native/extents.js';
import { closeFd, openPath } from '../../src/native/io.js';
import { useFilesystem } from '../support/filesystem.js';
import { Hsm } from '../support/hsm.js';
import { describeAsRoot } from '../support/require-root.js';

const BYTES = 40_000;

describeAsRoot('a file that changed', () => {
  const scratch = useFilesystem();
  let hsm: Hsm;
  beforeAll(async () => {
    hsm = await Hsm.create(scratch());
  });

  let count = 0;
  async function archived(): Promise<{ name: string; content: Buffer }> {
    const name = `file-${count++}`;
    const content = randomBytes(BYTES);
    fs.writeFileSync(hsm.at(name), content);
    await hsm.run('archive', [name]);
    return { name, content };
  }
  const outcome = async (...args: Parameters<Hsm['outcomes']>): Promise<string> => (await hsm.outcomes(...args)).join();
  const blocksOf = (name: string): number => fs.lstatSync(hsm.at(name)).blocks;
  /** As rsync and cp --preserve do. */
  function keepingMtime(name: string, change: () => void): void {
    const { atime, mtimeNs } = fs.lstatSync(hsm.at(name), { bigint: true });
    change();
    fs.utimesSync(hsm.at(name), atime, Number(mtimeNs) / 1e9);
  }

  test('is not released, and is archived anew: the earlier copy goes to the trash', async () => {
    const { name } = await archived();
    const before = hsm.objects('trash').length;
    const next = randomBytes(BYTES);
    fs.writeFileSync(hsm.at(name), next);
    expect(await outcome('release', [name])).toBe('changed');
    expect(await outcome('remove', [name])).toBe('changed');
    expect(await outcome('archive', [name])).toBe('archived');
    expect(hsm.objects('trash')).toHaveLength(before + 1);
    expect(await outcome('release', [name])).toBe('released');
    expect(await outcome('recall', [name])).toBe('recalled');
    expect(fs.readFileSync(hsm.at(name))).toEqual(next);
    expect(await hsm.findings()).toEqual([]);
  });

  test('only in its owner is archived already, and releases', async () => {
    const { name, content } = await archived();
    fs.chownSync(hsm.at(name), 1, 2);
    expect((await hsm.findings()).map((finding) => finding.class)).toEqual(['metadata-changed']);
    expect(await outcome('archive', [name])).toBe('already');
    expect(await hsm.findings()).toEqual([]);
    fs.chmodSync(hsm.at(name), 0o640);
    expect(await outcome('release', [name])).toBe('released');
    expect(await outcome('recall', [name])).toBe('recalled');
    expect(fs.readFileSync(hsm.at(name))).toEqual(content);
    expect(fs.lstatSync(hsm.at(name))).toMatchObject({ uid: 1, gid: 2, mode: 0o100640 });
  });

  test('only in its mtime releases, and keeps it', async () => {
    const { name } = await archived();
    const touched = new Date('2001-02-03T04:05:06Z');
    fs.utimesSync(hsm.at(name), touched, touched);
    expect(await outcome('release', [name])).toBe('released');
    expect(await hsm.findings()).toEqual([]);
    expect(fs.lstatSync(hsm.at(name)).mtime).toEqual(touched);
    expect(await outcome('recall', [name])).toBe('recalled');
    expect(fs.lstatSync(hsm.at(name)).mtime).toEqual(touched);
    expect(await hsm.findings()).toEqual([]);
  });

  test('in a crash, with all its times as before, is found out by release, and archived after that', async () => {
    const { name, content } = await archived();
    hsm.scratch.remount();
    const fd = fs.openSync(hsm.at(name), 'r+');
    fs.writeSync(fd, 'durable', 100);
    fs.fdatasyncSync(fd);
    fs.closeSync(fd);
    hsm.powerCut();
    expect(fs.readFileSync(hsm.at(name)).subarray(100, 107).toString()).toBe('durable');
    expect(await hsm.drift()).toEqual([]);

    expect(await outcome('release', [name])).toBe('changed');
    expect(await outcome('archive', [name])).toBe('archived');
    expect(await outcome('release', [name])).toBe('released');
    expect(await outcome('recall', [name])).toBe('recalled');
    content.write('durable', 100);
    expect(fs.readFileSync(hsm.at(name))).toEqual(content);
  });

  test('in nothing is archived again all the same, once its copy is gone', async () => {
    const { name, content } = await archived();
    const before = hsm.objects();
    expect(await outcome('archive', [name])).toBe('already');
    expect(hsm.objects()).toEqual(before);
    const newest = before.map((object) => ({ object, at: fs.statSync(object).ctimeMs })).sort((a, b) => b.at - a.at)[0];
    fs.rmSync(newest?.object ?? '');
    expect(await outcome('archive', [name])).toBe('archived');
    expect(await outcome('release', [name])).toBe('released');
    expect(await outcome('recall', [name])).toBe('recalled');
    expect(fs.readFileSync(hsm.at(name))).toEqual(content);
  });

  test('by losing its data is not archived as zeros', async () => {
    const { name, content } = await archived();
    keepingMtime(name, () => {
      const fd = openPath(hsm.at(name), fs.constants.O_RDWR);
      punchHole(fd, 0, 8192, name);
      closeFd(fd);
    });
    const { mtimeMs } = fs.lstatSync(hsm.at(name));
    hsm.withCatalog((catalog) => {
      // To the nanosecond, which utimes(2) by floating point cannot give.
      const row = catalog.files
        .page(catalog.filesystems.list()[0]!.fs, { limit: 1000 })
        .find(({ pathHint }) => pathHint?.includes(name));
      expect(row).toBeDefined();
      const { mtimeNs } = fs.lstatSync(hsm.at(name), { bigint: true });
      catalog.files.put({ ...row!, mtimeNs });
    });
    expect(mtimeMs).toBeGreaterThan(0);
    expect(await outcome('archive', [name])).toBe('conflict');
    expect(await hsm.drift()).toEqual(['resident-with-hole']);
    const { actions } = await hsm.recover();
    expect(actions).toMatchObject([{ class: 'resident-with-hole', action: 'fill', result: 'done' }]);
    expect(fs.readFileSync(hsm.at(name))).toEqual(content);
    expect(await hsm.findings()).toEqual([]);
  });

  test('by being cut off is a stale copy and no damage', async () => {
    const { name } = await archived();
    fs.truncateSync(hsm.at(name), 100);
    expect(await hsm.drift()).toEqual(['stale-copy']);
    expect(await outcome('archive', [name])).toBe('archived');
    expect(await hsm.drift()).toEqual([]);
  });

  test('while it was away is never recalled over', async () => {
    const { name } = await archived();
    await hsm.run('release', [name]);
    const fd = fs.openSync(hsm.at(name), 'r+');
    fs.writeSync(fd, 'mine', 5000);
    fs.closeSync(fd);
    expect(await outcome('recall', [name])).toBe('conflict');
    expect(await outcome('archive', [name])).toBe('conflict');
    expect(await hsm.drift()).toEqual(['offline-with-data']);
    await hsm.recover();
    expect(fs.readFileSync(hsm.at(name)).subarray(5000, 5004).toString()).toBe('mine');
    fs.rmSync(hsm.at(name));
    await hsm.recover();
  });

  test.each<[string, (name: string) => void]>([
    [
      'in bytes',
      (name) => {
        const fd = fs.openSync(hsm.at(name), 'r+');
        fs.writeSync(fd, 'mine', 5000);
        fs.closeSync(fd);
      },
    ],
    ['in length', (name) => fs.truncateSync(hsm.at(name), BYTES - 1)],
  ])('%s while it was away, with its mtime put back, is never recalled over', async (_, change) => {
    const { name } = await archived();
    await hsm.run('release', [name]);
    const reference = path.join(hsm.scratch.folder, 'reference');
    execFileSync('touch', ['-r', hsm.at(name).toString(), reference]);
    change(name);
    execFileSync('touch', ['-r', reference, hsm.at(name).toString()]);
    expect(await outcome('recall', [name])).toBe('conflict');
    fs.rmSync(hsm.at(name));
    await hsm.recover();
  });

  test('in length while it was away is never recalled over', async () => {
    const { name } = await archived();
    await hsm.run('release', [name]);
    fs.truncateSync(hsm.at(name), BYTES + 1);
    expect(await outcome('recall', [name])).toBe('conflict');
    expect(await hsm.drift()).toEqual(['conflict']);
    fs.truncateSync(hsm.at(name), BYTES);
    expect(await hsm.drift()).toEqual(['conflict']);
    fs.rmSync(hsm.at(name));
    await hsm.recover();
  });

  // A recall brought back the bytes that its user had cut off, for the file had its old size and no data.
  test('by being cut off and growing again while it was away keeps what its user made of it', async () => {
    const { name } = await archived();
    await hsm.run('release', [name]);
    fs.truncateSync(hsm.at(name), 100);
    fs.truncateSync(hsm.at(name), BYTES);
    const [recalled] = await hsm.run('recall', [name]);
    expect(recalled).toMatchObject({ result: 'conflict', why: expect.stringContaining('its mtime moved from 20') });
    expect(await outcome('archive', [name])).toBe('conflict');
    expect(await outcome('release', [name])).toBe('conflict');
    expect(fs.readFileSync(hsm.at(name))).toEqual(Buffer.alloc(BYTES));
    // A recall that dies, and its recovery, leave it so as well.
    await hsm.recover('complete');
    expect(await outcome('recall', [name])).toBe('conflict');
    expect(await hsm.drift()).toEqual(['conflict']);
    fs.rmSync(hsm.at(name));
    await hsm.recover();
  });

  test('only in its mtime while it was away is not recalled, as it could have been cut off', async () => {
    const { name } = await archived();
    await hsm.run('release', [name]);
    const { mtimeNs } = fs.lstatSync(hsm.at(name), { bigint: true });
    fs.utimesSync(hsm.at(name), 1_000_000, 1_000_000);
    expect(await outcome('recall', [name])).toBe('conflict');
    expect(fs.lstatSync(hsm.at(name), { bigint: true }).mtimeNs).not.toBe(mtimeNs);
    fs.rmSync(hsm.at(name));
    await hsm.recover();
  });

  test('only in mode, owner and name while it was away is recalled', async () => {
    const { name, content } = await archived();
    await hsm.run('release', [name]);
    fs.chmodSync(hsm.at(name), 0o600);
    fs.chownSync(hsm.at(name), 3, 4);
    fs.linkSync(hsm.at(name), hsm.at(`${name}-link`));
    fs.renameSync(hsm.at(name), hsm.at(`${name}-renamed`));
    expect(await outcome('recall', [`${name}-renamed`])).toBe('recalled');
    expect(fs.readFileSync(hsm.at(`${name}-link`))).toEqual(content);
  });

  test('is released and gone: blocks are free', async () => {
    const { name } = await archived();
    expect(blocksOf(name)).toBeGreaterThan(0);
    await hsm.run('release', [name]);
    expect(blocksOf(name)).toBe(0);
  });
});
