import type { Look } from '../reconcile/look.js';
import { decide } from './decide.js';
import type { DecisionFacts, Preference } from './decision-facts.js';
import { refuse, type Verdict } from './rule.js';

/** The intent belongs to another operation than the mark: two histories met, and neither may be believed. */
function numbersDisagree({ attribute, intent }: Look): boolean {
  if (attribute.kind !== 'own' || intent === undefined) return false;
  const { state, op } = attribute.attribute;
  return state !== 'dual' && state !== 'offline' && op !== intent.op;
}

/** What the table says, unless attribute and intent speak of different operations. The same for a plan and for acting. */
export function decideLook(look: Look, facts: DecisionFacts, prefer: Preference): Verdict {
  return numbersDisagree(look)
    ? refuse('the attribute is of another operation than the open intent')
    : decide(facts, prefer);
}
