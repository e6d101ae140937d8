/**
 * Recovery that dies itself is one more crash: the next one finishes the work. From several kinds of interrupted state
 * recovery dies at its steps, each of them once, and so does the next recovery. `npm run crashlab` does so at
 * every step from every state.
 */
import { beforeAll, describe, expect, test } from 'vitest';
import type { StepName } from '../../src/migrate/step-names.js';
import { Hsm } from '../support/hsm.js';
import { describeAsRoot } from '../support/require-root.js';
import { runCase, runNested, type CrashCase } from './crash-case.js';
import { CrashCycle, faultsOf } from './crash-cycle.js';
import { useWorld } from './cycle-suite.js';
import { Coverage, DisasterDeal, pickRarest, withoutPass } from './picks.js';
import { SCENES, stepsOf } from './scenes.js';

const TIMEOUT_MS = 300_000;
const NESTED = 2;
/** By the recoveries that may still die: each fault once. */
const WANTED = { 2: { most: 6, times: 1 }, 1: { most: 2, times: 1 } };

const ALL_FAULTS = faultsOf('recover').map(withoutPass).sort();

describe('the scenes', () => {
  test('bring recovery to all of its steps', () => {
    const reached = new Set(SCENES.flatMap(stepsOf));
    expect(faultsOf('recover').filter((fault) => !reached.has(fault.replace(/[#=].*/, '') as StepName))).toEqual([]);
  });
});

describeAsRoot('recovery dies', () => {
  const world = useWorld('the power fails at once');
  const coverage = new Coverage();
  const deal = new DisasterDeal();
  let cycle: CrashCycle;
  beforeAll(async () => {
    cycle = new CrashCycle(await Hsm.create(world()));
  });

  const named = SCENES.map(
    (scene) => [`${scene.fault}, ${scene.prefer}${scene.tidied ? ', copies in the trash' : ''}`, scene] as const,
  );
  test.each(named)('after %s', { timeout: TIMEOUT_MS }, async (_, scene) => {
    const { operation, prefer, fault, tidied } = scene;
    // A power failure could take along what makes recovery come by all of these steps.
    const crashes = [{ fault, disaster: 'killed' as const }];
    const first = { operation, prefer, crashes, ...(tidied && { tidied }) };
    const isFirst = ({ crashes }: CrashCase): boolean => crashes.length === 1;
    const run = async (crashCase: CrashCase): Promise<StepName[]> => {
      const steps = await runCase(cycle, crashCase);
      if (isFirst(crashCase)) expect([...new Set(steps)].sort()).toEqual(stepsOf(scene).sort());
      return steps;
    };
    await runNested(run, first, { depth: NESTED, pick: pickRarest(deal, coverage, WANTED) });
  });

  test.each([NESTED, 1])('at every step, with %i recoveries still to die', (depth) => {
    expect(coverage.covered(depth)).toEqual(ALL_FAULTS);
  });

  test('leaves nothing behind after all of this', async () => {
    expect(await cycle.hsm.drift()).toEqual([]);
  });
});
