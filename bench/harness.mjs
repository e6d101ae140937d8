// What the benchmarks share: their command line, the C programs, the report, and an end that leaves nothing behind.
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { compile } from './image.mjs';

const USAGE_STATUS = 16;
const FAILED_STATUS = 8;

export const progress = (text) => process.stderr.write(`${text}\n`);

/** To so many digits behind the point; what is no number stays out of the table. */
export const round = (value, digits = 2) => (Number.isFinite(value) ? Number(value.toFixed(digits)) : '');

function readCommandLine({ usage, benches, inodes }) {
  const { values, positionals } = parseArgs({
    allowPositionals: benches.length > 0,
    options: {
      inodes: { type: 'string', default: String(inodes) },
      runs: { type: 'string', default: '5' },
      threads: { type: 'string', default: String(os.availableParallelism()) },
      keep: { type: 'boolean', default: false },
    },
  });
  const numbers = Object.fromEntries(['inodes', 'runs', 'threads'].map((name) => [name, Number(values[name])]));
  if (!Object.values(numbers).every((number) => Number.isSafeInteger(number) && number > 0)) throw new Error(usage);
  if (positionals.some((name) => !benches.includes(name))) throw new Error(usage);
  return { ...numbers, keep: values.keep, names: positionals.length > 0 ? positionals : benches };
}

/**
 * Reads the command line: `{ inodes, runs, threads, keep, names }`, where `names` are the benchmarks asked for, all of
 * `benches` if none is. Ends the process with status 16 if it is wrong.
 */
export function openBenchmark({ script, benches = [], inodes }) {
  const names = benches.length > 0 ? ` [-- ${benches.join('|')}]` : '';
  const usage = `usage: npm run ${script}${names} [-- --inodes N --runs N --threads N --keep]`;
  try {
    return readCommandLine({ usage, benches, inodes });
  } catch (error) {
    progress(error.message === usage ? usage : `${error.message}\n${usage}`);
    return process.exit(USAGE_STATUS);
  }
}

/** Runs `main(programs)`, `programs` being a folder with the C programs of that name. The exit status is 8 if it fails. */
export async function runBenchmark(cPrograms, main) {
  const programs = fs.mkdtempSync(path.join(os.tmpdir(), 'hsmck-bench-programs-'));
  try {
    if (process.getuid?.() !== 0) throw new Error('the benchmark mounts filesystems: run it as root');
    for (const name of cPrograms) compile(name, programs);
    await main(programs);
  } catch (error) {
    progress(`bench: ${error.message}`);
    process.exitCode = FAILED_STATUS;
  } finally {
    fs.rmSync(programs, { recursive: true, force: true });
  }
}

const machineFacts = (threads) => ({
  kernel: os.release(),
  node: process.version,
  cpu: os.cpus()[0]?.model,
  cores: os.cpus().length,
  memoryMib: Math.round(os.totalmem() / 1024 ** 2),
  threads,
  load: os.loadavg().map((load) => round(load, 1)),
});

/** Prints the machine, `legend` and a table for each `bench` of the rows; all of it goes to bench/results/ as well. */
export function report({ script, legend, rows, inodes, runs, threads }) {
  const machine = machineFacts(threads);
  process.stdout.write(`${JSON.stringify(machine)}\n${inodes} inodes, median of ${runs}; ${legend}\n`);
  for (const bench of new Set(rows.map((row) => row.bench))) {
    const table = rows.filter((row) => row.bench === bench);
    process.stdout.write(`\n${bench}\n`);
    console.table(
      table,
      Object.keys(table[0]).filter((column) => column !== 'bench' && column !== 'runsSeconds'),
    );
  }
  const date = new Date().toISOString();
  const name = `${script.replace(':', '-')}-${date.replaceAll(':', '-').slice(0, 19)}.json`;
  const file = path.join(import.meta.dirname, 'results', name);
  fs.mkdirSync(path.dirname(file), { recursive: true });
  fs.writeFileSync(file, `${JSON.stringify({ date, machine, inodes, runs, rows }, null, 2)}\n`);
  process.stdout.write(`\nwritten to ${path.relative(process.cwd(), file)}\n`);
}
