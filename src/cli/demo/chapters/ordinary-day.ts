import fs from 'node:fs';
import { formatBytes, plural } from '../../../report/format-amount.js';
import { CRASH_PLAN, roundFolder, type CrashSeries } from '../crash-plan.js';
import type { Chapter, DemoWorld } from '../demo-world.js';
import { LIBRARY } from '../make-files.js';
import { numberIn, summaryOf } from '../output-records.js';
import { unexpectedEnd, type HsmckRun } from '../run-hsmck.js';

/** Bytes that are free on the filesystem (statfs(2)). */
function freeBytes(mountPoint: string): bigint {
  const { bfree, bsize } = fs.statfsSync(mountPoint, { bigint: true });
  return bfree * bsize;
}

const foldersOf = (operation: CrashSeries['operation']): string[] =>
  CRASH_PLAN.filter((series) => series.operation === operation).flatMap(({ rounds }) =>
    rounds.map((_, index) => roundFolder(operation, index)),
  );

interface Job {
  readonly verb: 'archive' | 'release' | 'recall';
  readonly folders: readonly string[];
}

/** In the end: folders to be archived untouched, those to be released or removed `dual`, those to be recalled offline. */
function jobs(): readonly Job[] {
  const back = [...foldersOf('release'), ...foldersOf('remove')];
  const away = [LIBRARY, ...foldersOf('recall'), ...back];
  return [
    { verb: 'archive', folders: away },
    { verb: 'release', folders: away },
    { verb: 'recall', folders: [`${LIBRARY}/00`, `${LIBRARY}/01`, ...back] },
  ];
}

async function run({ scratch, hsmck }: DemoWorld, { verb, folders }: Job): Promise<HsmckRun> {
  const done = await hsmck([verb, '-r', ...folders.map((folder) => `${scratch.mountPoint}/${folder}`)]);
  if (done.status !== 0) throw unexpectedEnd(done, 'status 0');
  return done;
}

/** Everything goes well: archive, release, recall of a part. */
export const ordinaryDay: Chapter = {
  name: 'migration',
  title: 'An ordinary day',
  run: async (world) => {
    const { teller, scratch } = world;
    const fields: Record<string, string | number> = {};
    for (const job of jobs()) {
      teller.status(`hsmck ${job.verb}`);
      const before = freeBytes(scratch.mountPoint);
      const done = await run(world, job);
      const gained = freeBytes(scratch.mountPoint) - before;
      const summary = summaryOf(done);
      const files = numberIn(summary, 'files');
      const bytes = numberIn(summary, 'bytes');
      const what = {
        archive: `${formatBytes(bytes)} copied, and read back from the archive`,
        release: `${formatBytes(gained)} freed: their blocks are gone, their inodes stay`,
        recall: `${formatBytes(bytes)} brought back`,
      };
      teller.timed(job.verb, `${plural(files, 'file')}, ${what[job.verb]}`, done.seconds);
      fields[`${job.verb}_files`] = files;
      fields[`${job.verb}_bytes`] = String(bytes);
      if (job.verb === 'release') fields['freed_bytes'] = String(gained);
    }
    return fields;
  },
};
