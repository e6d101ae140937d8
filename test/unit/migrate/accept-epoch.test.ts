import { expect, test } from 'vitest';
import { toOp } from '../../../src/dm/identity.js';
import { decideAcceptance, type KnownNumbers } from '../../../src/migrate/accept-epoch.js';
import { rollbackOf, type JudgedMarks } from '../../../src/migrate/rollback.js';

const mark = (opLimit: bigint, epoch = 7n) => ({ epoch, opLimit: toOp(opLimit) });
const marks = (change: Partial<JudgedMarks>): JudgedMarks => ({
  root: mark(100n),
  rootVerdict: 'agree',
  store: mark(100n),
  storeVerdict: 'agree',
  ...change,
});
const known = (change: Partial<JudgedMarks>): KnownNumbers => ({
  numbers: { epoch: 7n, nextOp: toOp(40n), opLimit: toOp(100n), announcedLimit: toOp(100n) },
  filesystems: [{ markAnnounced: toOp(100n) }],
  marks: marks(change),
});

test.each([
  ['agree', 'agree', undefined],
  ['agree', 'mark-behind', undefined],
  ['agree', 'catalog-behind', 'catalog-behind'],
  ['agree', 'other-epoch', 'catalog-behind'],
  ['catalog-behind', 'agree', 'catalog-behind'],
  ['other-epoch', 'agree', 'catalog-behind'],
  ['mark-behind', 'agree', 'filesystem-behind'],
  ['mark-behind', 'catalog-behind', 'filesystem-behind'],
] as const)('root mark %s, store mark %s: %s', (rootVerdict, storeVerdict, kind) => {
  expect(rollbackOf(marks({ rootVerdict, storeVerdict }))?.kind).toBe(kind);
  expect(decideAcceptance(known({ rootVerdict, storeVerdict }), 9n)?.kind).toBe(kind);
});

test.each([
  ['the root mark', { rootVerdict: 'catalog-behind', root: mark(500_000n) }],
  ['the store mark', { rootVerdict: 'catalog-behind', store: mark(500_000n, 8n), storeVerdict: 'other-epoch' }],
] as const)('numbers go on above %s', (_, change) => {
  const acceptance = decideAcceptance(known(change), 9n);
  expect(acceptance).toMatchObject({ earlierEpoch: 7n, epoch: 9n });
  expect(acceptance?.opLimit).toBeGreaterThan(500_000n);
});

test('numbers go on above what was announced to any filesystem, and to this catalog itself', () => {
  const behind = known({ rootVerdict: 'mark-behind', root: mark(50n) });
  const far = { ...behind, filesystems: [{ markAnnounced: toOp(900_000n) }] };
  expect(decideAcceptance(far, 9n)?.opLimit).toBeGreaterThan(900_000n);
  const announced = { ...behind, numbers: { ...behind.numbers, announcedLimit: toOp(800_000n) } };
  expect(decideAcceptance(announced, 9n)).toMatchObject({ rootMark: 50n });
  expect(decideAcceptance(announced, 9n)?.opLimit).toBeGreaterThan(800_000n);
});

test('the epochs of both marks are known from then on', () => {
  const change = {
    root: mark(100n, 8n),
    rootVerdict: 'other-epoch',
    store: mark(100n, 6n),
    storeVerdict: 'other-epoch',
  } as const;
  expect(decideAcceptance(known(change), 9n)?.markEpochs).toEqual([8n, 6n]);
});
