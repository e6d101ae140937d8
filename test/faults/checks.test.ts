/** The sweep's own eyes: each check finds the offender that it is there for. */
import fs from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { describeAsRoot } from '../support/require-root.js';
import { brokenAfter, promisesOfAnyCommand, repeatedSyncs } from './fault-cycle.js';
import type { Outcome } from './fault-driver.js';
import { FaultWorld } from './fault-world.js';
import { faultsFor } from './fault-table.js';
import { SCENARIOS } from './scenarios.js';

const SETUP_MS = 120_000;

const outcome = (given: Partial<Outcome>): Outcome => ({
  exitCode: 8,
  stdout: '',
  stderr: 'hsmck: fsync /file: EIO (input/output error)',
  left: [],
  records: [],
  calls: [],
  syncs: [],
  ...given,
});

describe('what a command says', () => {
  const fault = { mode: 'fail', code: 'EIO' } as const;

  test('passes if it names the error and fails', () => {
    expect(promisesOfAnyCommand(outcome({}), fault)).toEqual([]);
  });

  test.each([
    ['an error that is not named', { stderr: 'hsmck: something went wrong' }],
    ['a fault that is called a bug', { stderr: 'hsmck: internal error, please report it: EIO' }],
    ['a status that nobody knows', { exitCode: 64 }],
    ['a signal for wrong usage', { exitCode: 16 }],
  ])('does not pass: %s', (_what, given) => {
    expect(promisesOfAnyCommand(outcome(given), fault)).toHaveLength(1);
  });

  test('a failed sync that is repeated, on the same file or through the same opening of a filesystem', () => {
    const sync = { sync: 'fsync', file: '1:2', opening: '9 after 0', ok: false };
    expect(repeatedSyncs([sync, { ...sync, opening: '9 after 1', ok: true }])).toHaveLength(1);
    expect(repeatedSyncs([sync, { ...sync, file: '1:3', ok: true }])).toEqual([]);
    const whole = { ...sync, sync: 'syncfs' };
    expect(repeatedSyncs([whole, { ...whole, ok: true }])).toHaveLength(1);
    expect(repeatedSyncs([whole, { ...whole, opening: '9 after 1', ok: true }])).toEqual([]);
  });

  test('the table has no kind of call without an error', () => {
    expect(() => faultsFor('no such call')).toThrow('fault-table.ts');
  });
});

describeAsRoot('in a world', () => {
  let world: FaultWorld;
  beforeAll(async () => {
    world = await FaultWorld.create();
  }, SETUP_MS);
  afterAll(() => world.destroy(), SETUP_MS);

  const [archive] = SCENARIOS;
  if (archive === undefined) throw new Error('there is no scenario');

  test('a byte that differs is seen, and a success that is none', async () => {
    await archive.prepare(world);
    const nothingDone = outcome({ exitCode: 0, stderr: '' });
    expect(await brokenAfter(world, archive, nothingDone)).toContainEqual(expect.stringContaining('exit status 0'));
    expect(world.damaged()).toEqual([]);
    const fd = fs.openSync(world.at('3-blocks'), 'r+');
    fs.writeSync(fd, 'x', 5000);
    fs.closeSync(fd);
    expect(world.damaged()).toEqual(['3-blocks']);
    world.renew('3-blocks');
  });
});
