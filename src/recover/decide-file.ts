import type { InodeAccess } from '../reconcile/inode-access.js';
import { adoptVerdict, waiting } from './adoption.js';
import type { Preference } from './decision-facts.js';
import { decideLook } from './decide-look.js';
import type { Evidence } from './evidence.js';
import type { History } from './history.js';
import { decideUndone } from './rules-undone.js';
import type { Verdict } from './rule.js';

/** How a file is decided on, besides what is known of it. */
export interface DecisionGround {
  readonly prefer: Preference;
  readonly history: History;
}

/**
 * What is to be done with a file, all that is known considered: its age, the table, and whether marks disagree. The same
 * for a plan and for acting.
 */
export function decideFile(
  access: Pick<InodeAccess, 'attributeName'>,
  evidence: Evidence,
  { prefer, history: { adopting } }: DecisionGround,
): Verdict {
  const { facts, age, isOfAnotherFile } = evidence;
  const verdict = decideUndone(facts, age) ?? decideLook(access, evidence, prefer);
  if (adopting === undefined || verdict.settlement === 'none') return verdict;
  if (isOfAnotherFile) return waiting(verdict, 'the copy that it names was made of another file');
  return adoptVerdict(verdict, facts, adopting);
}
