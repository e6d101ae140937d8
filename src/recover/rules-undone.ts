/**
 * After a rollback that was accepted: files without an attribute whose row is of an operation that their filesystem does
 * not remember, or of another file altogether. Read before the table, which knows nothing of ages. The row goes, file
 * and copy stay: what the file holds is what it held when the filesystem was as it is now.
 */
import type { DecisionFacts } from './decision-facts.js';
import { fits, repair, type Rule, type Verdict } from './rule.js';
import { BOUND } from './rules-shared.js';
import type { RowAge } from './row-age.js';

/** Nothing of the row's own operation is on the inode: neither mark nor intent. */
const BARE = {
  attribute: ['none'],
  intent: ['none'],
  row: BOUND,
  object: ['good', 'bad', 'missing', 'trashed'],
} as const satisfies Rule['when'];

const UNDONE = repair(
  'strip',
  'resident',
  'the filesystem was put back to before the operation that the catalog speaks of: the file is as it was then, the copy is kept',
);
const OTHER_FILE = repair(
  'strip',
  'resident',
  'another file was made under this inode number and generation since the filesystem was put back: its row goes, the copy is kept',
);

export const UNDONE_RULES: readonly (Rule & { readonly age: RowAge })[] = [
  {
    name: 'undone/other-file',
    age: 'other-file',
    when: { ...BARE, bytes: ['missing', 'differing'] },
    verdict: OTHER_FILE,
  },
  { name: 'undone/earlier-version', age: 'undone', when: { ...BARE, bytes: ['differing'] }, verdict: UNDONE },
  {
    // With size and mtime as archived, the holes are data that was not durable yet when the filesystem was copied.
    name: 'undone/earlier-holes',
    age: 'undone',
    when: { ...BARE, bytes: ['missing'], times: ['changed'] },
    verdict: UNDONE,
  },
];

/** The verdict of the first rule that fits; undefined where age decides nothing and the table is asked. */
export function decideUndone(facts: DecisionFacts, age: RowAge): Verdict | undefined {
  return UNDONE_RULES.find((rule) => rule.age === age && fits(facts, rule.when))?.verdict;
}
