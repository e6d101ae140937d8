/** The catalog in another process's hands: commands wait, give up in time, say so, and leave the files alone. */
import { fork, type ChildProcess } from 'node:child_process';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { describeAsRoot } from '../support/require-root.js';
import { runCli } from '../support/run-node.js';
import { FaultWorld } from './fault-world.js';

const SETUP_MS = 120_000;
const PATIENCE_MS = 60_000;
const SOON_MS = 3000;

describeAsRoot('a catalog that another process has locked', () => {
  let world: FaultWorld;
  let locker: ChildProcess;
  const lock = (): Promise<void> =>
    new Promise((resolve, reject) => {
      locker = fork(path.join(import.meta.dirname, 'lock-catalog.mjs'), [world.catalogPath]);
      locker.once('message', () => resolve());
      locker.once('error', reject);
    });
  const unlock = (): Promise<void> =>
    new Promise((resolve) => {
      locker.once('exit', () => resolve());
      locker.send('unlock');
    });
  const cli = (...args: string[]): ReturnType<typeof runCli> =>
    runCli(['--catalog', world.catalogPath, ...args], { timeoutMs: PATIENCE_MS });

  beforeAll(async () => {
    world = await FaultWorld.create();
    await world.bring('dual');
    await world.driver.stop();
  }, SETUP_MS);
  afterAll(() => world.destroy(), SETUP_MS);

  test(
    'for longer than anybody waits: every command gives up with status 8, and nothing has happened',
    async () => {
      const before = world.fingerprint();
      await lock();
      const results = await Promise.all([
        cli('release', '-r', world.at('').toString()),
        cli('recover', world.mountPath, '--apply'),
        cli('audit', world.mountPath),
        cli('purge', '--older-than', '0s'),
      ]);
      await unlock();
      for (const { status, stderr } of results) {
        expect({ status, stderr }).toMatchObject({
          status: 8,
          stderr: expect.stringContaining('another process holds'),
        });
      }
      expect(world.fingerprint()).toBe(before);
      expect(await cli('audit', world.mountPath)).toMatchObject({ status: 0 });
    },
    2 * PATIENCE_MS,
  );

  test(
    'for a few seconds: the command waits, and does its work',
    async () => {
      await lock();
      const release = cli('release', '-r', world.at('').toString());
      setTimeout(() => void unlock(), SOON_MS);
      expect(await release).toMatchObject({ status: 0, stderr: '' });
      expect(world.isAt('offline')).toBe(true);
      expect(await cli('audit', world.mountPath)).toMatchObject({ status: 0 });
    },
    2 * PATIENCE_MS,
  );
});
