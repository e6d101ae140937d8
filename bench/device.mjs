// Measures the scan of the device: against bulkstat from C, against C that reads and parses the same, against the device's own
// bandwidth, by threads and by size, and beside other programs. Needs root and gcc.
//
//   npm run bench:device [-- NAME...] [-- --inodes N --runs N --threads N --keep]
//
// NAME is one or more of: rates, crc, cold, scaling, others (all if none is given). Every inode carries an attribute.
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { compile, openImage } from './image.mjs';
import { median, scanDeviceReference, scanOurs, scanReference } from './measure.mjs';

const USAGE_STATUS = 16;
const BULKSTAT_THREADS = 2;

const { values, positionals } = parseArgs({
  allowPositionals: true,
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
const programs = fs.mkdtempSync(path.join(os.tmpdir(), 'hsmck-bench-programs-'));

const progress = (text) => process.stderr.write(`${text}\n`);
const round = (value, digits = 2) => Number(value.toFixed(digits));

const ours = (image, options) => () =>
  scanOurs({ mountPoint: image.mountPoint, threads, attributes: true, source: 'xfs-device', ...options });
const reference = (image, options) => () => scanDeviceReference({ image, threads, programs, ...options });
const bulkstat = (image) => () =>
  scanReference({
    mountPoint: image.mountPoint,
    threads: BULKSTAT_THREADS,
    attributes: false,
    inumbers: false,
    programs,
  });

/**
 * Runs each contender `runs` times in turn, the first one changing, each in the state that `prepare` makes. The first named one is
 * what the others' rates are compared with.
 */
async function compare(bench, state, prepare, contenders) {
  progress(`${bench}: ${state}`);
  const names = Object.keys(contenders);
  const results = Object.fromEntries(names.map((name) => [name, []]));
  for (let turn = 0; turn < runs * names.length; turn++) {
    const name = names[(Math.floor(turn / names.length) + turn) % names.length];
    prepare();
    results[name].push(await contenders[name]());
  }
  const seconds = (name) => median(results[name].map((result) => result.seconds));
  return names.map((name) => {
    const [first] = results[name];
    const took = seconds(name);
    const totals = results[name].map((result) => result.totalSeconds ?? result.seconds);
    return {
      bench,
      state,
      who: name,
      inodes: first.inodes,
      seconds: round(took, 3),
      totalSeconds: round(median(totals), 3),
      millionsPerSecond: round(first.inodes / took / 1e6),
      mibPerSecond: first.bytes === undefined ? '' : Math.round(first.bytes / took / 2 ** 20),
      firstToThis: round(took / seconds(names[0])),
      peakMib: round(median(results[name].map((result) => result.peakKib)) / 1024, 1),
      runsSeconds: results[name].map((result) => round(result.seconds, 3)),
    };
  });
}

/** Reads all of the image behind the device, so that it is in memory. */
function warm(image) {
  spawnSync('dd', [`if=${image.device}`, 'of=/dev/null', 'bs=1M', 'iflag=direct'], { stdio: 'ignore' });
}

const BENCHES = {
  async rates(image) {
    warm(image);
    const uncached = await compare('rates', 'image in memory, inodes uncached', () => image.remount(), {
      hsmck: ours(image),
      'hsmck, one thread': ours(image, { threads: 1 }),
      'C, reads and parses': reference(image),
      'C, one thread': reference(image, { threads: 1 }),
      'C, reads only': reference(image, { flags: ['--read-only'] }),
      'C bulkstat, 2 threads, no attributes': bulkstat(image),
    });
    // Bulkstat leaves no inode in memory that was not there: a walk does.
    spawnSync('find', [image.mountPoint, '-printf', '%s'], { stdio: 'ignore' });
    const cached = await compare('rates', 'all cached', () => undefined, {
      hsmck: ours(image),
      'C bulkstat, 2 threads, no attributes': bulkstat(image),
    });
    return [...uncached, ...cached];
  },
  async crc(image) {
    warm(image);
    const flags = ['--verify-crc'];
    return compare('crc', 'image in memory, inodes uncached', () => undefined, {
      'hsmck, one thread': ours(image, { threads: 1, verifyCrc: true }),
      'C, one thread': reference(image, { threads: 1, flags }),
      hsmck: ours(image, { verifyCrc: true }),
      'C, reads and parses': reference(image, { flags }),
    });
  },
  async cold(image) {
    return compare('cold', 'device cold', () => image.makeCold(), {
      hsmck: ours(image),
      'C, reads only': reference(image, { flags: ['--read-only'] }),
    });
  },
  async scaling(image) {
    warm(image);
    const counts = Object.fromEntries([1, 2, 4].map((count) => [`${count} threads`, ours(image, { threads: count })]));
    return compare('scaling', 'image in memory, inodes uncached', () => undefined, counts);
  },
  async others(image) {
    warm(image);
    const program = (command, args) => async () => {
      const began = performance.now();
      const { status, error } = spawnSync(command, args, { stdio: 'ignore' });
      if (error !== undefined) return { inodes: NaN, seconds: NaN, peakKib: NaN };
      if (status !== 0) throw new Error(`${command} ended with status ${status}`);
      return { inodes, seconds: (performance.now() - began) / 1000, peakKib: NaN };
    };
    const { mountPoint } = image;
    const attribute = ['-R', '-h', '-d', '-m', '^trusted\\.hsmck$', '-e', 'hex', mountPoint];
    const wholeCommand = async () => {
      const result = await ours(image)();
      return { ...result, seconds: result.totalSeconds };
    };
    return compare('others', 'image in memory, inodes uncached', () => image.remount(), {
      'hsmck, whole command': wholeCommand,
      'find -printf': program('find', [mountPoint, '-printf', '%i %m %s %T@\\n']),
      'getfattr -R': program('getfattr', attribute),
      'xfs_io bulkstat': program('xfs_io', ['-c', 'bulkstat', mountPoint]),
      bfs: program('bfs', [mountPoint, '-printf', '%i %m %s %T@\\n']),
    });
  },
};

function report(rows) {
  const machine = {
    kernel: os.release(),
    node: process.version,
    cpu: os.cpus()[0]?.model,
    cores: os.cpus().length,
    threads,
    load: os.loadavg().map((load) => round(load, 1)),
  };
  process.stdout.write(
    `${JSON.stringify(machine)}\nmedian of ${runs}; firstToThis: the first one is so many times as fast\n`,
  );
  console.table(
    rows,
    Object.keys(rows[0]).filter((column) => column !== 'runsSeconds'),
  );
  const now = new Date().toISOString();
  const file = path.join(import.meta.dirname, 'results', `device-${now.replaceAll(':', '-').slice(0, 19)}.json`);
  fs.mkdirSync(path.dirname(file), { recursive: true });
  fs.writeFileSync(file, `${JSON.stringify({ date: now, machine, inodes, runs, rows }, null, 2)}\n`);
  process.stdout.write(`written to ${path.relative(process.cwd(), file)}\n`);
}

async function main() {
  const names = positionals.length > 0 ? positionals : Object.keys(BENCHES);
  if (names.some((name) => !(name in BENCHES)) || !(inodes > 0 && runs > 0 && threads > 0)) {
    progress(
      `usage: npm run bench:device [-- ${Object.keys(BENCHES).join('|')}] [-- --inodes N --runs N --threads N --keep]`,
    );
    return USAGE_STATUS;
  }
  if (process.getuid?.() !== 0) throw new Error('the benchmark mounts filesystems: run it as root');
  for (const name of ['bulkstat-reference', 'make-inodes', 'device-reference']) compile(name, programs);
  const image = openImage({ inodes, percent: 100, threads, keep: values.keep, programs });
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
