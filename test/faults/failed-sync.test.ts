/**
 * After a failed sync nobody knows what the disk holds. So nothing is undone on the strength of what memory shows: mark and
 * intent stay, and recovery looks at the file afresh.
 */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { describeAsRoot } from '../support/require-root.js';
import { hasFailed, repeatedSyncs } from './fault-cycle.js';
import { FaultWorld } from './fault-world.js';

const SETUP_MS = 120_000;
const FILE = '3-blocks';
const CORRECTED = 1;

describeAsRoot('the sync behind the mark fails', () => {
  let world: FaultWorld;
  beforeAll(async () => {
    world = await FaultWorld.create();
  }, SETUP_MS);
  afterAll(() => world.destroy(), SETUP_MS);

  test.each([
    ['archive', 'resident', 'archiving'],
    ['release', 'dual', 'releasing'],
    ['recall', 'offline', 'recalling'],
    ['remove', 'dual', 'removing'],
  ] as const)('%s leaves mark and intent to recovery', async (operation, from, mark) => {
    const command = world.migrate(operation, [FILE]);
    await world.bring(from);
    const { calls } = await world.driver.run(command, 'record');
    const sites = calls.filter(({ symbol }) => symbol === 'fsync').map(({ site }) => site);
    const n = sites.findLastIndex((site) => site.includes('migrate/begin:')) + 1;
    expect(n).toBeGreaterThan(0);

    await world.bring(from);
    const outcome = await world.driver.run(command, { symbol: 'fsync', n, fault: { mode: 'fail', code: 'EIO' } });
    expect(outcome.fired?.site).toContain('migrate/begin:');
    expect(hasFailed(outcome)).toBe(true);
    expect(repeatedSyncs(outcome.syncs)).toEqual([]);
    expect(world.stateOf(FILE)).toBe(mark);
    const { records } = await world.driver.run(world.whole('check'));
    expect(records).toContainEqual(expect.objectContaining({ type: 'finding', class: 'interrupted' }));

    await world.done(world.recovery(), [CORRECTED]);
    expect(world.damaged()).toEqual([]);
    await world.done(world.recovery());
  });
});
