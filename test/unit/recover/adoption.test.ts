/** Before a rollback is accepted nothing is taken away, whatever the table says: tested on every rule and every fact. */
import { expect, test } from 'vitest';
import { SETTLEMENTS } from '../../../src/migrate/settlements.js';
import { ADOPTION, adoptVerdict } from '../../../src/recover/adoption.js';
import { DECISION_TABLE, findRule } from '../../../src/recover/decide.js';
import type { DecisionFacts } from '../../../src/recover/decision-facts.js';
import { UNDONE_RULES } from '../../../src/recover/rules-undone.js';
import type { Verdict } from '../../../src/recover/rule.js';
import { ALL_FACTS, facts } from './all-facts.js';

const KINDS = ['catalog-behind', 'filesystem-behind'] as const;

const ALL_VERDICTS: readonly Verdict[] = [...DECISION_TABLE, ...UNDONE_RULES].flatMap(
  ({ verdict, preferComplete, preferRevert }) => [verdict, preferComplete, preferRevert].flatMap((one) => one ?? []),
);

test.each(KINDS)('%s: of every rule, what is let through moves no data, drops nothing and trashes nothing', (kind) => {
  const calm = facts({ attribute: 'dual', intent: 'none', row: 'none', names: 'other', times: 'same' });
  for (const verdict of ALL_VERDICTS) {
    const { settlement, waitsFor } = adoptVerdict(verdict, calm, kind);
    if (settlement === 'none') {
      expect(waitsFor).toBe(verdict.settlement === 'none' ? undefined : 'accept-epoch');
      continue;
    }
    expect(SETTLEMENTS[settlement]).toMatchObject({ data: 'none', trash: 'none' });
    expect(SETTLEMENTS[settlement].attribute).not.toBe('none');
    expect(['dual', 'offline', 'times']).toContain(SETTLEMENTS[settlement].row);
  }
});

test('something is let through, and something waits', () => {
  const allowed = Object.values(ADOPTION).filter((why) => why === undefined);
  expect(allowed.length).toBe(3);
});

/** Everything that some rule would do with a settlement that adopt mode knows; the table is asked once for all tests. */
const HARMLESS: readonly { readonly facts: DecisionFacts; readonly verdict: Verdict }[] = ALL_FACTS.flatMap((one) => {
  const { verdict, preferComplete, preferRevert } = findRule(one);
  const verdicts = [verdict, preferComplete, preferRevert].flatMap((each) => each ?? []);
  return verdicts
    .filter(({ settlement }) => settlement !== 'none' && ADOPTION[settlement] === undefined)
    .map((each) => ({ facts: one, verdict: each }));
});

function offenders(
  kind: (typeof KINDS)[number],
  isWrong: (facts: DecisionFacts, to: string) => boolean,
): DecisionFacts[] {
  const wrong = HARMLESS.filter(({ facts: one, verdict }) => {
    const { settlement, to } = adoptVerdict(verdict, one, kind);
    return settlement !== 'none' && isWrong(one, to ?? '');
  });
  return wrong.map((one) => one.facts).slice(0, 3);
}

test.each(KINDS)('%s: there is something to let through', (kind) => {
  expect(offenders(kind, () => true)).not.toEqual([]);
});

test.each(KINDS)('%s: no open operation is settled, and no row of a file that is gone is dropped', (kind) => {
  expect(offenders(kind, ({ intent, others }) => intent !== 'none' || others === 'gone')).toEqual([]);
});

test('an older filesystem changes no row: it adds some, or gets back what they say', () => {
  expect(
    offenders('filesystem-behind', ({ row, names }, to) => row !== 'none' && (row !== to || names === 'number')),
  ).toEqual([]);
});

test.each(KINDS)('%s: a row that names another copy than the file stays', (kind) => {
  const isOther = ({ attribute, row, names }: DecisionFacts): boolean =>
    ['dual', 'offline'].includes(attribute) && row !== 'none' && names === 'other';
  expect(offenders(kind, isOther)).toEqual([]);
});
