/**
 * One cycle of the matrix as data: an operation dies, then one recovery after the other, each with its disaster. Then
 * comes the recovery that lives, and everything has to be as it was.
 */
import type { ForwardOperation } from '../../src/migrate/preconditions.js';
import type { StepName } from '../../src/migrate/step-names.js';
import type { Preference } from '../../src/recover/decision-facts.js';
import { TEARS, type CrashCycle } from './crash-cycle.js';
import type { Disaster } from './disasters.js';

export interface Crash {
  /** As in HSMCK_FAULT: `kill` or `tear`. */
  readonly fault: string;
  readonly disaster: Disaster;
}

export interface CrashCase {
  readonly operation: ForwardOperation;
  readonly prefer: Preference;
  /** The first strikes the operation, the others the recoveries after it. */
  readonly crashes: readonly Crash[];
  /** After the first crash every copy lies in the store's trash, as an older filesystem finds those dropped since. */
  readonly tidied?: true;
}

export const describeCase = ({ operation, prefer, crashes, tidied }: CrashCase): string =>
  [
    ...crashes.map(({ fault, disaster }) => `${fault} (${disaster})`),
    `${operation}, ${prefer}${tidied ? ', copies in the trash' : ''}`,
  ].join('; ');

/** Faults strike at this pass of a step that comes once for each file, or at its last one. */
const PASS = 3;

/** Every fault that would have struck a run that came by these steps: each step killed, and torn where it can be. */
export function faultsAlong(steps: readonly StepName[]): string[] {
  return [...new Set(steps)].flatMap((step) => {
    const passes = steps.filter((one) => one === step).length;
    const at = passes === 1 ? step : `${step}#${Math.min(PASS, passes)}`;
    return TEARS.test(step) ? [`${at}=kill`, `${at}=tear`] : [`${at}=kill`];
  });
}

/**
 * Runs a cycle; throws where anything is lost, left over, or a fault did not fire.
 * @returns the steps that the last recovery came by: where the next crash could have been
 */
export async function runCase(
  cycle: CrashCycle,
  { operation, prefer, crashes, tidied }: CrashCase,
): Promise<StepName[]> {
  await cycle.prepare(operation);
  for (const [index, { fault, disaster }] of crashes.entries()) {
    if (index === 0) {
      await cycle.strike(operation, fault, disaster);
      if (tidied) cycle.hsm.trashCopies();
    } else await cycle.strikeRecovery(fault, prefer, disaster);
  }
  const steps: StepName[] = [];
  await cycle.recoverAll({ prefer, onStep: (step) => steps.push(step) });
  await cycle.assertWhole();
  return steps;
}

/** Picks among the next crashes: all of them in the full form. */
export type Pick = (depth: number, faults: readonly string[]) => readonly Crash[];

/**
 * A case, and every case that begins with it and goes on with the recovery dying at a step that it came by, `depth`
 * recoveries deep.
 * @param run runs one case, and returns the steps that its last recovery came by
 */
export async function runNested(
  run: (crashCase: CrashCase) => Promise<readonly StepName[]>,
  crashCase: CrashCase,
  { depth, pick }: { readonly depth: number; readonly pick: Pick },
): Promise<void> {
  const steps = await run(crashCase);
  if (depth === 0) return;
  for (const crash of pick(depth, faultsAlong(steps))) {
    const next = { ...crashCase, crashes: [...crashCase.crashes, crash] };
    await runNested(run, next, { depth: depth - 1, pick });
  }
}
