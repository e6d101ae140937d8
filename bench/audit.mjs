// How fast an audit compares inodes with the catalog, beside the bare scan of the same device and bulkstat in C, in turn in
// one run. Every file is managed and recorded, nothing is wrong. Needs root and gcc.
//
//   npm run bench:audit [-- --inodes N --runs N --threads N --keep]
//
// Before each run the inodes are dropped from memory and the image is read into the page cache. Results go to
// bench/results/ too.
import Database from 'better-sqlite3';
import { openAuditWorld } from './audit-world.mjs';
import { openBenchmark, report, round, runBenchmark } from './harness.mjs';
import { median, scanReference } from './measure.mjs';

const SCRIPT = 'bench:audit';
const { inodes, runs, threads, keep } = openBenchmark({ script: SCRIPT, inodes: 2_000_000 });

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
    bench: 'audit',
    name,
    'inodes/s': Math.round(rates[name]),
    'of the bare scan': round(rates[name] / rates['scan, bare']),
    'of C bulkstat': round(rates[name] / rates['C bulkstat'], 1),
    'seconds in all': round(median(list.map(({ totalSeconds }) => totalSeconds))),
    'peak MiB': round(Math.max(...list.map(({ peakKib }) => peakKib)) / 1024, 0),
    runsSeconds: list.map(({ seconds }) => round(seconds, 3)),
  }));
}

await runBenchmark(['bulkstat-reference', 'make-inodes'], async (programs) => {
  const world = await openAuditWorld({ inodes, threads, keep, programs });
  try {
    const rows = tabulate(await measure(world, programs));
    report({ script: SCRIPT, legend: 'the rates are of the scan and the comparison', rows, inodes, runs, threads });
  } finally {
    world.close();
  }
});
