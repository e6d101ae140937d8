import type { DecisionFacts, Preference } from './decision-facts.js';
import { refuse, report, type Pattern, type Rule, type Verdict } from './rule.js';
import { AT_REST_RULES } from './rules-at-rest.js';
import { INTERRUPTED_RULES } from './rules-interrupted.js';
import { OPEN_INTENT_RULES } from './rules-open-intent.js';

const NEWER: Rule = {
  name: 'newer',
  when: { attribute: ['newer'] },
  verdict: refuse('the attribute was written by a newer version of hsmck: use that version'),
};

const COPIED: Rule = {
  name: 'copied',
  when: { attribute: ['copied', 'foreign'] },
  verdict: report('the attribute belongs to another inode or filesystem; it is never taken away unread'),
};

const UNKNOWN: Rule = {
  name: 'unknown',
  when: { bytes: ['unknown'] },
  verdict: report('no record says which bytes the file should have: nothing is touched'),
};

/** Nothing falls through: what no rule names is left to a person, untouched. */
const OTHERWISE: Rule = {
  name: 'otherwise',
  when: {},
  verdict: report('no rule covers this combination of records: nothing is touched'),
};

/** The whole table. The first rule that fits decides. */
export const DECISION_TABLE: readonly Rule[] = [
  NEWER,
  COPIED,
  ...INTERRUPTED_RULES,
  ...OPEN_INTENT_RULES,
  ...AT_REST_RULES,
  UNKNOWN,
  OTHERWISE,
];

function fits(facts: DecisionFacts, pattern: Pattern): boolean {
  return (Object.keys(pattern) as (keyof DecisionFacts)[]).every((fact) => {
    const accepted: readonly string[] | undefined = pattern[fact];
    return accepted === undefined || accepted.includes(facts[fact]);
  });
}

/** The rule that decides: pure, total, and the same for a dry run and for acting. */
export function findRule(facts: DecisionFacts): Rule {
  return DECISION_TABLE.find((rule) => fits(facts, rule.when)) ?? OTHERWISE;
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
