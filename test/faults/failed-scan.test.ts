/** A scan that did not come to its end says nothing of what it did not see: a file there may live on a copy in the trash. */
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { describeAsRoot } from '../support/require-root.js';
import { hasFailed } from './fault-cycle.js';
import { FaultWorld } from './fault-world.js';

const SETUP_MS = 120_000;
const PURGE = { name: 'purge', args: [], options: { olderThan: '0s', dryRun: false } };

describeAsRoot('a scan', () => {
  let world: FaultWorld;
  beforeAll(async () => {
    world = await FaultWorld.create();
  }, SETUP_MS);
  afterAll(() => world.destroy(), SETUP_MS);

  const inTrash = (): string[] =>
    fs
      .readdirSync(path.join(world.archiveDir, 'trash'), { recursive: true, encoding: 'utf8' })
      .filter((name) => /\/[0-9a-f-]{36}$/.test(name));

  // From the first call on: a later one may meet an allocation group without inodes, whose end is proven otherwise.
  test.each(['ioctl BULKSTAT', 'ioctl ATTRMULTI_BY_HANDLE'])(
    'before a purge that cannot come to its end (%s): nothing is deleted',
    async (symbol) => {
      await world.bring('dual');
      const copy = world.at('copy').toString();
      execFileSync('cp', ['--archive', world.at('3-blocks').toString(), copy]);
      await world.bring('resident');
      const before = inTrash();
      expect(before.length).toBeGreaterThan(1);
      const fault = { mode: 'fail', code: 'EIO', sticky: true } as const;
      const outcome = await world.driver.run(PURGE, { symbol, n: 1, fault });
      expect(outcome.fired).toBeDefined();
      expect(outcome.stderr).toMatch(/nothing was deleted/i);
      expect(hasFailed(outcome)).toBe(true);
      expect(inTrash()).toEqual(before);
      await world.done(PURGE);
      expect(inTrash()).toHaveLength(1);
      fs.rmSync(copy);
      await world.done(PURGE);
      expect(inTrash()).toEqual([]);
    },
  );
});
