/** What every class of finding comes to. */
import { expect, test } from 'vitest';
import { FINDING_CLASSES, type FindingAction } from '../../../src/reconcile/finding.js';
import { JUDGEMENTS } from '../../../src/reconcile/judge.js';
import { DECISION_TABLE } from '../../../src/recover/decide.js';
import { decideClass, type Settler } from '../../../src/recover/decide-class.js';

test('every class has an end, or says why a person has to look', () => {
  for (const one of FINDING_CLASSES) expect(decideClass(one).reason, one).toMatch(/\w+ \w+/);
});

/** `report` too where the table decides: some findings of such a class are beyond it at first sight. */
const ACTIONS_OF: Readonly<Record<Settler, readonly FindingAction[]>> = {
  table: ['settle', 'repair', 'rebaseline', 'report'],
  forget: ['forget'],
  wait: ['wait'],
  person: ['report'],
  nobody: ['none'],
};

test('a judgement asks for what its class is settled by', () => {
  for (const { class: name, action } of JUDGEMENTS)
    expect(ACTIONS_OF[decideClass(name).settler], name).toContain(action);
});

test('each class that the table settles is handed to it by some judgement, but those of the archive', () => {
  const handed = new Set(JUDGEMENTS.filter(({ action }) => action !== 'report').map((judgement) => judgement.class));
  const settled = FINDING_CLASSES.filter((one) => decideClass(one).settler === 'table' && !one.startsWith('archive-'));
  expect(settled.filter((one) => !handed.has(one))).toEqual([]);
});

test('what the table reports is for a person', () => {
  for (const { name, verdict } of DECISION_TABLE) {
    const { reportClass } = verdict;
    if (reportClass !== undefined) expect(decideClass(reportClass).settler, name).toBe('person');
  }
});
