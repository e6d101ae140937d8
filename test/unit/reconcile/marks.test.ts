import { expect, it } from 'vitest';
import { toOp } from '../../../src/dm/identity.js';
import { compareMark } from '../../../src/reconcile/marks.js';

const catalog = (opLimit: bigint, announcedLimit: bigint) => ({
  epoch: 7n,
  isFormerEpoch: (epoch: bigint) => epoch === 6n,
  reached: toOp(opLimit),
  announced: toOp(announcedLimit),
});
const mark = (opLimit: bigint, epoch = 7n) => ({ epoch, opLimit: toOp(opLimit) });

it.each([
  ['equal', catalog(100n, 100n), mark(100n), 'agree'],
  ['announced and not yet written', catalog(100n, 200n), mark(100n), 'agree'],
  ['announced and written, not yet raised', catalog(100n, 200n), mark(200n), 'agree'],
  ['never announced', catalog(100n, 200n), mark(201n), 'catalog-behind'],
  ['left behind', catalog(100n, 100n), mark(99n), 'mark-behind'],
  ['of another epoch, however far', catalog(100n, 100n), mark(100n, 8n), 'other-epoch'],
  ['of an earlier epoch, and as it was left', catalog(100n, 100n), mark(100n, 6n), 'agree'],
  ['of an earlier epoch, and never announced', catalog(100n, 100n), mark(101n, 6n), 'catalog-behind'],
  ['of an earlier epoch, and left behind', catalog(100n, 100n), mark(99n, 6n), 'mark-behind'],
  ['copied with files', catalog(100n, 100n), { ...mark(100n), isCopied: true }, 'copied'],
  ['copied with files, whatever it says', catalog(100n, 100n), { ...mark(101n), isCopied: true }, 'copied'],
  ['copied with files, of an earlier epoch', catalog(100n, 100n), { ...mark(100n, 6n), isCopied: true }, 'copied'],
  ['copied with files, of another epoch', catalog(100n, 100n), { ...mark(100n, 8n), isCopied: true }, 'other-epoch'],
  ['of another epoch, behind', catalog(100n, 100n), mark(1n, 8n), 'other-epoch'],
] as const)('a mark that is %s', (_, numbers, found, expected) => {
  expect(compareMark(numbers, found)).toBe(expected);
});
