/**
 * `npm run crashlab`: the crash matrix in full, or random points of a far larger one. README.md in this folder says
 * more.
 */
import { parseArgs } from 'node:util';
import { PARTS, random, type Part } from './full-matrix.js';
import { LabRun } from './lab-run.js';
import { memoryFolder } from '../support/memory-folder.js';
import { scenarioOf } from './random-scenario.js';

const USAGE = `npm run crashlab [-- OPTIONS]
  without options    the whole matrix: forward, nested, tree
  --part PART        one of them
  --share I/N        the I-th of N equal shares of it, for several processes at once
  --minutes M        stop after so many minutes; without --part at random points
  --cycles N         so many random cycles
  --seed S           where random cycles begin; each has the seed after that of the one before
  --verbose          a line for each cycle; random scenarios in full
Exit status: 0 if nothing was lost, 1 if something was, 2 for wrong usage, 130 if cancelled.`;

const OPTIONS = {
  part: { type: 'string' },
  share: { type: 'string', default: '1/1' },
  minutes: { type: 'string' },
  cycles: { type: 'string' },
  seed: { type: 'string' },
  verbose: { type: 'boolean', default: false },
  help: { type: 'boolean', default: false },
} as const;

const EXIT = { OK: 0, LOSS: 1, USAGE: 2, CANCELLED: 130 } as const;
const SEED_MAX = 2 ** 31;

class UsageError extends Error {}

const say = (line: string): void => void process.stdout.write(`${line}\n`);

function numberOf(name: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const value = Number(text);
  if (!(value >= 0)) throw new UsageError(`--${name} ${text} is not a number`);
  return value;
}

function partOf(text: string | undefined): Part | undefined {
  if (text === undefined || Object.hasOwn(PARTS, text)) return text as Part | undefined;
  throw new UsageError(`--part ${text}: there are ${Object.keys(PARTS).join(', ')}`);
}

function shareOf(text: string): { readonly index: number; readonly count: number } {
  const [, index, count] = /^([1-9]\d*)\/([1-9]\d*)$/.exec(text) ?? [];
  if (!index || !count || Number(index) > Number(count)) throw new UsageError(`--share ${text} is not of the form I/N`);
  return { index: Number(index) - 1, count: Number(count) };
}

/** A first signal lets the cycle that is being run come to its end; a second one does not. */
function listenForCancel(run: LabRun): () => boolean {
  let isCancelled = false;
  const onSignal = (): void => {
    if (isCancelled) process.exit(EXIT.CANCELLED);
    isCancelled = true;
    run.cancel();
    say('cancelled: ending this cycle and taking everything away');
  };
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(name, onSignal);
  return () => isCancelled;
}

async function laboratory(args: readonly string[]): Promise<number> {
  const { values } = parseArgs({ args: [...args], options: OPTIONS });
  if (values.help) {
    say(USAGE);
    return EXIT.OK;
  }
  const part = partOf(values.part);
  const minutes = numberOf('minutes', values.minutes);
  const cycles = numberOf('cycles', values.cycles);
  const seed = numberOf('seed', values.seed) ?? Math.floor(Math.random() * SEED_MAX);
  const isRandom = part === undefined && (minutes ?? cycles ?? values.seed) !== undefined;
  const run = new LabRun({
    parentFolder: memoryFolder,
    minutes,
    share: shareOf(values.share),
    isVerbose: values.verbose,
    say,
  });
  const isCancelled = listenForCancel(run);
  try {
    if (isRandom) {
      say(`random cycles from --seed ${seed}`);
      if (values.verbose && cycles === 1) say(JSON.stringify(scenarioOf(seed), null, 1));
      await random(run, seed, cycles ?? Number.MAX_SAFE_INTEGER);
    } else for (const name of part ? [part] : (Object.keys(PARTS) as Part[])) await PARTS[name](run);
  } finally {
    run.close();
  }
  say(`crashlab: ${run.figures.toString()}`);
  if (run.figures.losses > 0) return EXIT.LOSS;
  return isCancelled() ? EXIT.CANCELLED : EXIT.OK;
}

/** Called by scripts/run-typescript.mjs. @returns the exit status */
export async function main(args: readonly string[]): Promise<number> {
  try {
    return await laboratory(args);
  } catch (error) {
    const isUsage = error instanceof UsageError || (error instanceof TypeError && 'code' in error);
    if (!isUsage) throw error;
    process.stderr.write(`crashlab: ${error.message}\n${USAGE}\n`);
    return EXIT.USAGE;
  }
}
