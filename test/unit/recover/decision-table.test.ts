import { describe, expect, it, test } from 'vitest';
import { transitionsBetween } from '../../../src/dm/transitions.js';
import type { FileState } from '../../../src/dm/states.js';
import { SETTLEMENTS } from '../../../src/migrate/settlements.js';
import { DECISION_TABLE, decide, findRule } from '../../../src/recover/decide.js';
import { NUMBERS_FACTS, type DecisionFacts, type Preference } from '../../../src/recover/decision-facts.js';
import type { Rule, Verdict } from '../../../src/recover/rule.js';
import { ALL_FACTS, facts } from './all-facts.js';

const OFFENDERS_MAX = 5;
const PREFERENCES: readonly Preference[] = ['auto', 'complete', 'revert'];

/** Decided once for all tests: there are some hundred thousand. */
const ALL_RULES: readonly Rule[] = ALL_FACTS.map(findRule);
const verdictsOf = (prefer: Preference): readonly Verdict[] => ALL_FACTS.map((one) => decide(one, prefer));
const ALL_VERDICTS: Readonly<Record<Preference, readonly Verdict[]>> = {
  auto: verdictsOf('auto'),
  complete: verdictsOf('complete'),
  revert: verdictsOf('revert'),
};

/** Verdicts of which the rule says that they must not be; with the facts, so that a failure can be read. */
function offenders(
  prefer: Preference,
  wrong: (verdict: Verdict, facts: DecisionFacts) => boolean,
): readonly { facts: DecisionFacts; rule: string; settlement: string }[] {
  const found: { facts: DecisionFacts; rule: string; settlement: string }[] = [];
  for (const [index, verdict] of ALL_VERDICTS[prefer].entries()) {
    const [one, rule] = [ALL_FACTS[index], ALL_RULES[index]];
    if (one === undefined || rule === undefined || !wrong(verdict, one)) continue;
    found.push({ facts: one, rule: rule.name, settlement: verdict.settlement });
    if (found.length === OFFENDERS_MAX) break;
  }
  return found;
}

const settles = ({ settlement }: Verdict): boolean => settlement !== 'none';
const isOneOf = <T extends string>(value: T, ...accepted: readonly T[]): boolean => accepted.includes(value);
const IN_FLIGHT = ['archiving', 'releasing', 'recalling', 'removing'] as const;
/** A person had said that the file counts as it is, whatever its bytes. */
const isDecided = ({ intent }: DecisionFacts): boolean => intent === 'keep-file';
const OPERATION_OF = { archiving: 'archive', releasing: 'release', recalling: 'recall', removing: 'remove' } as const;
const stateOf = ({ attribute }: DecisionFacts): FileState =>
  isOneOf(attribute, 'none', 'corrupt', 'copied', 'foreign', 'newer') ? 'resident' : (attribute as FileState);

