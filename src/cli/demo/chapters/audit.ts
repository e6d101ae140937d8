import { OperationalError } from '../../../errors.js';
import { formatCount, plural } from '../../../report/format-amount.js';
import type { Chapter } from '../demo-world.js';
import { numberIn, recordsOf, summaryOf } from '../output-records.js';
import { unexpectedEnd } from '../run-hsmck.js';

/** After recovery nothing is left to find, and nothing to do. */
export const audit: Chapter = {
  name: 'audit',
  title: 'hsmck audit: inodes, catalog and archive against each other',
  run: async ({ teller, scratch, hsmck }) => {
    teller.status('hsmck audit --deep');
    const looked = await hsmck(['audit', scratch.mountPoint, '--deep']);
    if (looked.status !== 0) throw unexpectedEnd(looked, 'status 0');
    const summary = summaryOf(looked);
    const [inodes, managed] = [numberIn(summary, 'inodes'), numberIn(summary, 'managed')];
    const findings = recordsOf(looked, 'finding').length;
    const agree = findings === 0 ? 'all three agree' : `${plural(findings, 'remark')}, no drift`;
    const text = `${formatCount(inodes)} inodes, ${formatCount(managed)} of them managed, every copy hashed: ${agree}`;
    teller.timed('audit', text, looked.seconds);

    teller.status('hsmck recover --apply');
    const again = await hsmck(['recover', scratch.mountPoint, '--apply']);
    if (again.status !== 0) throw unexpectedEnd(again, 'status 0');
    const corrected = numberIn(summaryOf(again), 'corrected');
    if (corrected > 0) {
      throw new OperationalError('EDEMO', `a second "hsmck recover" still corrected ${formatCount(corrected)} files`);
    }
    teller.timed('recover', 'a second time: nothing left to do, nothing changed', again.seconds);
    return { inodes, managed, findings, corrected_again: corrected };
  },
};
