import type { InodeAccess } from '../reconcile/inode-access.js';
import { decide } from './decide.js';
import type { Evidence } from './evidence.js';
import type { DecisionFacts, Preference } from './decision-facts.js';
import { report, type Verdict } from './rule.js';

const STRANGE: readonly DecisionFacts['attribute'][] = ['copied', 'foreign'];

/**
 * In the `user.` namespace anyone can write an attribute that names another file's copy, be it one that says of itself that it
 * is the file's own: filling by it would hand out that file's data, and binding would give it away.
 */
export const isAnyonesWord = (
  { attributeName }: Pick<InodeAccess, 'attributeName'>,
  { facts, isOfAnotherFile }: Pick<Evidence, 'facts' | 'isOfAnotherFile'>,
): boolean => attributeName.startsWith('user.') && (isOfAnotherFile || STRANGE.includes(facts.attribute));

/** What the table says of a file that was looked at. The same for a plan and for acting. */
export function decideLook(
  access: Pick<InodeAccess, 'attributeName'>,
  evidence: Pick<Evidence, 'facts' | 'isOfAnotherFile'>,
  prefer: Preference,
): Verdict {
  const verdict = decide(evidence.facts, prefer);
  if (!isAnyonesWord(access, evidence)) return verdict;
  if (verdict.settlement === 'none' || verdict.settlement === 'strip') return verdict;
  return report(
    'anyone can write attributes in the user namespace, so nothing is filled or bound by one that names the copy of another file',
  );
}
