/** `npm run mutants`: lets the laboratories loose on every mutant. README.md in this folder says more. */
import fs from 'node:fs';
import os from 'node:os';
import { parseArgs } from 'node:util';
import { MUTANTS } from './all-mutants.js';
import { describeKiller, type Killer, type Mutant } from './mutant.js';
import { runMutant, type MutantResult } from './run-mutant.js';

const USAGE = `npm run mutants [-- OPTIONS]
  without options   all mutants, and before them all their killers on the program as it is
  --only TEXT       those whose names contain it; several, separated by commas
  --controls        only the killers, on the program as it is: none may find anything
  --no-controls     only the mutants
  --by KILLER       this instead of the mutants' own killers: a test file or folder, seeds:N or sweep:NAME of the model
  --named TEXT      of a test file only tests whose names contain it
  --processes N     so many mutants at once
  --report FILE     a line of JSON for each, appended
Exit status: 0 if all were killed, 1 if one survived or could not be judged, 2 for wrong usage.`;

const OPTIONS = {
  only: { type: 'string', default: '' },
  controls: { type: 'boolean', default: false },
  'no-controls': { type: 'boolean', default: false },
  by: { type: 'string' },
  named: { type: 'string' },
  processes: { type: 'string', default: String(os.availableParallelism()) },
  report: { type: 'string' },
  help: { type: 'boolean', default: false },
} as const;

const EXIT = { OK: 0, SURVIVED: 1, USAGE: 2 } as const;

const say = (line: string): void => void process.stdout.write(`${line}\n`);

/** Work that is taken by several at once, in order. */
async function inTurn<T>(items: readonly T[], processes: number, work: (item: T) => Promise<void>): Promise<void> {
  const queue = items.values();
  const worker = async (): Promise<void> => {
    for (const item of queue) await work(item);
  };
  await Promise.all(Array.from({ length: processes }, worker));
}

/** Every killer once: what finds something wrong with the program as it is kills nothing. */
function distinctKillers(mutants: readonly Mutant[]): Killer[] {
  const all = mutants.flatMap(({ killers }) => killers);
  return [...new Map(all.map((killer) => [JSON.stringify(killer), killer])).values()];
}

function killerOf(by: string, named: string | undefined): Killer {
  const [, kind, what = ''] = /^(seeds|sweep):(.*)$/.exec(by) ?? [];
  if (kind === 'seeds') return { seeds: Number(what) };
  if (kind === 'sweep') return { sweep: what };
  return named === undefined ? by : { tests: by, named };
}

interface Line extends MutantResult {
  readonly name: string;
  readonly good: boolean;
}

class Table {
  readonly lines: Line[] = [];

  constructor(private readonly report: string | undefined) {}

  add(line: Line): void {
    this.lines.push(line);
    const { name, fate, killer = '-', by, seconds, good } = line;
    say(`${good ? ' ' : '!'} ${fate.padEnd(8)} ${seconds.toFixed(1).padStart(6)} s  ${name}  ${killer}`);
    if (!good) say(`    ${by}`);
    if (this.report !== undefined) fs.appendFileSync(this.report, `${JSON.stringify(line)}\n`);
  }
}

type Values = ReturnType<typeof parse>;
const parse = (args: readonly string[]) => parseArgs({ args: [...args], options: OPTIONS }).values;

function wantedOf({ only }: Values): Mutant[] {
  const parts = only.split(',').filter((part) => part !== '');
  return MUTANTS.filter(({ name }) => parts.length === 0 || parts.some((part) => name.includes(part)));
}

/** A mutant that does not fit, or a killer that comes to no end, must not keep the others from being run. */
async function resultOf(mutant: Mutant | undefined, own: readonly Killer[] | undefined): Promise<MutantResult> {
  try {
    return await runMutant(mutant, own);
  } catch (error) {
    return {
      fate: 'broken',
      killer: undefined,
      by: error instanceof Error ? error.message : String(error),
      seconds: 0,
    };
  }
}

async function runAll(values: Values, mutants: readonly Mutant[]): Promise<Table> {
  const table = new Table(values.report);
  const processes = Math.max(1, Number(values.processes));
  const own = values.by === undefined ? undefined : [killerOf(values.by, values.named)];
  if (!values['no-controls']) {
    await inTurn(own ?? distinctKillers(mutants), processes, async (killer) => {
      const result = await resultOf(undefined, [killer]);
      table.add({ name: `control: ${describeKiller(killer)}`, ...result, good: result.fate === 'survived' });
    });
  }
  if (values.controls) return table;
  await inTurn(mutants, processes, async (mutant) => {
    const result = await resultOf(mutant, own);
    const expected = mutant.equivalent === undefined ? 'killed' : 'survived';
    table.add({ name: mutant.name, ...result, good: result.fate === expected });
  });
  return table;
}

/** @returns the exit status */
export async function main(args: readonly string[]): Promise<number> {
  let values: Values;
  try {
    values = parse(args);
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n${USAGE}\n`);
    return EXIT.USAGE;
  }
  if (values.help) {
    say(USAGE);
    return EXIT.OK;
  }
  const startedMs = performance.now();
  const mutants = wantedOf(values);
  const { lines } = await runAll(values, mutants);
  const bad = lines.filter(({ good }) => !good);
  const killed = lines.filter(({ fate }) => fate === 'killed').length;
  const minutes = (performance.now() - startedMs) / 60_000;
  say(`${killed} killed of ${mutants.length}; ${bad.length} not as they should be; ${minutes.toFixed(1)} minutes`);
  return bad.length === 0 ? EXIT.OK : EXIT.SURVIVED;
}
