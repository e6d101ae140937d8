import type { InodeAccess } from '../reconcile/inode-access.js';
import { adoptVerdict, waiting } from './adoption.js';
import type { Preference } from './decision-facts.js';
import { decideLook } from './decide-look.js';
import type { Evidence } from './evidence.js';
import type { History } from './history.js';
import { needsCopyLive } from './relies-on-copy.js';
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
  const { facts, age, isOfAnotherFile, copy } = evidence;
  const decided = decideUndone(facts, age) ?? decideLook(access, evidence, prefer);
  const isMoved = copy?.isInTrash === true && needsCopyLive(decided.settlement);
  const verdict = isMoved
    ? { ...decided, reason: `${decided.reason}; its copy is moved back from the trash` }
    : decided;
  if (adopting === undefined || verdict.settlement === 'none') return verdict;
  if (isMoved) return waiting(verdict, 'its copy would be moved back from the trash');
  if (isOfAnotherFile) return waiting(verdict, 'the copy that it names was made of another file');
  return adoptVerdict(verdict, facts, adopting);
}
