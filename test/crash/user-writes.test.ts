/**
 * An operation dies, its lease with it, and before anybody recovers a user writes to the files, in place and durably. In
 * every state the user's bytes are still there after recovery, and so is whatever only the archive has. With a power
 * failure behind it size, mtime and ctime are those of before the write: nothing but the bytes tells.
 */
import fs from 'node:fs';
import { beforeAll, expect, test } from 'vitest';
import type { ForwardOperation } from '../../src/migrate/preconditions.js';
import { useFilesystem } from '../support/filesystem.js';
import { Hsm } from '../support/hsm.js';
import { describeAsRoot } from '../support/require-root.js';
import { CrashCycle, faultsOf, NAMES, type Disaster } from './crash-cycle.js';
import { assertWriteKept, overwrite, type UserWrite } from './user-write.js';

const BLOCK = 4096;

const WRITES: Readonly<Record<string, UserWrite>> = {
  '3-long': { offset: 10 * BLOCK, length: 2 * BLOCK, zeros: true },
  '4-block': { offset: 0, length: BLOCK },
  '5-more': { offset: 60_000, length: 10 },
  '6-sparse': { offset: 4 * BLOCK + 8, length: 33 },
  '7-zeros': { offset: BLOCK, length: BLOCK },
  '8-last': { offset: 2 * BLOCK - 2, length: 1 },
};

/** A step for each state of file, catalog and archive; with the times telling, even fewer will do. */
const ONE_FOR_EACH_STATE =
  /:(after-intent|after-mark|before-verified|before-punch|before-fill|after-data-sync|before-catalog|before-trash)/;
const MORE = /:(before-mark|before-attribute|after-punch|after-fill|after-attribute|after-settle-sync)/;

const DISASTERS: readonly Disaster[] = ['killed', 'killed, then the power fails'];
const OPERATIONS: readonly ForwardOperation[] = ['archive', 'release', 'recall', 'remove'];
const CASES = DISASTERS.flatMap((disaster) => OPERATIONS.map((operation) => [operation, disaster] as const));

describeAsRoot.each(CASES)('a user writes after a crash of %s: %s', (operation, disaster) => {
  const scratch = useFilesystem();
  let cycle: CrashCycle;
  beforeAll(async () => {
    cycle = new CrashCycle(await Hsm.create(scratch()));
  });

  const content = (name: string): Buffer => fs.readFileSync(cycle.fileOf(name));

  function assertNothingLost(name: string, original: Buffer): void {
    const write = WRITES[name];
    if (write) assertWriteKept(cycle.fileOf(name), original, write, () => cycle.hsm.objects());
  }

  const faults = faultsOf(operation).filter((fault) => fault.endsWith('=kill'));
  const isWorthwhile = (fault: string): boolean =>
    ONE_FOR_EACH_STATE.test(fault) || (disaster !== 'killed' && MORE.test(fault));
  test.each(faults.filter(isWorthwhile))('%s', async (fault) => {
    cycle.renew();
    // Recall starts from files that are away: what is in them is read before.
    await cycle.prepare(operation === 'recall' ? 'release' : operation);
    const originals = new Map(NAMES.map((name) => [name, content(name)]));
    if (operation === 'recall') await cycle.prepare('recall');
    await cycle.strike(operation, fault);
    for (const [name, original] of originals) if (WRITES[name]) overwrite(cycle.fileOf(name), original, WRITES[name]);
    if (disaster !== 'killed') cycle.hsm.powerCut();

    await cycle.hsm.recover();
    for (const [name, original] of originals) assertNothingLost(name, original);
    const again = await cycle.hsm.recover();
    expect(again.actions.filter(({ result }) => result === 'done')).toEqual([]);
    await cycle.hsm.run('recall');
    await cycle.hsm.run('archive');
    await cycle.hsm.run('release');
    await cycle.hsm.run('recall');
    for (const [name, original] of originals) assertNothingLost(name, original);
  });
});
