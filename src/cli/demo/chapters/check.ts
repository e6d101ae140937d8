import { formatCount } from '../../../report/format-amount.js';
import type { Chapter } from '../demo-world.js';
import { countBy, numberIn, recordsOf, summaryOf, textIn } from '../output-records.js';
import { unexpectedEnd, type OutputRecord } from '../run-hsmck.js';
import { EXIT } from '../../exit-codes.js';

/** A count of five characters and two spaces. */
const COUNT_WIDTH = 7;

/** Who was at work is the same in all of them: a process of the demo that is dead. */
const withoutOwner = (why: string): string => why.replace(/, by process \d+ on \S+, which is dead/, '');

/** The state where the mark shows it, else what is known of it. */
function kindOf(finding: OutputRecord): string {
  const label = textIn(finding, 'class') === 'interrupted' ? textIn(finding, 'state') : textIn(finding, 'class');
  return `${label}\t${withoutOwner(textIn(finding, 'why'))}`;
}

/** `hsmck check` finds what was interrupted, and says why. */
export const check: Chapter = {
  name: 'check',
  title: 'hsmck check: what was interrupted, and why?',
  run: async ({ teller, scratch, hsmck, figures }) => {
    teller.status('hsmck check');
    const run = await hsmck(['check', scratch.mountPoint]);
    const summary = summaryOf(run);
    figures.interrupted = numberIn(summary, 'interrupted');
    figures.inodes = numberIn(summary, 'inodes');
    figures.inodesPerSecond = numberIn(summary, 'inodes_per_second');
    figures.scanSeconds = numberIn(summary, 'seconds');
    // Each crash left something, so a status of 0 would be a wrong answer.
    if (run.status !== EXIT.UNCORRECTED) throw unexpectedEnd(run, `status ${EXIT.UNCORRECTED}`);
    for (const [kind, count] of countBy(recordsOf(run, 'finding'), kindOf)) {
      const [label = '', why = ''] = kind.split('\t');
      teller.row(`${formatCount(count).padStart(5)}  ${label}`, why, { width: 20, label: teller.style.accent });
    }
    teller.timed(
      formatCount(figures.interrupted).padStart(5),
      `interrupted of ${formatCount(figures.inodes)} inodes, looked through at ` +
        `${formatCount(figures.inodesPerSecond)} a second`,
      run.seconds,
      COUNT_WIDTH,
    );
    return {
      interrupted: figures.interrupted,
      inodes: figures.inodes,
      inodes_per_second: figures.inodesPerSecond,
      scan_seconds: figures.scanSeconds,
    };
  },
};
