// Measures migration and recovery: bandwidth of large files, rates of small ones, group commit. Needs root.
//
//   npm run bench:migrate [-- NAME...] [-- --files N --mib N --runs N --folder DIR --flush-ms N]
//
// NAME is one or more of: bandwidth, small, recovery (all if none is given). --folder says where the images lie: syncs
// cost what that disk takes for them; --flush-ms makes each flush of the drives take that long, as a disk with platters does.
import { execFileSync } from 'node:child_process';
import { randomFillSync } from 'node:crypto';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { median, runMeasured } from './measure.mjs';
import { dropCaches, leaveInterrupted, makeFiles, openWorld } from './migrate-world.mjs';

const SMALL_BYTES = 4096;
/** A sync for each file takes long: so many files give its rate. */
const ONE_BY_ONE_FILES = 2000;
const MIB = 1024 ** 2;
const USAGE_STATUS = 16;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    files: { type: 'string', default: '100000' },
    mib: { type: 'string', default: '1024' },
    runs: { type: 'string', default: '3' },
    folder: { type: 'string', default: os.tmpdir() },
    'flush-ms': { type: 'string', default: '0' },
  },
});
const fileCount = Number(values.files);
const mib = Number(values.mib);
const runs = Number(values.runs);
const flushMs = Number(values['flush-ms']);

const progress = (text) => process.stderr.write(`${text}\n`);
const round = (number, digits = 2) => Number(number.toFixed(digits));

async function withWorld(sizeBytes, use) {
  const world = await openWorld({ sizeBytes, parent: values.folder, flushMs });
  try {
    return await use(world);
  } finally {
    world.close();
  }
}

/** Seconds that a shell command takes. */
function timeShell(script) {
  const began = performance.now();
  execFileSync('bash', ['-euc', script], { stdio: ['ignore', 'ignore', 'inherit'] });
  return (performance.now() - began) / 1000;
}

function makeLargeFile(file) {
  const fd = fs.openSync(file, 'w');
  const chunk = Buffer.alloc(MIB);
  for (let done = 0; done < mib; done++) fs.writeSync(fd, randomFillSync(chunk));
  fs.fsyncSync(fd);
  fs.closeSync(fd);
}

/** `hsmck archive` (and recall) of one large file against cp, sync and sha256sum of the same bytes. */
async function bandwidth() {
  return withWorld((mib * 6 + 2048) * MIB, async (world) => {
    const file = path.join(world.mountPoint, 'large');
    const copy = path.join(world.archiveMountPoint, 'copy');
    makeLargeFile(file);
    const seconds = { archive: [], 'cp, sync, sha256sum': [], recall: [], 'cp back, sync, sha256sum': [] };
    for (let turn = 0; turn < runs; turn++) {
      progress(`bandwidth, run ${turn + 1} of ${runs}`);
      dropCaches();
      seconds.archive.push((await world.hsmck(['archive', file])).seconds);
      dropCaches();
      seconds['cp, sync, sha256sum'].push(
        timeShell(`cp --sparse=auto ${file} ${copy}; sync --file-system ${copy}; sha256sum ${copy}`),
      );
      await world.hsmck(['release', file]);
      dropCaches();
      seconds.recall.push((await world.hsmck(['recall', file])).seconds);
      dropCaches();
      seconds['cp back, sync, sha256sum'].push(
        timeShell(`cp --sparse=auto ${copy} ${file}.back; sync --file-system ${file}.back; sha256sum ${file}.back`),
      );
      fs.rmSync(copy);
      fs.rmSync(`${file}.back`);
      await world.hsmck(['remove', file]);
      await world.hsmck(['purge', '--older-than', '0d']);
    }
    const row = (ours, theirs) => {
      const [mine, others] = [median(seconds[ours]), median(seconds[theirs])];
      return {
        bench: ours,
        mib,
        mibPerSecond: round(mib / mine, 0),
        against: theirs,
        oursToTheirs: round(others / mine),
      };
    };
    return [row('archive', 'cp, sync, sha256sum'), row('recall', 'cp back, sync, sha256sum')];
  });
}

/** Files a second of each operation over many small files. */
async function small() {
  return withWorld(fileCount * 16_384 + 2048 * MIB, async (world) => {
    progress(`making ${fileCount} files`);
    const top = path.join(world.mountPoint, 'files');
    makeFiles(top, fileCount, SMALL_BYTES);
    const rows = [];
    for (const operation of ['archive', 'release', 'recall', 'remove']) {
      progress(operation);
      const { summary, seconds, peakKib } = await world.hsmck([operation, '-r', top]);
      if (summary.exit_code !== 0) throw new Error(`${operation} ended with status ${summary.exit_code}`);
      rows.push({
        bench: operation,
        files: fileCount,
        filesPerSecond: Math.round(fileCount / seconds),
        peakMib: round(peakKib / 1024, 1),
      });
    }
    return rows;
  });
}

async function recoverIn(world, batch, expected) {
  const script = path.join(import.meta.dirname, 'recover-in-batches.mjs');
  const { stdout, peakKib } = await runMeasured(process.execPath, [
    script,
    world.catalogPath,
    world.mountPoint,
    String(batch),
  ]);
  const { done, left, seconds } = JSON.parse(stdout);
  if (done !== expected) throw new Error(`${done} of ${expected} files recovered, ${left} left`);
  return {
    files: done,
    batch,
    filesPerSecond: Math.round(done / seconds),
    seconds: round(seconds, 1),
    peakMib: round(peakKib / 1024, 1),
  };
}

/** Interrupted releases settled, sharing syncs, and with a sync for each file at each step. */
async function recovery() {
  return withWorld(fileCount * 16_384 + 2048 * MIB, async (world) => {
    progress(`making and archiving ${fileCount} files`);
    const files = makeFiles(path.join(world.mountPoint, 'files'), fileCount, SMALL_BYTES);
    await world.hsmck(['archive', '-r', path.join(world.mountPoint, 'files')]);
    const few = files.slice(0, Math.min(ONE_BY_ONE_FILES, Math.floor(fileCount / 3)));
    const tenth = files.slice(few.length, few.length + Math.floor(fileCount / 10));
    const rest = files.slice(few.length + tenth.length);
    const rows = [];
    for (const { batch, some } of [
      { batch: 1, some: few },
      { batch: 64, some: tenth },
      { batch: 64, some: rest },
    ]) {
      progress(`recovering ${some.length} files, ${batch} at a time`);
      leaveInterrupted(world, some);
      rows.push({ bench: 'recovery', ...(await recoverIn(world, batch, some.length)) });
    }
    return rows.map((row) => ({ ...row, toOneByOne: round(row.filesPerSecond / rows[0].filesPerSecond, 1) }));
  });
}

const BENCHES = { bandwidth, small, recovery };

async function main() {
  const names = positionals.length > 0 ? positionals : Object.keys(BENCHES);
  if (names.some((name) => !(name in BENCHES)) || !(fileCount > 0 && mib > 0 && runs > 0 && flushMs >= 0)) {
    progress(
      `usage: npm run bench:migrate [-- ${Object.keys(BENCHES).join('|')}] [-- --files N --mib N --runs N --folder DIR --flush-ms N]`,
    );
    return USAGE_STATUS;
  }
  if (process.getuid?.() !== 0) throw new Error('the benchmark mounts filesystems: run it as root');
  for (const name of names) {
    const rows = await BENCHES[name]();
    process.stdout.write(`\n${name}\n`);
    console.table(rows);
  }
  return 0;
}

try {
  process.exitCode = await main();
} catch (error) {
  progress(`bench: ${error.message}`);
  process.exitCode = 8;
}
