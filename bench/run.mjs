// Measures hsmck against C programs of our own on the same filesystem, in one run, alternating. Needs root and gcc.
//
//   npm run bench [-- NAME...] [-- --inodes N --runs N --threads N --keep]
//
// NAME is one or more of: count, attributes, memory (all if none is given). A benchmark is no test: it asserts only that
// both sides saw the same inodes. Results go to bench/results/ too.
import { spawnSync } from 'node:child_process';
import { openBenchmark, progress, report, runBenchmark } from './harness.mjs';
import { openImage } from './image.mjs';
import { median, scanOurs, scanReference } from './measure.mjs';

const SCRIPT = 'bench';
const ATTRIBUTE_PERCENT = 20;
const SMALL_INODES = 100_000;

const { inodes, runs, threads, keep, names } = openBenchmark({
  script: SCRIPT,
  benches: ['count', 'attributes', 'memory'],
  inodes: 1_000_000,
});

/** Runs each contender `runs` times in turn, the first one changing, and returns the results by name. */
async function alternate({ image, cold, contenders }) {
  const results = Object.fromEntries(Object.keys(contenders).map((name) => [name, []]));
  const names = Object.keys(contenders);
  // Bulkstat leaves no inode in memory that was not there: a walk does.
  if (!cold) spawnSync('find', [image.mountPoint, '-printf', '%s'], { stdio: 'ignore' });
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
  const common = { mountPoint: image.mountPoint, threads, attributes, programs: image.programs };
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
  const small = openImage({
    inodes: SMALL_INODES,
    percent: ATTRIBUTE_PERCENT,
    threads,
    keep,
    programs: largeImage.programs,
  });
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

await runBenchmark(['bulkstat-reference', 'make-inodes'], async (programs) => {
  const image = openImage({ inodes, percent: ATTRIBUTE_PERCENT, threads, keep, programs });
  try {
    const rows = [];
    for (const name of names) rows.push(...(await BENCHES[name](image)));
    report({ script: SCRIPT, legend: 'oursToTheirs above 1: hsmck is the faster one', rows, inodes, runs, threads });
  } finally {
    image.close();
  }
});
