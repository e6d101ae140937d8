import { describe, expect, it, test } from 'vitest';
import { transitionsBetween } from '../../../src/dm/transitions.js';
import type { FileState } from '../../../src/dm/states.js';
import { SETTLEMENTS } from '../../../src/migrate/settlements.js';
import { DECISION_TABLE, decide, findRule } from '../../../src/recover/decide.js';
import type { DecisionFacts, Preference } from '../../../src/recover/decision-facts.js';
import type { Verdict } from '../../../src/recover/rule.js';
import { ALL_FACTS, facts } from './all-facts.js';

const PREFERENCES: readonly Preference[] = ['auto', 'complete', 'revert'];

/** Verdicts of which the rule says that they must not be; with the facts, so that a failure can be read. */
function offenders(
  prefer: Preference,
  wrong: (verdict: Verdict, facts: DecisionFacts) => boolean,
): readonly { facts: DecisionFacts; rule: string; settlement: string }[] {
  return ALL_FACTS.flatMap((one) => {
    const verdict = decide(one, prefer);
    if (!wrong(verdict, one)) return [];
    return [{ facts: one, rule: findRule(one).name, settlement: verdict.settlement }];
  }).slice(0, 5);
}

const settles = ({ settlement }: Verdict): boolean => settlement !== 'none';
const isOneOf = <T extends string>(value: T, ...accepted: readonly T[]): boolean => accepted.includes(value);
const IN_FLIGHT = ['archiving', 'releasing', 'recalling', 'removing'] as const;
const stateOf = ({ attribute }: DecisionFacts): FileState =>
  isOneOf(attribute, 'none', 'corrupt', 'copied', 'foreign', 'newer') ? 'resident' : (attribute as FileState);

describe('the decision table', () => {
  test('has no two rules of one name', () => {
    const names = DECISION_TABLE.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
  });

  test('has no rule that is hidden behind others', () => {
    const reached = new Set(ALL_FACTS.map((one) => findRule(one).name));
    expect(DECISION_TABLE.map(({ name }) => name).filter((name) => !reached.has(name))).toEqual([]);
  });

  test('gives reasons that can be read', () => {
    for (const { verdict, preferComplete, preferRevert } of DECISION_TABLE) {
      for (const one of [verdict, preferComplete, preferRevert]) if (one) expect(one.reason).toMatch(/\w+ \w+/);
    }
  });

  test('follows a preference only where its rule offers another way', () => {
    for (const one of ALL_FACTS) {
      const rule = findRule(one);
      if (!rule.preferComplete) expect(decide(one, 'complete')).toEqual(decide(one, 'auto'));
      if (!rule.preferRevert) expect(decide(one, 'revert')).toEqual(decide(one, 'auto'));
    }
  });
});

describe.each(PREFERENCES)('whatever the facts, preferring %s', (prefer) => {
  it('never punches without a good copy and bytes that are equal or missing', () => {
    const safe = ({ object, bytes }: DecisionFacts): boolean =>
      object === 'good' && isOneOf(bytes, 'equal', 'missing', 'void');
    expect(offenders(prefer, ({ settlement }, one) => settlement === 'punch' && !safe(one))).toEqual([]);
  });

  it('never fills but from a good copy into a file that has nothing else', () => {
    const safe = ({ object, bytes }: DecisionFacts): boolean =>
      object === 'good' && isOneOf(bytes, 'equal', 'missing', 'void');
    expect(offenders(prefer, ({ settlement }, one) => settlement === 'fill' && !safe(one))).toEqual([]);
  });

  it('never says that file and copy are equal unless they were just proven to be', () => {
    const claims = ({ settlement }: Verdict): boolean => isOneOf(settlement, 'bind', 'restore-dual');
    const proven = ({ object, bytes }: DecisionFacts): boolean => object === 'good' && isOneOf(bytes, 'equal', 'void');
    expect(offenders(prefer, (verdict, one) => claims(verdict) && !proven(one))).toEqual([]);
  });

  it('never renews times without proof', () => {
    const proven = ({ attribute, object, bytes }: DecisionFacts): boolean =>
      object === 'good' && isOneOf(bytes, attribute === 'dual' ? 'equal' : 'missing', 'void');
    expect(offenders(prefer, ({ settlement }, one) => settlement === 'rebaseline' && !proven(one))).toEqual([]);
  });

  it('never gives up a good copy while data is missing that nobody has touched', () => {
    const trashes = ({ settlement }: Verdict): boolean =>
      settlement !== 'none' && SETTLEMENTS[settlement].trash === 'object';
    const isOnlyCopy = ({ object, bytes, times }: DecisionFacts): boolean =>
      object === 'good' && bytes === 'missing' && times !== 'changed';
    expect(offenders(prefer, (verdict, one) => trashes(verdict) && isOnlyCopy(one))).toEqual([]);
  });

  it('never drops the copy of a file that was managed unless the file is whole, or was written since', () => {
    const whole = ({ bytes, times }: DecisionFacts): boolean =>
      isOneOf(bytes, 'equal', 'void') || (bytes === 'differing' && times === 'changed');
    expect(offenders(prefer, ({ settlement }, one) => settlement === 'make-resident' && !whole(one))).toEqual([]);
  });

  it('never calls a file offline whose bytes the copy does not have', () => {
    const wrong = (verdict: Verdict, { object, bytes }: DecisionFacts): boolean =>
      settles(verdict) &&
      verdict.to === 'offline' &&
      !(object === 'good' && isOneOf(bytes, 'equal', 'missing', 'void'));
    expect(offenders(prefer, wrong)).toEqual([]);
  });

  it('never touches an attribute that is another inode’s or a newer version’s', () => {
    const strange = ({ attribute }: DecisionFacts): boolean => isOneOf(attribute, 'newer', 'copied', 'foreign');
    expect(offenders(prefer, (verdict, one) => settles(verdict) && strange(one))).toEqual([]);
  });

  it('decides nothing while the store cannot be reached', () => {
    expect(offenders(prefer, (verdict, { object }) => settles(verdict) && object === 'unreachable')).toEqual([]);
  });

  it('says lost only where data is missing and no good copy is known', () => {
    const wrong = ({ reportClass }: Verdict, { object, bytes }: DecisionFacts): boolean =>
      reportClass === 'data-lost' && (object === 'good' || isOneOf(bytes, 'equal', 'void', 'differing'));
    expect(offenders(prefer, wrong)).toEqual([]);
  });

  it('only asks for changes of state that the state machine has', () => {
    const wrong = ({ settlement, to }: Verdict, one: DecisionFacts): boolean => {
      if (settlement === 'none') return false;
      const { attribute } = SETTLEMENTS[settlement];
      const from = stateOf(one);
      const previous: FileState = one.row === 'none' ? 'resident' : one.row;
      const next: FileState =
        attribute === 'keep'
          ? from
          : attribute === 'none'
            ? 'resident'
            : attribute === 'previous'
              ? previous
              : attribute;
      // Taking away what is not there is no change.
      const legal = (from === 'resident' && next === 'resident') || transitionsBetween(from, next).length > 0;
      return to !== next || (attribute !== 'keep' && !legal);
    };
    expect(offenders(prefer, wrong)).toEqual([]);
  });

  it('leaves rows in place only where they go on to be true', () => {
    const wrong = ({ settlement, to }: Verdict, { row }: DecisionFacts): boolean =>
      settlement !== 'none' && SETTLEMENTS[settlement].row === 'keep' && row !== 'none' && row !== to;
    expect(offenders(prefer, wrong)).toEqual([]);
  });

  it('settles every interrupted file that is whole beside a good copy', () => {
    const ordinary = ({ attribute, object, bytes, row }: DecisionFacts): boolean =>
      isOneOf(attribute, ...IN_FLIGHT) &&
      object === 'good' &&
      isOneOf(bytes, 'equal', 'void') &&
      !(attribute === 'archiving' && row === 'offline');
    expect(offenders(prefer, (verdict, one) => !settles(verdict) && ordinary(one))).toEqual([]);
  });
});