describe('the decision table', () => {
  test('has no two rules of one name', () => {
    const names = DECISION_TABLE.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
  });

  test('has no rule that is hidden behind others', () => {
    const reached = new Set(ALL_RULES.map(({ name }) => name));
    for (const numbers of NUMBERS_FACTS) reached.add(findRule(facts({ numbers })).name);
    expect(DECISION_TABLE.map(({ name }) => name).filter((name) => !reached.has(name))).toEqual([]);
  });

  test('gives reasons that can be read', () => {
    for (const { verdict, preferComplete, preferRevert } of DECISION_TABLE) {
      for (const one of [verdict, preferComplete, preferRevert]) if (one) expect(one.reason).toMatch(/\w+ \w+/);
    }
  });

  test('follows a preference only where its rule offers another way', () => {
    const differs = (prefer: Preference, index: number): boolean =>
      JSON.stringify(ALL_VERDICTS[prefer][index]) !== JSON.stringify(ALL_VERDICTS.auto[index]);
    const wrong = ALL_RULES.filter(
      (rule, index) =>
        (!rule.preferComplete && differs('complete', index)) || (!rule.preferRevert && differs('revert', index)),
    );
    expect([...new Set(wrong.map(({ name }) => name))]).toEqual([]);
  });

  test('has no rule for the rest: each says of some fact what it has to be', () => {
    for (const { name, when } of DECISION_TABLE) expect(Object.keys(when), name).not.toEqual([]);
  });

  test('touches nothing where numbers disagree, whatever else is seen', () => {
    for (const one of ALL_FACTS.filter((_, index) => index % 7 === 0)) {
      for (const numbers of ['differ', 'ahead'] as const) {
        expect(decide({ ...one, numbers }, 'auto')).toMatchObject({ kind: 'refuse', settlement: 'none' });
      }
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
    expect(offenders(prefer, (verdict, one) => trashes(verdict) && isOnlyCopy(one) && !isDecided(one))).toEqual([]);
  });

  it('never drops the copy of a file that was managed unless the file is whole, or was written since', () => {
    const whole = ({ bytes, times }: DecisionFacts): boolean =>
      isOneOf(bytes, 'equal', 'void') || (bytes === 'differing' && times === 'changed');
    const drops = ({ settlement }: Verdict, one: DecisionFacts): boolean =>
      settlement === 'make-resident' && !isDecided(one);
    expect(offenders(prefer, (verdict, one) => drops(verdict, one) && !whole(one))).toEqual([]);
  });

  it('never calls a file offline whose bytes the copy does not have', () => {
    const wrong = (verdict: Verdict, { object, bytes }: DecisionFacts): boolean =>
      settles(verdict) &&
      verdict.settlement !== 'close-intent' &&
      verdict.to === 'offline' &&
      !(object === 'good' && isOneOf(bytes, 'equal', 'missing', 'void'));
    expect(offenders(prefer, wrong)).toEqual([]);
  });

  it('never touches an attribute of a newer version', () => {
    expect(offenders(prefer, (verdict, { attribute }) => settles(verdict) && attribute === 'newer')).toEqual([]);
  });

  it('never takes an attribute off data that is not whole, unless it is filled first from a good copy', () => {
    const strips = ({ settlement }: Verdict): boolean =>
      isOneOf(settlement, 'strip', 'fill-and-strip', 'make-resident');
    const proven = ({ object, bytes, times }: DecisionFacts, { settlement }: Verdict): boolean =>
      isOneOf(bytes, 'equal', 'void') ||
      (settlement === 'fill-and-strip' && object === 'good' && bytes === 'missing') ||
      (settlement === 'make-resident' && bytes === 'differing' && times === 'changed');
    const wrong = (verdict: Verdict, one: DecisionFacts): boolean =>
      strips(verdict) && !proven(one, verdict) && !isDecided(one);
    expect(offenders(prefer, wrong)).toEqual([]);
  });

  it('never drops a copy, nor binds it anew, while another living file may need it', () => {
    const takes = ({ settlement }: Verdict, { attribute }: DecisionFacts): boolean =>
      settlement !== 'none' &&
      (SETTLEMENTS[settlement].trash === 'object' || settlement === 'rebind' || attribute === 'none') &&
      !isOneOf(settlement, 'strip', 'fill-and-strip');
    const shared = ({ others }: DecisionFacts): boolean => isOneOf(others, 'identified', 'unidentified');
    expect(offenders(prefer, (verdict, one) => takes(verdict, one) && shared(one))).toEqual([]);
  });

  it('never acts on a copy of another catalog or epoch', () => {
    expect(offenders(prefer, (verdict, { object }) => settles(verdict) && object === 'other-owner')).toEqual([]);
  });

  it('never lets a copied attribute take the place of a file that lives', () => {
    const wrong = ({ settlement }: Verdict, { attribute, others }: DecisionFacts): boolean =>
      settlement === 'rebind' && !(attribute === 'copied' && others === 'gone');
    expect(offenders(prefer, wrong)).toEqual([]);
  });

  it('never settles by a row that names another copy, unless the bytes prove the attribute’s', () => {
    const wrong = (verdict: Verdict, { attribute, names, row, bytes, object }: DecisionFacts): boolean =>
      settles(verdict) &&
      isOneOf(attribute, 'dual', 'offline', 'releasing', 'recalling', 'removing') &&
      names === 'other' &&
      row !== 'none' &&
      !(object === 'good' && isOneOf(bytes, 'equal', 'void'));
    expect(offenders(prefer, wrong)).toEqual([]);
  });

  it('decides nothing while the store cannot be reached', () => {
    expect(offenders(prefer, (verdict, { object }) => settles(verdict) && object === 'unreachable')).toEqual([]);
  });

  it('says lost only where data is missing and no good copy is known', () => {
    const wrong = ({ reportClass }: Verdict, { object, bytes }: DecisionFacts): boolean =>
      reportClass === 'data-lost' && (isOneOf(object, 'good', 'trashed') || bytes !== 'missing');
    expect(offenders(prefer, wrong)).toEqual([]);
  });

  it('acts only on what it can compare', () => {
    const blind = ({ settlement }: Verdict, { bytes }: DecisionFacts): boolean =>
      isOneOf(settlement, 'none', 'unbind') ? false : bytes === 'unknown';
    expect(offenders(prefer, (verdict, one) => blind(verdict, one) && !isDecided(one))).toEqual([]);
  });

  it('does what a person decided only once the mark is on the file, and never fills or punches by it', () => {
    const wrong = ({ settlement }: Verdict, one: DecisionFacts): boolean =>
      isDecided(one) &&
      !(settlement === 'none' || settlement === 'close-intent') &&
      !(settlement === 'make-resident' && isOneOf(one.attribute, 'removing', 'none', 'corrupt'));
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
    const ordinary = ({ attribute, intent, names, object, bytes, row, others }: DecisionFacts): boolean =>
      isOneOf(attribute, ...IN_FLIGHT) &&
      intent === OPERATION_OF[attribute as (typeof IN_FLIGHT)[number]] &&
      names === 'intent' &&
      others === 'none' &&
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
