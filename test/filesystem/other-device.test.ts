/**
 * A filesystem whose image was copied to another device. Its id, and so its files, are the same: on its own it goes on as
 * before, wherever it is mounted and whatever its UUID is. While both are mounted nothing is done with either.
 */
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { useFilesystem } from '../support/filesystem.js';
import { Hsm } from '../support/hsm.js';
import { describeAsRoot } from '../support/require-root.js';
import { done, write, wrongAfterRecall } from './rollback-world.js';

const run = (command: string, ...args: string[]): string =>
  execFileSync(command, args, { stdio: 'pipe', encoding: 'utf8' }).trim();

describeAsRoot('a filesystem on another device', () => {
  const scratch = useFilesystem();
  let hsm: Hsm;
  let device = '';
  const right: Record<string, Buffer> = {};

  beforeAll(async () => {
    hsm = await Hsm.create(scratch());
    for (const name of ['dual', 'offline', 'half']) right[name] = write(hsm, name);
    await hsm.run('archive');
    await hsm.run('release', ['offline']);
    expect((await hsm.child(['release', hsm.at('half').toString()], 'release:after-punch=kill')).shellStatus).toBe(137);
    const { folder, image } = scratch();
    const clone = path.join(folder, 'clone');
    scratch().unmount();
    run('cp', '--sparse=always', image, clone);
    device = run('losetup', '--find', '--show', clone);
    // The other one is mounted where the first one was: paths stay, the device is new.
    run('mount', '-t', 'xfs', device, scratch().mountPoint);
  }, 120_000);

  afterAll(() => {
    if (device !== '') run('losetup', '--detach', device);
  });

  test('goes on where it stood', async () => {
    expect(done((await hsm.recover()).actions)).toEqual(['punch']);
    expect(done((await hsm.recover()).actions)).toEqual([]);
    expect(await hsm.drift()).toEqual([]);
  });

  test('is refused while the other one is mounted, too, be its UUID another', async () => {
    const { folder, mountPoint } = scratch();
    run('umount', mountPoint);
    run('xfs_admin', '-U', 'generate', device);
    run('mount', '-t', 'xfs', device, mountPoint);
    const beside = path.join(folder, 'beside');
    fs.mkdirSync(beside);
    run('mount', '-t', 'xfs', scratch().device, beside);
    try {
      await expect(hsm.run('recall', ['offline'])).rejects.toMatchObject({ code: 'ETWINS' });
      await expect(hsm.recover()).rejects.toMatchObject({ code: 'ETWINS' });
    } finally {
      run('umount', beside);
    }
  });

  test('has every file, and nothing but the new UUID is told of it', async () => {
    expect((await hsm.findings()).map(({ class: name }) => name)).toEqual(['filesystem-renamed']);
    expect(done((await hsm.recover()).actions)).toEqual([]);
    expect(await wrongAfterRecall(hsm, right)).toEqual([]);
    run('umount', scratch().mountPoint);
  });

  test('leaves the first one behind, which is refused when it comes back', async () => {
    scratch().mount();
    await expect(hsm.run('recall')).rejects.toMatchObject({ code: 'EROLLBACK' });
  });
});
