import { invariant } from '../errors.js';
import type { DecisionFacts, Preference } from './decision-facts.js';
import { fits, type Rule, type Verdict } from './rule.js';
import { AT_REST_RULES } from './rules-at-rest.js';
import { CONTRADICTION_RULES } from './rules-contradiction.js';
import { COPIED_RULES } from './rules-copied.js';
import { INTERRUPTED_RULES } from './rules-interrupted.js';
import { OPEN_INTENT_RULES } from './rules-open-intent.js';
import { RESOLVED_RULES } from './rules-resolved.js';
import { VANISHED_RULES } from './rules-vanished.js';

/** The whole table. The first rule that fits decides; every combination of facts has one, and none is there for the rest. */
export const DECISION_TABLE: readonly Rule[] = [
  ...CONTRADICTION_RULES,
  ...RESOLVED_RULES,
  ...COPIED_RULES,
  ...INTERRUPTED_RULES,
  ...OPEN_INTENT_RULES,
  ...VANISHED_RULES,
  ...AT_REST_RULES,
];

/**
 * The rule that decides: pure, total, and the same for a dry run and for acting.
 * @throws InvariantError if the table had a gap
 */
export function findRule(facts: DecisionFacts): Rule {
  const rule = DECISION_TABLE.find(({ when }) => fits(facts, when));
  invariant(rule !== undefined, `a rule covers every combination of facts, yet not ${JSON.stringify(facts)}`);
  return rule;
}

function preferred(rule: Rule, preference: Preference): Verdict {
  if (preference === 'revert' && rule.preferRevert) return rule.preferRevert;
  if (preference === 'complete' && rule.preferComplete) return rule.preferComplete;
  return rule.verdict;
}

/** What is to be done with a file of which this is known. */
export function decide(facts: DecisionFacts, preference: Preference): Verdict {
  const verdict = preferred(findRule(facts), preference);
  // A file that was to be archived anew goes back to its earlier copy.
  return verdict.settlement === 'unbind' && facts.row === 'dual' ? { ...verdict, to: 'dual' } : verdict;
}
