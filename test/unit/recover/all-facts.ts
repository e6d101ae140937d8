/**
 * Every combination of facts that recovery could ever see, and then some that it never will. Numbers that do not agree are
 * held apart: one rule for each refuses them, whatever else is seen.
 */
import {
  ATTRIBUTE_FACTS,
  BYTES_FACTS,
  INTENT_FACTS,
  NAMES_FACTS,
  OBJECT_FACTS,
  OTHERS_FACTS,
  ROW_FACTS,
  TIMES_FACTS,
  type DecisionFacts,
} from '../../../src/recover/decision-facts.js';

export const ALL_FACTS: readonly DecisionFacts[] = ATTRIBUTE_FACTS.flatMap((attribute) =>
  INTENT_FACTS.flatMap((intent) =>
    NAMES_FACTS.flatMap((names) =>
      ROW_FACTS.flatMap((row) =>
        OBJECT_FACTS.flatMap((object) =>
          BYTES_FACTS.flatMap((bytes) =>
            TIMES_FACTS.flatMap((times) =>
              OTHERS_FACTS.map((others): DecisionFacts => {
                return { attribute, intent, names, row, object, bytes, times, others, numbers: 'agree' };
              }),
            ),
          ),
        ),
      ),
    ),
  ),
);

/** The ordinary case that a test varies: a release that died behind its punch. */
export const facts = (change: Partial<DecisionFacts> = {}): DecisionFacts => ({
  attribute: 'releasing',
  intent: 'release',
  names: 'intent',
  row: 'dual',
  object: 'good',
  bytes: 'missing',
  times: 'ctime-moved',
  others: 'none',
  numbers: 'agree',
  ...change,
});