describe('what the table says of', () => {
  const cases: readonly (readonly [string, Partial<DecisionFacts>, Partial<Verdict>])[] = [
    ['a half punched file', {}, { kind: 'complete', settlement: 'punch', to: 'offline' }],
    ['a punched file that was touched since', { times: 'changed' }, { kind: 'report', reportClass: 'conflict' }],
    ['a release that somebody wrote into', { bytes: 'differing' }, { kind: 'report', reportClass: 'conflict' }],
    ['a half punched file with a bad copy', { object: 'bad' }, { kind: 'report', reportClass: 'data-lost' }],
    [
      'a whole file with a bad copy',
      { object: 'bad', bytes: 'equal' },
      { kind: 'revert', settlement: 'make-resident' },
    ],
    ['a half filled file', { attribute: 'recalling', intent: 'recall', row: 'offline' }, { settlement: 'fill' }],
    [
      'a finished recall that somebody wrote into before the catalog knew',
      { attribute: 'dual', intent: 'recall', row: 'offline', bytes: 'differing' },
      { settlement: 'bind-stale', to: 'dual' },
    ],
    [
      'a removal that somebody wrote into',
      { attribute: 'removing', intent: 'remove', bytes: 'differing', times: 'changed' },
      { settlement: 'make-resident' },
    ],
    [
      'a removal whose bytes changed in a crash',
      { attribute: 'removing', intent: 'remove', bytes: 'differing' },
      { kind: 'report', reportClass: 'conflict' },
    ],
    [
      'a torn mark on a file that is archived for the first time',
      { attribute: 'corrupt', intent: 'archive', names: 'other', row: 'none', object: 'none', bytes: 'unknown' },
      { settlement: 'unbind', to: 'resident' },
    ],
    [
      'a torn mark on a file that is archived anew',
      { attribute: 'corrupt', intent: 'archive', names: 'other', object: 'none', bytes: 'unknown' },
      { settlement: 'unbind', to: 'dual' },
    ],
    [
      'a released file whose attribute somebody took',
      { attribute: 'none', intent: 'none', names: 'other', row: 'offline' },
      { kind: 'repair', settlement: 'mark-offline' },
    ],
    ['a partial file', { attribute: 'partial', intent: 'none' }, { kind: 'report', settlement: 'none' }],
    ['a newer attribute', { attribute: 'newer' }, { kind: 'refuse', settlement: 'none' }],
  ];
  it.each(cases)('%s', (_, change, expected) => {
    expect(decide(facts(change), 'auto')).toMatchObject(expected);
  });

  it('a release, if it shall be reverted', () => {
    expect(decide(facts(), 'revert')).toMatchObject({ kind: 'revert', settlement: 'fill', to: 'dual' });
    expect(decide(facts({ bytes: 'equal' }), 'revert')).toMatchObject({ settlement: 'restore-dual' });
    expect(decide(facts({ times: 'changed' }), 'revert')).toMatchObject({ settlement: 'fill' });
  });
});
