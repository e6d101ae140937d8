import type { InodeAccess } from '../reconcile/inode-access.js';
import { decide } from './decide.js';
import type { DecisionFacts, Preference } from './decision-facts.js';
import { report, type Verdict } from './rule.js';

const STRANGE: readonly DecisionFacts['attribute'][] = ['copied', 'foreign'];

/**
 * What the table says of a file that was looked at. The same for a plan and for acting. In the `user.` namespace anyone
 * can write an attribute that names another file's copy: filling by it would hand out that file's data.
 */
export function decideLook(
  access: Pick<InodeAccess, 'attributeName'>,
  facts: DecisionFacts,
  prefer: Preference,
): Verdict {
  const verdict = decide(facts, prefer);
  if (!access.attributeName.startsWith('user.') || !STRANGE.includes(facts.attribute)) return verdict;
  if (verdict.settlement === 'none' || verdict.settlement === 'strip') return verdict;
  return report(
    'anyone can write attributes in the user namespace, so nothing is filled or bound by one of another file',
  );
}
