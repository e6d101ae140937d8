/** The matrix in full, in parts that can be run one by one. */
import type { ForwardOperation } from '../../src/migrate/preconditions.js';
import type { StepName } from '../../src/migrate/step-names.js';
import type { Preference } from '../../src/recover/decision-facts.js';
import { describeCase, runCase, runNested, type CrashCase } from './crash-case.js';
import { faultsOf } from './crash-cycle.js';
import { DISASTERS } from './disasters.js';
import type { LabRun } from './lab-run.js';
import { DisasterDeal, pickAll } from './picks.js';
import { onceEach, PowerCutTree, type CutPath } from './power-cut-tree.js';
import { scenarioOf } from './random-scenario.js';
import { RandomCycle } from './random-cycle.js';

export const OPERATIONS: readonly ForwardOperation[] = ['archive', 'release', 'recall', 'remove'];
const PREFERENCES: readonly Preference[] = ['auto', 'complete', 'revert'];

async function playCase(run: LabRun, crashCase: CrashCase): Promise<readonly StepName[]> {
  const label = { text: describeCase(crashCase), faults: crashCase.crashes.map(({ fault }) => fault) };
  return (await run.play(label, ({ cycle }) => runCase(cycle, crashCase))) ?? [];
}

/** Each fault of each operation with each disaster. */
async function forward(run: LabRun): Promise<void> {
  for (const operation of OPERATIONS)
    for (const fault of faultsOf(operation))
      for (const disaster of DISASTERS)
        if (run.takesNext()) await playCase(run, { operation, prefer: 'auto', crashes: [{ fault, disaster }] });
}

/** From each interrupted state, with each preference, recovery dies at each step that it comes by. */
async function nested(run: LabRun): Promise<void> {
  const all = pickAll(new DisasterDeal());
  const states = new DisasterDeal();
  for (const prefer of PREFERENCES)
    for (const operation of OPERATIONS)
      for (const fault of faultsOf(operation)) {
        const first: CrashCase = { operation, prefer, crashes: [{ fault, disaster: states.next() }] };
        if (!run.takesNext()) continue;
        await runNested((crashCase) => playCase(run, crashCase), first, {
          depth: 1,
          pick: (...args) => (run.isOver() ? [] : all(...args)),
        });
      }
}

/** The power fails at each step of each operation, at each of the recovery after it, and at each of the next one. */
async function tree(run: LabRun): Promise<void> {
  for (const prefer of PREFERENCES)
    for (const operation of OPERATIONS) {
      if (!run.takesNext()) continue;
      const onResult = (path: CutPath, error?: unknown): void =>
        run.note({ text: `power cuts at ${path.join(', ')}; ${prefer}`, faults: path.map((at) => `${at}=cut`) }, error);
      const wants: typeof onceEach = (...args) => !run.isOver() && onceEach(...args);
      const options = { operation, prefer, depth: 2, wants, onResult, isCancelled: () => run.isOver() };
      const { cycle } = await run.laboratory();
      await new PowerCutTree(cycle, options).walk();
      run.close();
    }
}

/** Random scenarios, from a seed on, each in a world of its own. */
export async function random(run: LabRun, firstSeed: number, cycles: number): Promise<void> {
  for (let seed = firstSeed; seed < firstSeed + cycles && !run.isOver(); seed++) {
    const faults: string[] = [];
    await run.play({ text: `--seed ${seed} --cycles 1`, faults }, async ({ hsm, world, pristine }) => {
      const crashes = await new RandomCycle(hsm, world, pristine, scenarioOf(seed)).play();
      faults.push(...crashes.map(({ fault }) => fault));
    });
  }
}

export const PARTS = { forward, nested, tree } as const;
export type Part = keyof typeof PARTS;
