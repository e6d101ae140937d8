/** Runs a range of seeds and says what came of them; started by main.mjs. */
import { cutDown } from './cut-down.js';
import { Generator } from './generate.js';
import { runSchedule, type Tally } from './run-schedule.js';
import type { Schedule } from './schedule.js';
import { sweepOf } from './sweep.js';

export interface SeedsRequest {
  readonly from: number;
  /** Only every so many-th, so that several processes share a range. */
  readonly step: number;
  readonly to: number;
  /** No seed is begun later. */
  readonly seconds: number;
  /** Prints the schedule as it goes, and the stack of an error. */
  readonly verbose: boolean;
  /** Looks for the smallest part of a schedule that fails still. */
  readonly cut: boolean;
  /** Ends with the first failure. */
  readonly first: boolean;
  /** Run instead of the seeds' own. */
  readonly schedule?: Schedule;
  /** The schedules of this sweep (sweep.ts) are run instead of those of the seeds. */
  readonly sweep?: string;
}

export interface SeedsReport {
  readonly seeds: number;
  readonly cpuSeconds: number;
  readonly failures: readonly { readonly seed: number; readonly why: string }[];
  readonly counts: Readonly<Record<string, number>>;
}

const REPORT_EVERY = 500;
const quiet = (): void => undefined;

async function failureOf(schedule: Schedule, tally: Tally, say: (text: string) => void): Promise<Error | undefined> {
  try {
    await runSchedule(schedule, tally, say);
    return undefined;
  } catch (error) {
    if (error instanceof Error) return error;
    throw error;
  }
}

async function explain(schedule: Schedule, request: SeedsRequest): Promise<void> {
  const fails = async (one: Schedule): Promise<boolean> =>
    (await failureOf(one, { counts: new Map() }, quiet)) !== undefined;
  const shown = request.cut && (await fails(schedule)) ? await cutDown(schedule, fails) : schedule;
  const say = (text: string): void => void process.stdout.write(`${text}\n`);
  say(JSON.stringify(shown, undefined, 1).replace(/\n {4,}/g, ' '));
  const failure = await failureOf(shown, { counts: new Map() }, say);
  if (failure) say(failure.stack ?? failure.message);
}

/** Runs the seeds one after the other; `report` hears from time to time. */
export async function runSeeds(request: SeedsRequest, report: (report: SeedsReport) => void): Promise<void> {
  const tally: Tally = { counts: new Map() };
  const failures: { seed: number; why: string }[] = [];
  const startedMs = performance.now();
  let seeds = 0;
  const tell = (): void => {
    const { user, system } = process.cpuUsage();
    report({ seeds, cpuSeconds: (user + system) / 1e6, failures, counts: Object.fromEntries(tally.counts) });
  };
  // Errors that say "not there" are the daily bread of a store: their stacks cost more than all else.
  if (!request.verbose) Error.stackTraceLimit = 0;
  const sweep = request.sweep === undefined ? undefined : sweepOf(request.sweep);
  const to = Math.min(request.to, sweep?.length ?? Infinity);
  for (let seed = request.from; seed < to; seed += request.step) {
    if ((performance.now() - startedMs) / 1000 > request.seconds) break;
    const schedule = request.schedule ?? sweep?.[seed] ?? new Generator(seed).schedule();
    if (request.verbose || request.cut) await explain(schedule, request);
    const failure = await failureOf(schedule, tally, quiet);
    if (failure) failures.push({ seed, why: `${failure.name}: ${failure.message}` });
    seeds += 1;
    if (seeds % REPORT_EVERY === 0) tell();
    if (failure && request.first) break;
  }
  tell();
}

process.on('message', (request: SeedsRequest) => {
  void runSeeds(request, (report) => process.send?.(report)).then(
    () => process.disconnect(),
    (error: unknown) => {
      process.stderr.write(`${error instanceof Error ? String(error.stack) : String(error)}\n`);
      process.exit(1);
    },
  );
});
