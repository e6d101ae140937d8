import { describe, expect, it, test } from 'vitest';
import { STATES, type AttributeState } from '../../../src/dm/states.js';
import { precondition, type ForwardOperation, type PreconditionFacts } from '../../../src/migrate/preconditions.js';
import { attribute, own } from '../reconcile/sample-look.js';

const OPERATIONS: readonly ForwardOperation[] = ['archive', 'release', 'recall', 'remove'];
const ROWS = ['none', 'dual', 'offline'] as const;

type Look = PreconditionFacts['attribute'];
const NONE: Look = { kind: 'none' };

function answer(operation: ForwardOperation, look: Look, row: PreconditionFacts['row'], sameObject = true): string {
  const verdict = precondition(operation, { attribute: look, row, sameObject });
  return verdict.kind === 'proceed' ? 'proceed' : verdict.result;
}

/** What each operation does with a file whose records agree. */
const AT_REST: readonly (readonly [ForwardOperation, Look, PreconditionFacts['row'], string])[] = [
  ['archive', NONE, 'none', 'proceed'],
  ['archive', own('dual'), 'dual', 'proceed'],
  ['archive', own('offline'), 'offline', 'already'],
  ['release', NONE, 'none', 'wrong-state'],
  ['release', own('dual'), 'dual', 'proceed'],
  ['release', own('offline'), 'offline', 'already'],
  ['recall', NONE, 'none', 'already'],
  ['recall', own('dual'), 'dual', 'already'],
  ['recall', own('offline'), 'offline', 'proceed'],
  ['remove', NONE, 'none', 'already'],
  ['remove', own('dual'), 'dual', 'proceed'],
  ['remove', own('offline'), 'offline', 'wrong-state'],
];

const nameOf = (look: Look): string => (look.kind === 'own' ? look.attribute.state : look.kind);

const LOOKS: readonly Look[] = [
  NONE,
  ...STATES.map(({ name }) => own(name)),
  { kind: 'copied', attribute: attribute('dual') },
  { kind: 'foreign', attribute: attribute('dual') },
  { kind: 'corrupt', why: 'its checksum is wrong' },
  { kind: 'newer', version: 2 },
];

describe('preconditions', () => {
  it.each(AT_REST.map(([operation, look, row, expected]) => [operation, nameOf(look), row, expected, look] as const))(
    '%s of a file that says %s with a row that says %s: %s',
    (operation, _, row, expected, look) => {
      expect(answer(operation, look, row)).toBe(expected);
    },
  );

  test('whatever else is seen, nothing goes on', () => {
    const known = new Set(AT_REST.map(([, look, row]) => `${nameOf(look)} ${row}`));
    for (const operation of OPERATIONS) {
      for (const look of LOOKS) {
        for (const row of ROWS) {
          for (const same of [true, false]) {
            if (same && known.has(`${nameOf(look)} ${row}`)) continue;
            expect(answer(operation, look, row, same), `${operation} ${look.kind} ${row}`).toMatch(
              /^(interrupted|wrong-state)$/,
            );
          }
        }
      }
    }
  });

  test('a file that was released and has lost its attribute is never archived: it would archive zeros', () => {
    expect(answer('archive', NONE, 'offline')).toBe('interrupted');
  });

  it.each(['archiving', 'releasing', 'recalling', 'removing', 'partial'] as const)(
    '%s is for recovery',
    (state: AttributeState) => {
      for (const operation of OPERATIONS)
        for (const row of ROWS) expect(answer(operation, own(state), row)).toBe('interrupted');
    },
  );

  test('every refusal says why and what to do', () => {
    for (const operation of OPERATIONS) {
      for (const look of LOOKS) {
        const verdict = precondition(operation, { attribute: look, row: 'none', sameObject: true });
        if (verdict.kind === 'stop') expect(verdict.why).toMatch(/\w+ \w+ \w+/);
      }
    }
  });
});
