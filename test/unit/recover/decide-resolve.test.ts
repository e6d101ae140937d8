/** What a person's word about a conflict leads to, whatever is known of the file. */
import { expect, it, test } from 'vitest';
import { SETTLEMENTS } from '../../../src/migrate/settlements.js';
import { decide } from '../../../src/recover/decide.js';
import type { DecisionFacts } from '../../../src/recover/decision-facts.js';
import { decideResolve, SIDES, type Resolution, type Side } from '../../../src/recover/decide-resolve.js';
import { ALL_FACTS, facts } from './all-facts.js';

const OFFENDERS_MAX = 5;
const resolve = (one: DecisionFacts, keep: Side): Resolution => decideResolve(one, decide(one, 'auto'), keep);

function offenders(keep: Side, wrong: (resolution: Resolution, facts: DecisionFacts) => boolean): unknown[] {
  const found: unknown[] = [];
  for (const one of ALL_FACTS) {
    const resolution = resolve(one, keep);
    if (wrong(resolution, one)) found.push({ one, resolution });
    if (found.length === OFFENDERS_MAX) break;
  }
  return found;
}

it('fills only from a good copy, and only a file that has no byte of its own', () => {
  const fills = (resolution: Resolution): boolean =>
    resolution.kind === 'settle' && SETTLEMENTS[resolution.settlement].data !== 'none';
  const safe = ({ object, bytes, others }: DecisionFacts): boolean =>
    object === 'good' && ['missing', 'void', 'equal'].includes(bytes) && ['none', 'gone'].includes(others);
  expect(offenders('archive', (resolution, one) => fills(resolution) && !safe(one))).toEqual([]);
  expect(offenders('file', fills)).toEqual([]);
});

it('drops no copy that another living file claims, and none to keep the archived version', () => {
  const drops = (resolution: Resolution): boolean =>
    resolution.kind === 'settle' && SETTLEMENTS[resolution.settlement].trash === 'object';
  const shared = ({ others }: DecisionFacts): boolean => others === 'identified' || others === 'unidentified';
  expect(offenders('archive', drops)).toEqual([]);
  expect(offenders('file', (resolution, one) => drops(resolution) && shared(one))).toEqual([]);
});

it.each(SIDES)('does nothing where recovery needs no word of a person, or may not act at all (keep %s)', (keep) => {
  const wrong = (resolution: Resolution, one: DecisionFacts): boolean => {
    const { settlement, reportClass } = decide(one, 'auto');
    const isOpen = settlement === 'none' && (reportClass === 'conflict' || reportClass === 'stale-copy');
    return resolution.kind === 'settle' && !isOpen;
  };
  expect(offenders(keep, wrong)).toEqual([]);
});

it('leaves no conflict without a way out: the file can be kept, but in a state that nothing makes', () => {
  const stuck = (resolution: Resolution, one: DecisionFacts): boolean =>
    decide(one, 'auto').reportClass === 'conflict' && resolution.kind !== 'settle' && one.attribute !== 'partial';
  expect(offenders('file', stuck)).toEqual([]);
});

const stub = (change: Partial<DecisionFacts>): DecisionFacts =>
  facts({ attribute: 'offline', intent: 'none', names: 'row', row: 'offline', times: 'changed', ...change });

test.each<[string, Partial<DecisionFacts>, Side, Partial<Resolution>]>([
  ['a regrown stub', {}, 'archive', { kind: 'settle', settlement: 'fill' }],
  ['a regrown stub', {}, 'file', { kind: 'settle', settlement: 'make-resident' }],
  ['a stub that was written to', { bytes: 'differing' }, 'archive', { kind: 'stop', result: 'conflict' }],
  ['a stub that was written to', { bytes: 'differing' }, 'file', { kind: 'settle', settlement: 'make-resident' }],
  ['a stub as it was released', { times: 'same' }, 'file', { kind: 'stop', result: 'already' }],
  ['a stub whose mode moved', { times: 'ctime-moved' }, 'archive', { kind: 'stop', result: 'already' }],
  ['a regrown stub without a copy', { object: 'missing' }, 'archive', { kind: 'stop', result: 'conflict' }],
  ['a store that cannot be reached', { object: 'unreachable' }, 'file', { kind: 'stop', result: 'wrong-state' }],
  [
    'a half filled file that was touched',
    { attribute: 'recalling', intent: 'recall', names: 'intent' },
    'archive',
    { kind: 'settle', settlement: 'fill' },
  ],
  ['a file that is interrupted only', { attribute: 'recalling', times: 'same' }, 'file', { result: 'interrupted' }],
  [
    'a file that another one claims the copy of',
    { others: 'identified' },
    'file',
    { kind: 'settle', settlement: 'strip' },
  ],
  ['a newer file', { attribute: 'dual', row: 'dual', bytes: 'differing' }, 'file', { result: 'changed' }],
])('%s: %o, keep %s', (_, change, keep, expected) => expect(resolve(stub(change), keep)).toMatchObject(expected));
