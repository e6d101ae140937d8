// Runs seeds of the model in several processes (docs/reliability.md, "The model").
//
//   npm run model -- [--seeds N] [--from N] [--seconds N] [--processes N]
//   npm run model -- --seed N [--verbose] [--cut]
//   npm run model -- --schedule FILE [--verbose]
//   npm run model -- --sweep NAME [--seed N] [--verbose]
//
// --seed runs one; --verbose prints its schedule as it goes, --cut the smallest part of it that fails still. --first ends
// with the first failure. HSMCK_MODEL_CANARY=NAME breaks a rule of the product on purpose (test/model/canaries.mjs).
// The exit status is 1 if a seed failed.
import { fork } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';

const FAILURES_SHOWN = 20;

const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: '10000' },
    from: { type: 'string', default: '1' },
    seconds: { type: 'string', default: 'Infinity' },
    processes: { type: 'string', default: String(os.availableParallelism()) },
    seed: { type: 'string' },
    schedule: { type: 'string' },
    sweep: { type: 'string' },
    verbose: { type: 'boolean', default: false },
    cut: { type: 'boolean', default: false },
    first: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
  },
});

const schedule = values.schedule === undefined ? undefined : JSON.parse(fs.readFileSync(values.schedule, 'utf8'));
const one = values.seed !== undefined || schedule !== undefined;
const from = Number(values.seed ?? (one || values.sweep !== undefined ? 0 : values.from));
const to = one ? from + 1 : from + Number(values.seeds);
const processes = one ? 1 : Number(values.processes);
const { verbose, cut, first, sweep } = values;

/** Runs every `processes`-th seed; what it reported last, and whether it came to its end. */
function runProcess(index) {
  return new Promise((resolve) => {
    const hooks = path.join(import.meta.dirname, 'register-hooks.mjs');
    const execArgv = ['--enable-source-maps', '--import', hooks];
    const child = fork(path.join(import.meta.dirname, 'run-seeds.ts'), [], { execArgv });
    let last = { seeds: 0, cpuSeconds: 0, failures: [], counts: {} };
    child.on('message', (report) => {
      last = report;
    });
    child.on('close', (status, signal) => resolve({ ...last, ended: status === 0, how: signal ?? `status ${status}` }));
    // Infinity is no JSON.
    const seconds = Math.min(Number(values.seconds), 1e9);
    child.send({ from: from + index, step: processes, to, seconds, verbose, cut, first, schedule, sweep });
  });
}

const startedMs = performance.now();
const reports = await Promise.all(Array.from({ length: processes }, (_, index) => runProcess(index)));
const seconds = (performance.now() - startedMs) / 1000;
const seeds = reports.reduce((sum, report) => sum + report.seeds, 0);
const cpuSeconds = reports.reduce((sum, report) => sum + report.cpuSeconds, 0);
const failures = reports.flatMap((report) => report.failures).sort((a, b) => a.seed - b.seed);
const ended = reports.every((report) => report.ended);
const deaths = reports.flatMap((report) => (report.ended ? [] : [report.how]));
const counts = {};
for (const report of reports)
  for (const [key, count] of Object.entries(report.counts)) counts[key] = (counts[key] ?? 0) + count;

const write = (line) => process.stdout.write(`${line}\n`);
if (values.json) write(JSON.stringify({ seeds, seconds, cpuSeconds, failures, counts, ended }));
else {
  const tally = Object.entries(counts).sort(([a], [b]) => (a < b ? -1 : 1));
  write(tally.map(([key, count]) => `${key} ${count}`).join(', '));
  for (const { seed, why } of failures.slice(0, FAILURES_SHOWN)) write(`seed ${seed}: ${why}`);
  const rate = Math.round(seeds / seconds);
  write(
    `${seeds} seeds in ${seconds.toFixed(1)} s (${rate}/s; ${Math.round(seeds / cpuSeconds)} a second of CPU time), ${failures.length} failed${ended ? '' : `; a process died: ${deaths.join(', ')}`}`,
  );
}
process.exitCode = failures.length > 0 || !ended ? 1 : 0;
