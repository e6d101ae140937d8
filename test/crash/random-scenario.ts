/** A random cycle as data: a seed gives the same one again. */
import fc from 'fast-check';
import type { ForwardOperation } from '../../src/migrate/preconditions.js';
import { STEPS, type Operation, type StepName } from '../../src/migrate/step-names.js';
import type { Preference } from '../../src/recover/decision-facts.js';
import { DISASTERS, type Disaster } from './disasters.js';
import { RANDOM_FILE, type RandomFile } from './random-files.js';

export interface RandomCrash {
  readonly step: StepName;
  /** Of the passes that there turn out to be. */
  readonly passOf: number;
  readonly action: 'kill' | 'tear';
  readonly disaster: Disaster;
}

export interface RandomUserWrite {
  readonly file: number;
  /** Shares of the file's size, in millionths. */
  readonly from: number;
  readonly length: number;
  readonly zeros: boolean;
}

export interface Scenario {
  readonly files: readonly RandomFile[];
  readonly operation: ForwardOperation;
  readonly crash: RandomCrash;
  /** Between the first crash and what comes after it; none in most cycles. */
  readonly userWrites: readonly RandomUserWrite[];
  readonly recoveries: readonly RandomCrash[];
  readonly prefer: Preference;
}

export const MILLION = 1_000_000;
const FILES_MAX = 12;
const RECOVERIES_MAX = 3;

const stepsOf = (operation: Operation): StepName[] =>
  (Object.keys(STEPS) as StepName[]).filter((step) => step.startsWith(`${operation}:`));

const crashOf = (operation: Operation): fc.Arbitrary<RandomCrash> =>
  fc.record({
    step: fc.constantFrom(...stepsOf(operation)),
    passOf: fc.nat({ max: MILLION - 1 }),
    action: fc.constantFrom('kill', 'tear'),
    disaster: fc.constantFrom(...DISASTERS),
  });

const USER_WRITE: fc.Arbitrary<RandomUserWrite> = fc.record({
  file: fc.nat({ max: FILES_MAX }),
  from: fc.nat({ max: MILLION - 1 }),
  length: fc.nat({ max: MILLION - 1 }),
  zeros: fc.boolean(),
});

const SCENARIO: fc.Arbitrary<Scenario> = fc
  .constantFrom<ForwardOperation>('archive', 'release', 'recall', 'remove')
  .chain((operation) =>
    fc.record({
      operation: fc.constant(operation),
      files: fc.array(RANDOM_FILE, { minLength: 2, maxLength: FILES_MAX }),
      crash: crashOf(operation),
      userWrites: fc.oneof(
        { weight: 2, arbitrary: fc.constant([]) },
        { weight: 1, arbitrary: fc.uniqueArray(USER_WRITE, { maxLength: 4, selector: ({ file }) => file }) },
      ),
      recoveries: fc.array(crashOf('recover'), { maxLength: RECOVERIES_MAX }),
      prefer: fc.constantFrom<Preference>('auto', 'complete', 'revert'),
    }),
  );

/** @throws never: every seed has its scenario */
export function scenarioOf(seed: number): Scenario {
  const [scenario] = fc.sample(SCENARIO, { seed, numRuns: 1 });
  if (!scenario) throw new Error('fast-check gave no sample');
  return scenario;
}
