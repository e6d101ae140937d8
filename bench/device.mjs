// Measures the scan of the device: against bulkstat from C, against C that reads and parses the same, against the device's own
// bandwidth, by threads and by size, and beside other programs. Needs root and gcc.
//
//   npm run bench:device [-- NAME...] [-- --inodes N --runs N --threads N --keep]
//
// NAME is one or more of: rates, crc, cold, scaling, others (all if none is given). Every inode carries an attribute.
import { spawnSync } from 'node:child_process';
import { openBenchmark, progress, report, round, runBenchmark } from './harness.mjs';
import { openImage } from './image.mjs';
import { median, scanDeviceReference, scanOurs, scanReference } from './measure.mjs';

const SCRIPT = 'bench:device';
const BULKSTAT_THREADS = 2;

const { inodes, runs, threads, keep, names } = openBenchmark({
  script: SCRIPT,
  benches: ['rates', 'crc', 'cold', 'scaling', 'others'],
  inodes: 2_000_000,
});

const ours = (image, options) => () =>
  scanOurs({ mountPoint: image.mountPoint, threads, attributes: true, source: 'xfs-device', ...options });
const reference = (image, options) => () =>
  scanDeviceReference({ image, threads, programs: image.programs, ...options });
const bulkstat = (image) => () =>
  scanReference({
    mountPoint: image.mountPoint,
    threads: BULKSTAT_THREADS,
    attributes: false,
    inumbers: false,
    programs: image.programs,
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
      if (error !== undefined)
        throw new Error(`${command}: ${error.message}. Install it, or name the other benchmarks`);
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

await runBenchmark(['bulkstat-reference', 'make-inodes', 'device-reference'], async (programs) => {
  const image = openImage({ inodes, percent: 100, threads, keep, programs });
  try {
    const rows = [];
    for (const name of names) rows.push(...(await BENCHES[name](image)));
    report({
      script: SCRIPT,
      legend: 'firstToThis: the first one is so many times as fast',
      rows,
      inodes,
      runs,
      threads,
    });
  } finally {
    image.close();
  }
});
