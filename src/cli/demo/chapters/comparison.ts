import { formatCount, plural } from '../../../report/format-amount.js';
import { pathFields, quotePath } from '../../../report/quote-path.js';
import { compareManifests, isLoss, type Difference } from '../compare-manifests.js';
import { damageFile } from '../damage-file.js';
import type { Chapter, DemoWorld } from '../demo-world.js';
import { numberIn, summaryOf } from '../output-records.js';
import { unexpectedEnd } from '../run-hsmck.js';
import { takeManifest } from '../take-manifest.js';

/** More would only scroll the first ones away. */
const LINES_MAX = 20;
const VALUE_MAX = 60;

const short = (value: string): string => (value.length > VALUE_MAX ? `${value.slice(0, VALUE_MAX)}...` : value);
const countFiles = (differences: readonly Difference[]): number =>
  new Set(differences.map(({ path }) => path.toString('latin1'))).size;

async function recallAll({ teller, scratch, hsmck }: DemoWorld): Promise<void> {
  teller.status('hsmck recall');
  const run = await hsmck(['recall', '-r', scratch.mountPoint]);
  if (run.status !== 0) throw unexpectedEnd(run, 'status 0');
  const recalled = numberIn((summaryOf(run)['results'] ?? {}) as Record<string, unknown>, 'recalled');
  teller.timed('recall', `${plural(recalled, 'file')} came back from the archive`, run.seconds);
}

function report({ teller, figures }: DemoWorld, differences: readonly Difference[]): void {
  for (const { path, what, expected, found } of differences) {
    teller.record('file', { ...pathFields(path), result: 'different', what, expected, found });
  }
  for (const { path, what, expected, found } of differences.slice(0, LINES_MAX)) {
    teller.row(what, `${quotePath(path)}: ${short(expected)} before, ${short(found)} now`, { label: teller.style.bad });
  }
  const more = differences.length - LINES_MAX;
  if (more > 0) teller.say(`... and ${plural(more, 'more difference')}`);
  const files = formatCount(figures.files);
  const { good, bad } = teller.style;
  if (differences.length === 0) {
    teller.row('compare', `${files} of ${files} files are what they were. Lost: 0.`, { text: good });
  } else {
    const text = `${formatCount(figures.differences)} of ${files} files are not what they were.`;
    teller.row('compare', `${text} Lost: ${formatCount(figures.lost)}.`, { text: bad });
  }
}

/** Brings everything back and compares each file with what was written down of it. */
export const comparison: Chapter = {
  name: 'comparison',
  title: 'The comparison',
  run: async (world) => {
    const { scratch, options, figures, manifest, teller } = world;
    await recallAll(world);
    const root = Buffer.from(scratch.mountPoint);
    if (options.damage !== undefined) damageFile(root, Buffer.from(options.damage));
    const onFile = (count: number): void => teller.status(`comparing file ${formatCount(count)}`);
    const differences = compareManifests(manifest, await takeManifest(root, options.signal, onFile));
    figures.differences = countFiles(differences);
    figures.lost = countFiles(differences.filter(isLoss));
    report(world, differences);
    return { files: figures.files, differences: figures.differences, lost: figures.lost };
  },
};
