// How fast an audit compares inodes with the catalog, beside the bare scan of the same device and bulkstat in C, in turn in
// one run. Every file is managed and recorded, nothing is wrong. Needs root and gcc.
//
//   npm run bench:audit [-- --inodes N --runs N --threads N --keep]
//
// Before each run the inodes are dropped from memory and the image is read into the page cache. Results go to
// bench/results/ too.
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import Database from 'better-sqlite3';
import { openAuditWorld } from './audit-world.mjs';
import { compile } from './image.mjs';
import { median, scanReference } from './measure.mjs';

const { values } = parseArgs({
  options: {
    inodes: { type: 'string', default: '2000000' },
    runs: { type: 'string', default: '5' },
    threads: { type: 'string', default: String(os.availableParallelism()) },
    keep: { type: 'boolean', default: false },
  },
});
const inodes = Number(values.inodes);
const runs = Number(values.runs);
const threads = Number(values.threads);

/** Every tenth row is taken out and put in again, and every tenth other gets a longer path: new content on old pages. */
function changeRows(catalogPath) {
  const db = new Database(catalogPath);
  db.pragma('synchronous = OFF');
  db.pragma('foreign_keys = OFF');
  const change = db.transaction(() => {
    db.exec(`CREATE TEMP TABLE taken AS SELECT * FROM file WHERE abs(random()) % 20 = 0;
      DELETE FROM file WHERE (fs, ino, gen) IN (SELECT fs, ino, gen FROM taken);
      INSERT INTO file SELECT * FROM taken;
      UPDATE file SET path_hint = CAST(path_hint || '-moved' AS BLOB), change_seq = change_seq + 1 WHERE abs(random()) % 20 = 0;`);
  });
  change();
  db.close();
}

/** `hsmck scan` or `hsmck audit`; fails if it was not complete or found anything. */
async function runOurs(world, command) {
  world.makeCold();
  const args = [command, world.mountPoint, '--source', 'xfs-device', '--threads', String(threads)];
  if (command === 'scan') args.push('--count');
  const summary = await world.hsmck(args);
  const isClean = summary.complete && summary.managed === inodes && Object.keys(summary.findings ?? {}).length === 0;
  if (!isClean) throw new Error(`${command}: ${JSON.stringify(summary)}`);
  return { seconds: summary.seconds, totalSeconds: summary.total_seconds, peakKib: summary.peakKib };
}

async function measure(world, programs) {
  const bulkstat = async () => {
    world.makeCold();
    const { mountPoint } = world;
    const result = await scanReference({ mountPoint, threads, attributes: false, inumbers: false, programs });
    return { seconds: result.seconds, totalSeconds: result.seconds, peakKib: result.peakKib };
  };
  const contenders = {
    'scan, bare': () => runOurs(world, 'scan'),
    audit: () => runOurs(world, 'audit'),
    'audit, a tenth of the rows changed': () => {
      changeRows(world.catalogPath);
      return runOurs(world, 'audit');
    },
    'C bulkstat': bulkstat,
  };
  const names = Object.keys(contenders);
  const results = Object.fromEntries(names.map((name) => [name, []]));
  for (let round = 0; round < runs; round++) {
    for (let turn = 0; turn < names.length; turn++) {
      const name = names[(round + turn) % names.length];
      results[name].push(await contenders[name]());
    }
  }
  return results;
}

function tabulate(results) {
  const rates = Object.fromEntries(
    Object.entries(results).map(([name, list]) => [name, inodes / median(list.map(({ seconds }) => seconds))]),
  );
  return Object.entries(results).map(([name, list]) => ({
    name,
    'inodes/s': Math.round(rates[name]),
    'of the bare scan': Number((rates[name] / rates['scan, bare']).toFixed(2)),
    'of C bulkstat': Number((rates[name] / rates['C bulkstat']).toFixed(1)),
    'seconds in all': Number(median(list.map(({ totalSeconds }) => totalSeconds)).toFixed(2)),
    'peak MiB': Number((Math.max(...list.map(({ peakKib }) => peakKib)) / 1024).toFixed(0)),
  }));
}

const programs = fs.mkdtempSync(path.join(os.tmpdir(), 'hsmck-bench-programs-'));
try {
  if (process.getuid?.() !== 0) throw new Error('the benchmark mounts filesystems: run it as root');
  for (const name of ['bulkstat-reference', 'make-inodes']) compile(name, programs);
  const world = await openAuditWorld({ inodes, threads, keep: values.keep, programs });
  try {
    const results = await measure(world, programs);
    const table = tabulate(results);
    console.table(table);
    const now = new Date().toISOString();
    const file = path.join(import.meta.dirname, 'results', `audit-${now.replaceAll(':', '-').slice(0, 19)}.json`);
    fs.mkdirSync(path.dirname(file), { recursive: true });
    fs.writeFileSync(file, `${JSON.stringify({ date: now, inodes, threads, table, results }, null, 2)}\n`);
  } finally {
    world.close();
  }
} catch (error) {
  process.stderr.write(`bench: ${error.message}\n`);
  process.exitCode = 8;
} finally {
  fs.rmSync(programs, { recursive: true, force: true });
}
