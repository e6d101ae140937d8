// Measures hsmck against C programs of our own on the same filesystem, in one run, alternating. Needs root and gcc.
//
//   npm run bench [-- NAME...] [-- --inodes N --runs N --threads N --keep]
//
// NAME is one or more of: count, attributes, memory (all if none is given). A benchmark is no test: it asserts only that
// both sides saw the same inodes. Results go to bench/results/ too.
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { compile, openImage } from './image.mjs';
import { median, scanOurs, scanReference } from './measure.mjs';

const ATTRIBUTE_PERCENT = 20;
const SMALL_INODES = 100_000;
const USAGE_STATUS = 16;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    inodes: { type: 'string', default: '1000000' },
    runs: { type: 'string', default: '5' },
    threads: { type: 'string', default: String(os.availableParallelism()) },
    keep: { type: 'boolean', default: false },
  },
});
const inodes = Number(values.inodes);
const runs = Number(values.runs);
const threads = Number(values.threads);
const programs = fs.mkdtempSync(path.join(os.tmpdir(), 'hsmck-bench-programs-'));

const progress = (text) => process.stderr.write(`${text}\n`);

/** Runs each contender `runs` times in turn, the first one changing, and returns the results by name. */
async function alternate({ image, cold, contenders }) {
  const results = Object.fromEntries(Object.keys(contenders).map((name) => [name, []]));
  const names = Object.keys(contenders);
  // The first scan after a mount fills the kernel's inode cache; it counts for neither state.
  if (!cold) await contenders[names[0]]();
  for (let round = 0; round < runs; round++) {
    for (let turn = 0; turn < names.length; turn++) {
      const name = names[(round + turn) % names.length];
      if (cold) image.makeCold();
      results[name].push(await contenders[name]());
    }
  }
  return results;
}

function assertSameWork(results, attributes) {
  const seen = Object.values(results).flat();
  const kinds = new Set(seen.map((result) => `${result.inodes} inodes, ${attributes ? result.managed : '-'} managed`));
  if (kinds.size !== 1) throw new Error(`not the same work: ${[...kinds].join(' / ')}`);
}

/** Our rate against that of the same calls from C, and against bulkstat alone. */
async function compareRates(image, attributes) {
  const common = { mountPoint: image.mountPoint, threads, attributes, programs };
  const contenders = {
    hsmck: () => scanOurs(common),
    'C, same calls': () => scanReference({ ...common, inumbers: true }),
    'C, without inumbers': () => scanReference({ ...common, inumbers: false }),
  };
  const rows = [];
  for (const cold of [false, true]) {
    progress(`${attributes ? 'attributes' : 'count'}, ${cold ? 'uncached' : 'cached'}`);
    const results = await alternate({ image, cold, contenders });
    assertSameWork(results, attributes);
    const oursSeconds = median(results.hsmck.map((result) => result.seconds));
    for (const [who, list] of Object.entries(results)) {
      const seconds = median(list.map((result) => result.seconds));
      rows.push({
        bench: attributes ? 'attributes' : 'count',
        state: cold ? 'uncached' : 'cached',
        who,
        seconds: Number(seconds.toFixed(3)),
        inodesPerSecond: Math.round(list[0].inodes / seconds),
        oursToTheirs: who === 'hsmck' ? 1 : Number((seconds / oursSeconds).toFixed(2)),
        runsSeconds: list.map((result) => Number(result.seconds.toFixed(3))),
      });
    }
  }
  return rows;
}

/** Peak memory at two sizes: it has to be flat. */
async function compareMemory(largeImage) {
  const measure = async (image, count) => {
    const results = [];
    for (let round = 0; round < runs; round++) {
      results.push(await scanOurs({ mountPoint: image.mountPoint, threads, attributes: true }));
    }
    const peakMib = Number((median(results.map((result) => result.peakKib)) / 1024).toFixed(1));
    return { bench: 'memory', inodes: count, peakMib };
  };
  progress('memory');
  const small = openImage({ inodes: SMALL_INODES, percent: ATTRIBUTE_PERCENT, threads, keep: values.keep, programs });
  try {
    const rows = [await measure(small, SMALL_INODES), await measure(largeImage, inodes)];
    return rows.map((row) => ({ ...row, growth: Number((row.peakMib / rows[0].peakMib).toFixed(2)) }));
  } finally {
    small.close();
  }
}

const BENCHES = {
  count: (image) => compareRates(image, false),
  attributes: (image) => compareRates(image, true),
  memory: compareMemory,
};

function machineFacts() {
  const cpus = os.cpus();
  const memoryMib = Math.round(os.totalmem() / 1024 ** 2);
  return { kernel: os.release(), node: process.version, cpu: cpus[0]?.model, cores: cpus.length, threads, memoryMib };
}

function report(rows) {
  const machine = machineFacts();
  process.stdout.write(
    `${JSON.stringify(machine)}\nmedian of ${runs}; ours/theirs above 1 means hsmck is the faster one\n`,
  );
  for (const name of Object.keys(BENCHES)) {
    const table = rows.filter((row) => row.bench === name);
    if (table.length === 0) continue;
    process.stdout.write(`\n${name}\n`);
    console.table(
      table,
      Object.keys(table[0]).filter((column) => column !== 'bench' && column !== 'runsSeconds'),
    );
  }
  const now = new Date().toISOString();
  const file = path.join(import.meta.dirname, 'results', `${now.replaceAll(':', '-').slice(0, 19)}.json`);
  fs.mkdirSync(path.dirname(file), { recursive: true });
  fs.writeFileSync(file, `${JSON.stringify({ date: now, machine, inodes, runs, rows }, null, 2)}\n`);
  process.stdout.write(`\nwritten to ${path.relative(process.cwd(), file)}\n`);
}

async function main() {
  const names = positionals.length > 0 ? positionals : Object.keys(BENCHES);
  const unknown = names.filter((name) => !(name in BENCHES));
  if (unknown.length > 0 || !(inodes > 0 && runs > 0 && threads > 0)) {
    progress(`usage: npm run bench [-- ${Object.keys(BENCHES).join('|')}] [-- --inodes N --runs N --threads N --keep]`);
    return USAGE_STATUS;
  }
  if (process.getuid?.() !== 0) throw new Error('the benchmark mounts filesystems: run it as root');
  for (const name of ['bulkstat-reference', 'make-inodes']) compile(name, programs);
  const image = openImage({ inodes, percent: ATTRIBUTE_PERCENT, threads, keep: values.keep, programs });
  try {
    const rows = [];
    for (const name of names) rows.push(...(await BENCHES[name](image)));
    report(rows);
  } finally {
    image.close();
  }
  return 0;
}

try {
  process.exitCode = await main();
} catch (error) {
  progress(`bench: ${error.message}`);
  process.exitCode = 8;
} finally {
  fs.rmSync(programs, { recursive: true, force: true });
}
