// How long a check takes after a crash: some interrupted releases among many managed files, from the command to the complete
// list, by each source. Needs root and gcc.
//
//   npm run bench:check [-- --inodes N --runs N --threads N --keep]
//
// Before each run the filesystem is mounted anew; image and catalog are in the page cache. Results go to bench/results/ too.
import path from 'node:path';
import { openAuditWorld } from './audit-world.mjs';
import { openBenchmark, progress, report, round, runBenchmark } from './harness.mjs';
import { median } from './measure.mjs';
import { leaveInterrupted, makeFiles } from './migrate-world.mjs';

const SCRIPT = 'bench:check';
const INTERRUPTED_FILES = 1000;
const FILE_BYTES = 4096;
/** fsck(8) and operations.md: errors are left uncorrected. */
const LEFT_STATUS = 4;

const { inodes, runs, threads, keep } = openBenchmark({ script: SCRIPT, inodes: 2_000_000 });

async function check(world, source) {
  world.makeCold();
  const began = performance.now();
  const summary = await world.hsmck(['check', world.mountPoint, '--source', source], [LEFT_STATUS]);
  const seconds = (performance.now() - began) / 1000;
  if (!summary.complete || summary.interrupted !== INTERRUPTED_FILES) throw new Error(JSON.stringify(summary));
  return { seconds, scanSeconds: summary.seconds, peakKib: summary.peakKib };
}

async function measure(world) {
  const results = { 'xfs-device': [], 'xfs-bulkstat': [] };
  for (let turn = 0; turn < runs; turn++) {
    for (const [source, list] of Object.entries(results)) list.push(await check(world, source));
  }
  return Object.entries(results).map(([source, list]) => ({
    bench: 'check',
    source,
    interrupted: INTERRUPTED_FILES,
    'seconds in all': round(median(list.map(({ seconds }) => seconds))),
    'of the scan': round(median(list.map(({ scanSeconds }) => scanSeconds))),
    peakMib: round(Math.max(...list.map(({ peakKib }) => peakKib)) / 1024, 0),
    runsSeconds: list.map(({ seconds }) => round(seconds, 3)),
  }));
}

await runBenchmark(['make-inodes'], async (programs) => {
  const world = await openAuditWorld({ name: 'check', inodes, threads, keep, programs });
  try {
    progress(`interrupting ${INTERRUPTED_FILES} releases`);
    const top = path.join(world.mountPoint, 'interrupted');
    const files = makeFiles(top, INTERRUPTED_FILES, FILE_BYTES);
    await world.hsmck(['archive', '-r', top]);
    leaveInterrupted(world, files);
    const rows = await measure(world);
    report({ script: SCRIPT, legend: 'from the command to the complete list', rows, inodes, runs, threads });
  } finally {
    world.close();
  }
});
