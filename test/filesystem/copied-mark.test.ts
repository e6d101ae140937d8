/**
 * rsync -X and cp -a take the root's mark along. Number and generation of the root inode are the same on most new filesystems,
 * so the copy looked like the original, and whatever had not been copied like deleted.
 */
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import { expect, test } from 'vitest';
import type { ScratchFilesystem } from '../../src/cli/demo/scratch-filesystem.js';
import { withFilesystem } from '../support/filesystem.js';
import { Hsm } from '../support/hsm.js';
import { describeAsRoot } from '../support/require-root.js';
import { DamagedWorld, type Managed } from './recover-classes-world.js';

const FAILED = 8;
const UNCORRECTED = 4;

describeAsRoot('a root mark that was copied with the files', () => {
  interface Scene {
    readonly hsm: Hsm;
    readonly world: DamagedWorld;
    readonly files: readonly Managed[];
    readonly own: ScratchFilesystem;
    /** Another filesystem, mounted where the first one was: paths stay. */
    readonly other: ScratchFilesystem;
  }

  /** Files on one filesystem, and what rsync makes of them on another, which takes its place. */
  async function play(excluded: readonly string[], use: (scene: Scene) => Promise<void>): Promise<void> {
    await withFilesystem({}, async (own) => {
      await withFilesystem({}, async (other) => {
        const hsm = await Hsm.create(own);
        const world = new DamagedWorld(hsm);
        const files = [await world.managed('offline'), await world.managed('offline'), await world.managed('dual')];
        const without = excluded.map((name) => `--exclude=${name}`);
        execFileSync('rsync', ['-aXS', ...without, `${own.mountPoint}/`, `${other.mountPoint}/`]);
        await use({ hsm, world, files, own, other });
      });
    });
  }

  function putInPlace({ own, other }: Scene): void {
    for (const { mountPoint } of [own, other]) execFileSync('umount', [mountPoint]);
    execFileSync('mount', [other.device, own.mountPoint]);
  }

  function putBack({ own, other }: Scene): void {
    execFileSync('umount', [own.mountPoint]);
    for (const { device, mountPoint } of [own, other]) execFileSync('mount', [device, mountPoint]);
  }

  // All that was not copied went to the trash as deleted, and was purged; audit called it right.
  test('makes nothing look deleted, and is said to be one', () =>
    play(['file-1'], async (scene) => {
      const { hsm, world, files, own } = scene;
      putInPlace(scene);
      try {
        const audit = await hsm.child(['audit', own.mountPoint]);
        expect(audit.status).toBe(UNCORRECTED);
        expect(audit.stdout).toContain('the root mark was copied from another filesystem');
        const archived = await hsm.child(['archive', world.path('file-2')]);
        expect([archived.status, archived.stderr]).toEqual([FAILED, expect.stringContaining('take its place')]);
        await hsm.child(['recover', '--apply', own.mountPoint]);
        expect((await hsm.child(['purge', '--older-than', '0s'])).stdout).not.toContain('"result":"purged"');
      } finally {
        putBack(scene);
      }
      expect(hsm.objects('trash')).toEqual([]);
      expect(await hsm.drift()).toEqual([]);
      for (const { name, content } of files) {
        await hsm.run('recall', [name]);
        await world.expectContent(name, content);
      }
    }));

  test('keeps nobody from the filesystem that it was copied from', () =>
    play([], async ({ hsm, files, world, other }) => {
      const [file] = files;
      expect(await hsm.outcomes('recall', [file?.name ?? ''])).toEqual(['recalled']);
      await world.expectContent(file?.name ?? '', file?.content ?? Buffer.alloc(0));
      const { status, stderr } = await hsm.child(['recover', '--apply', other.mountPoint]);
      expect([status, stderr]).toEqual([FAILED, expect.stringContaining('carry the same filesystem id')]);
      // But no copy is dropped that a stub over there may need.
      for (const { name } of files) execFileSync('rm', [world.path(name)]);
      const recovered = await hsm.child(['recover', '--apply', '--accept-deleted', hsm.scratch.mountPoint]);
      expect(recovered.stdout).toContain('"code":"ETWINS"');
      expect(recovered.status).toBe(UNCORRECTED | FAILED);
      expect(hsm.objects('trash')).toEqual([]);
    }));

  test.each([[[]], [['file-1']]])('is accepted by a person: all that was copied is there (without %j)', (excluded) =>
    play(excluded, async (scene) => {
      const { hsm, world, files, own } = scene;
      putInPlace(scene);
      try {
        await hsm.child(['recover', '--apply', '--accept-epoch', own.mountPoint]);
        for (const { name, content } of files.filter((one) => !excluded.includes(one.name))) {
          await hsm.run('recall', [name]);
          await world.expectContent(name, content);
        }
        expect(hsm.objects('trash')).toEqual([]);
        const audit = await hsm.child(['audit', own.mountPoint]);
        expect(audit.stdout).not.toContain('was copied from another filesystem');
      } finally {
        putBack(scene);
      }
    }),
  );

  test('is one still after that of another filesystem of the catalog was accepted', () =>
    play([], (scene) =>
      withFilesystem({}, (second) =>
        withFilesystem({}, async (copy) => {
          const { hsm, own } = scene;
          const { mountPoint } = second;
          expect((await hsm.child(['init', mountPoint, '--archive', hsm.archiveDir, '--unguarded'])).status).toBe(0);
          fs.writeFileSync(`${mountPoint}/file`, 'of the second');
          expect((await hsm.child(['archive', `${mountPoint}/file`])).status).toBe(0);
          execFileSync('rsync', ['-aXS', `${mountPoint}/`, `${copy.mountPoint}/`]);
          putInPlace({ ...scene, own: second, other: copy });
          const told = 'the root mark was copied from another filesystem';
          expect((await hsm.child(['audit', mountPoint])).stdout).toContain(told);
          await hsm.child(['recover', '--apply', '--accept-epoch', mountPoint]);
          expect((await hsm.child(['audit', mountPoint])).stdout).not.toContain(told);
          putInPlace(scene);
          try {
            expect((await hsm.child(['audit', own.mountPoint])).stdout).toContain(told);
          } finally {
            putBack(scene);
          }
        }),
      ),
    ));
});
