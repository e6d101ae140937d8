/** Tests that may kill a mutant: a file or folder of them, all of it or what has a text in its name. */
export interface TestKiller {
  readonly tests: string;
  /** Only tests whose full name contains this. */
  readonly named?: string;
  /** Longer forms of the tests are asked for by environment. */
  readonly env?: Readonly<Record<string, string>>;
}

/** Seeds of the model from the first up to this one, until one fails. */
export interface SeedsKiller {
  readonly seeds: number;
}

/** A sweep of the model (test/model/sweep.ts): the same thing happens at every call of an operation in turn. */
export interface SweepKiller {
  readonly sweep: string;
}

/** One schedule of the model that broke a promise once (test/model/schedules). */
export interface ScheduleKiller {
  readonly schedule: string;
}

export type ModelKiller = SeedsKiller | SweepKiller | ScheduleKiller;

export type Killer = string | TestKiller | ModelKiller;

/** A rule of the protocol, switched off in the source text, and what has to notice. */
export interface Mutant {
  /** What the mutant does wrong, in kebab-case. */
  readonly name: string;
  /** The rule that it breaks, in one sentence: why this line is in the program. */
  readonly rule: string;
  /** Relative to the project's folder. */
  readonly file: string;
  /** Each text occurs exactly once in the file, and is replaced. */
  readonly edits: readonly (readonly [find: string, replace: string])[];
  /** Tried in this order, until one sees wrong bytes, a wrong state, or a promise broken: the cheapest first. */
  readonly killers: readonly Killer[];
  /** Why no test can tell this mutant from the program: what the rule is a second line of defence against. */
  readonly equivalent?: string;
}

/** A killer in one line. */
export function describeKiller(killer: Killer): string {
  if (typeof killer === 'string') return killer;
  if ('seeds' in killer) return 'test/model, seeds';
  if ('schedule' in killer) return `test/model, ${killer.schedule}`;
  if ('sweep' in killer) return `test/model, sweep ${killer.sweep}`;
  return killer.named === undefined ? killer.tests : `${killer.tests} > ${killer.named}`;
}

/**
 * The mutated text of a file.
 * @throws Error when an edit does not fit any more: then the rule moved, and the mutant has to follow it
 */
export function mutate(mutant: Mutant, source: string): string {
  let text = source;
  for (const [find, replace] of mutant.edits) {
    const parts = text.split(find);
    if (parts.length !== 2) {
      throw new Error(
        `${mutant.name}: ${mutant.file} has ${parts.length - 1} places like ${JSON.stringify(find)}, not one`,
      );
    }
    text = parts.join(replace);
  }
  return text;
}
