import { expect, test } from 'vitest';
import { toOp } from '../../../src/dm/identity.js';
import type { FileStat } from '../../../src/native/statx.js';
import type { Look } from '../../../src/reconcile/look.js';
import type { History } from '../../../src/recover/history.js';
import { isIntentOutdated, rowAge, withoutOutdated } from '../../../src/recover/row-age.js';
import { decideUndone } from '../../../src/recover/rules-undone.js';
import { ALL_FACTS, facts } from './all-facts.js';
import { SETTLEMENTS } from '../../../src/migrate/settlements.js';

const ACCEPTED: History = { isOwnEpoch: () => true, acceptedOp: toOp(100n), keptOp: toOp(100n) };
const NEVER: History = { ...ACCEPTED, acceptedOp: toOp(0n) };
const [A, B] = ['a', 'b'];

interface Scene {
  readonly state?: string;
  readonly attribute?: { readonly op: bigint; readonly object?: string };
  readonly rowOp?: bigint;
  readonly ctimeNs?: bigint;
  readonly btimeNs?: bigint;
  readonly intentOp?: bigint;
}

/** The row is of object A, made at time 50 of a file born at 7. */
function scene({
  state = 'dual',
  attribute,
  rowOp = 50n,
  ctimeNs = 60n,
  btimeNs = 7n,
  intentOp,
}: Scene): [Look, FileStat] {
  const look = {
    attribute: attribute
      ? { kind: 'own', attribute: { op: attribute.op, objectId: attribute.object ?? B, state } }
      : { kind: 'none' },
    row: { op: rowOp, objectId: A, ctimeNs: 50n, btimeNs: 7n },
    ...(intentOp !== undefined && { intent: { op: intentOp } }),
  };
  return [look as object as Look, { ctimeNs, btimeNs } as object as FileStat];
}

test.each([
  ['the attribute is newer and names another copy', { attribute: { op: 60n } }, 'outdated'],
  ['the attribute is newer and names the same copy', { attribute: { op: 60n, object: A } }, 'same'],
  ['the attribute is older, and so is the inode', { attribute: { op: 40n }, ctimeNs: 49n }, 'outdated'],
  ['the attribute is older, and the inode was touched since', { attribute: { op: 40n }, ctimeNs: 51n }, 'same'],
  ['a newer attribute that does not say where the data is', { state: 'archiving', attribute: { op: 60n } }, 'same'],
  ['no attribute, and an older inode', { ctimeNs: 49n }, 'undone'],
  ['no attribute, and an inode that was touched since', { ctimeNs: 51n }, 'same'],
  ['no attribute, and another birth time', { btimeNs: 8n }, 'other-file'],
  ['no attribute, another birth time, and an open operation', { btimeNs: 8n, intentOp: 55n }, 'same'],
  ['a row from after the rollback', { attribute: { op: 60n }, rowOp: 100n }, 'same'],
  ['an attribute from after the rollback', { attribute: { op: 100n } }, 'same'],
] satisfies readonly (readonly [string, Scene, string])[])('%s', (_, what, age) => {
  expect(rowAge(...scene(what), ACCEPTED)).toBe(age);
  expect(rowAge(...scene(what), NEVER)).toBe('same');
});

test('an intent is outdated by a newer attribute, and only where a rollback was accepted', () => {
  const [look] = scene({ attribute: { op: 60n, object: A }, intentOp: 55n });
  expect(isIntentOutdated(look, ACCEPTED)).toBe(true);
  expect(isIntentOutdated(look, NEVER)).toBe(false);
  expect(isIntentOutdated(scene({ attribute: { op: 55n }, intentOp: 55n })[0], ACCEPTED)).toBe(false);
});

test('what is outdated is left out, and nothing else', () => {
  const [look, stat] = scene({ attribute: { op: 60n }, intentOp: 55n });
  expect(Object.keys(withoutOutdated(look, stat, ACCEPTED))).toEqual(['attribute']);
  expect(withoutOutdated(look, stat, NEVER)).toEqual(look);
  const [bare, at] = scene({ ctimeNs: 49n });
  expect(withoutOutdated(bare, at, ACCEPTED)).toEqual(bare);
});

test('age alone drops rows, never data or copies, and nothing at all of a file of the same age', () => {
  expect(ALL_FACTS.some((one) => decideUndone(one, 'same') !== undefined)).toBe(false);
  for (const age of ['undone', 'other-file'] as const) {
    const settled = ALL_FACTS.filter((one) => decideUndone(one, age) !== undefined);
    expect(settled.some(({ attribute, intent }) => attribute !== 'none' || intent !== 'none')).toBe(false);
    const names = new Set(settled.map((one) => decideUndone(one, age)?.settlement ?? 'none'));
    expect([...names]).toEqual(['strip']);
  }
  expect(SETTLEMENTS.strip).toMatchObject({ data: 'none', trash: 'none', row: 'delete' });
});

test('data that was not durable when the filesystem was copied is brought back by the table', () => {
  const bare = facts({ attribute: 'none', intent: 'none', row: 'offline', names: 'other', bytes: 'missing' });
  expect(decideUndone({ ...bare, times: 'ctime-moved' }, 'undone')).toBeUndefined();
  expect(decideUndone({ ...bare, times: 'changed' }, 'undone')?.settlement).toBe('strip');
});
