/**
 * Files that are moved between the filesystems of a catalog take their attribute along: the copy that it names is needed there,
 * wherever that filesystem keeps its own copies, and whatever its attributes are called.
 */
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import Database from 'better-sqlite3';
import { expect, test } from 'vitest';
import { withFilesystem } from '../support/filesystem.js';
import { Hsm } from '../support/hsm.js';
import { describeAsRoot } from '../support/require-root.js';
import type { ChildResult } from '../support/run-node.js';
import { DamagedWorld, type Managed } from './recover-classes-world.js';

describeAsRoot('a released file that was moved to another filesystem of the catalog', () => {
  interface Scene {
    readonly hsm: Hsm;
    readonly world: DamagedWorld;
    /** Released, on the first filesystem. */
    readonly file: Managed;
    /** Where the other filesystem is mounted. */
    readonly other: string;
    /** Where the file goes. */
    readonly moved: string;
  }

  async function play(use: (scene: Scene) => Promise<void>): Promise<void> {
    await withFilesystem({}, async (own) => {
      await withFilesystem({}, async ({ mountPoint: other }) => {
        const hsm = await Hsm.create(own);
        const world = new DamagedWorld(hsm);
        const file = await world.managed('offline');
        await use({ hsm, world, file, other, moved: path.join(other, file.name) });
      });
    });
  }

  const register = ({ hsm, other }: Scene, archiveDir: string, ...more: readonly string[]): Promise<ChildResult> =>
    hsm.child(['init', other, '--archive', archiveDir, '--unguarded', ...more]);

  async function forgetAndPurge({ hsm, other }: Scene): Promise<string[]> {
    for (const mountPoint of [hsm.scratch.mountPoint, other])
      await hsm.child(['recover', '--apply', '--accept-deleted', mountPoint]);
    const { stdout } = await hsm.child(['purge', '--older-than', '0s']);
    expect(stdout).not.toContain('"result":"purged"');
    return [...hsm.objects(), ...hsm.objects('trash')];
  }

  // Its copy was deleted: no filesystem of the same store named it.
  test('with a store of its own keeps its copy', () =>
    play(async (scene) => {
      const { hsm, world, file, moved } = scene;
      expect((await register(scene, `${hsm.archiveDir}-other`)).status).toBe(0);
      execFileSync('mv', [world.path(file.name), moved]);
      expect(await forgetAndPurge(scene)).toEqual([file.object]);
    }));

  // Recovery ended there, with nothing said of what it had done.
  test('keeps its copy while that one is not mounted; the rest is done', () =>
    play(async (scene) => {
      const { hsm, world, file, other, moved } = scene;
      expect((await register(scene, `${hsm.archiveDir}-other`)).status).toBe(0);
      execFileSync('mv', [world.path(file.name), moved]);
      execFileSync('umount', [other]);
      const { status, stdout } = await hsm.child(['recover', '--apply', '--accept-deleted', hsm.scratch.mountPoint]);
      expect(status).toBe(12);
      expect(stdout).toContain('"code":"ENOTMOUNTED"');
      expect(stdout).toContain('"lost":0');
      expect(hsm.objects()).toEqual([file.object]);
      const purged = await hsm.child(['purge', '--older-than', '0s', '--dry-run']);
      expect(purged.status).toBe(0);
    }));

  // Its copy was deleted in silence, and every audit was clean.
  test('with attributes of another namespace keeps its copy, and is not archived as zeros', () =>
    play(async (scene) => {
      const { hsm, world, file, other, moved } = scene;
      expect((await register(scene, hsm.archiveDir)).status).toBe(0);
      execFileSync('mv', [world.path(file.name), moved]);
      // As a catalog of an earlier version has it, which let filesystems differ in this.
      const mark = execFileSync('getfattr', ['-n', 'trusted.hsmck', '--only-values', '--absolute-names', other]);
      execFileSync('setfattr', ['-x', 'trusted.hsmck', other]);
      execFileSync('setfattr', ['-n', 'user.hsmck', '-v', `0x${mark.toString('hex')}`, other]);
      const db = new Database(hsm.catalogPath);
      db.prepare("UPDATE filesystem SET namespace = 'user' WHERE mount_hint = ?").run(Buffer.from(other));
      db.close();
      const archived = await hsm.child(['archive', moved]);
      expect(archived.stdout).toContain('"result":"conflict"');
      expect(archived.stdout).toContain('in another namespace');
      expect(await forgetAndPurge(scene)).toEqual([file.object]);
    }));

  test('needs that they agree in the namespace: init refuses a second one', () =>
    play(async (scene) => {
      const archiveDir = `${scene.hsm.archiveDir}-third`;
      const { status, stderr } = await register(scene, archiveDir, '--namespace', 'user');
      expect(status).toBe(8);
      expect(stderr).toMatch(/of this catalog has --namespace trusted: all filesystems of a catalog have the same/);
      expect(fs.existsSync(archiveDir)).toBe(false);
    }));

  test('with half of its attribute keeps its copy', () =>
    play(async (scene) => {
      const { world, file, moved } = scene;
      expect((await register(scene, scene.hsm.archiveDir)).status).toBe(0);
      const stub = world.path(file.name);
      const value = execFileSync('getfattr', ['-n', 'trusted.hsmck', '--only-values', '--absolute-names', stub]);
      execFileSync('mv', [stub, moved]);
      execFileSync('setfattr', ['-n', 'trusted.hsmck', '-v', `0x${value.subarray(0, 32).toString('hex')}`, moved]);
      expect(await forgetAndPurge(scene)).toEqual([file.object]);
    }));
});
