import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { UsageError } from '../../../src/errors.js';
import { ATTRIBUTE_STATUS, InodeBatch } from '../../../src/scan/inode-batch.js';
import { scanStateCode } from '../../../src/scan/inode-state.js';
import { compileWhere } from '../../../src/scan/where-expression.js';
import { OPERATORS } from '../../../src/scan/where/tokens.js';

const NOW = 1_700_000_000_000_000_000n;
const DAY = 86_400_000_000_000n;

type Pair = 'ino' | 'size' | 'blocks' | 'mtime' | 'ctime';

function setPair(batch: InodeBatch, column: Pair, value: bigint): void {
  batch[`${column}Low`][0] = Number(BigInt.asUintN(32, value));
  batch[`${column}High`][0] = Number(BigInt.asUintN(32, value >> 32n));
}

/** An offline file of 1 MiB, inode 2^40 + 7, changed 10 days ago. */
function sample(): InodeBatch {
  const batch = new InodeBatch(1);
  batch.count = 1;
  setPair(batch, 'ino', (1n << 40n) + 7n);
  setPair(batch, 'size', 1n << 20n);
  setPair(batch, 'blocks', 8n);
  setPair(batch, 'mtime', NOW - 10n * DAY);
  setPair(batch, 'ctime', -5n);
  batch.gen[0] = 0xffff_ffff;
  batch.mode[0] = 0o100644;
  batch.nlink[0] = 2;
  batch.uid[0] = 1000;
  batch.projid[0] = 7;
  batch.attributeStatus[0] = ATTRIBUTE_STATUS.present;
  batch.state[0] = scanStateCode('offline');
  return batch;
}

const matches = (expression: string): boolean => compileWhere(expression, NOW)(sample(), 0);

describe('compileWhere', () => {
  it.each([
    'ino = 1099511627783',
    'size = 1M',
    'size=1MiB',
    'size >= 0.5M and size < 1.5m',
    'size = 0x100000',
    'blocks <= 8',
    'gen = 4294967295',
    'gen < 99999999999999999999999',
    'uid > -1',
    'size > -1',
    'size < 99999999999999999999999',
    'ctime > @-9999999999999999999999',
    'mode = 0100644',
    'mode = 0o100644',
    'type = file',
    'type != dir',
    'state = offline',
    'not state = resident',
    'managed',
    'managed = true',
    'managed != false',
    'mtime < 7d',
    'mtime > 30d',
    'mtime = @1699136000000000000',
    'mtime > 2023-11-01',
    'mtime < 2023-11-05T00:00:00+01:00',
    'ctime < @0',
    'ctime = 1969-12-31T23:59:59.999999995Z',
    'uid = 1 or uid = 1000 and nlink = 2',
    '(uid = 1 or uid = 1000) AND NOT (gid != 0)',
    'not not managed',
  ])('true: %s', (expression) => expect(matches(expression)).toBe(true));

  it.each([
    'ino = 1099511627784',
    'ino < 1099511627783',
    'size > 1M',
    'mtime > 7d',
    'state != offline',
    'type = dir',
    'not managed',
    'uid = 1000 and uid = 1 or uid = 2',
    'projid < 7',
    'ctime >= 1970-01-01',
  ])('false: %s', (expression) => expect(matches(expression)).toBe(false));

  it.each([
    ['', 'ends too early', 1],
    ['size', 'operator is missing', 5],
    ['size >', 'value for size is missing', 7],
    ['size == 3', 'value for size is missing', 7],
    ['colour = red', 'is no field', 1],
    ['toString = 3', 'is no field', 1],
    ['size = 3 uid = 4', 'unexpected "uid"', 10],
    ['(size = 3', 'without its ")"', 1],
    ['size = 3)', 'without its "("', 9],
    ['size = 3 && uid = 1', 'unexpected "&"', 10],
    ['state = "offline"', 'unexpected """', 9],
    ['state = gone', 'is no value for state', 9],
    ['type = toString', 'is no value for type', 8],
    ['state < offline', 'makes no sense', 7],
    ['size = 1.3', 'is no value for size', 8],
    ['mtime < 2024-02-30', 'is no value for mtime', 9],
    ['mtime < 12', 'is no value for mtime', 9],
    ['('.repeat(200), 'nested too deeply', 101],
  ])('refuses %j', (expression, problem, position) => {
    expect(() => compileWhere(expression, NOW)).toThrow(UsageError);
    expect(() => compileWhere(expression, NOW)).toThrow(problem);
    expect(() => compileWhere(expression, NOW)).toThrow(`at character ${position} of `);
  });

  it('compares exactly on 64 bits', () => {
    const compare: Record<string, (a: bigint, b: bigint) => boolean> = {
      '=': (a, b) => a === b,
      '!=': (a, b) => a !== b,
      '<': (a, b) => a < b,
      '<=': (a, b) => a <= b,
      '>': (a, b) => a > b,
      '>=': (a, b) => a >= b,
    };
    const value = fc.oneof(fc.bigInt({ min: -(1n << 63n), max: (1n << 63n) - 1n }), fc.bigInt({ min: -3n, max: 3n }));
    const near = fc.tuple(value, fc.bigInt({ min: -2n, max: 2n }));
    fc.assert(
      fc.property(near, fc.constantFrom(...OPERATORS), ([stored, delta], operator) => {
        const clamped = BigInt.asIntN(64, stored);
        const batch = sample();
        setPair(batch, 'mtime', clamped);
        setPair(batch, 'size', clamped);
        const wanted = clamped + delta;
        const asTime = compileWhere(`mtime ${operator} @${wanted}`, NOW)(batch, 0);
        const asSize = compileWhere(`size ${operator} ${wanted}`, NOW)(batch, 0);
        const sizeHit = compare[operator]?.(BigInt.asUintN(64, clamped), wanted);
        return asTime === compare[operator]?.(clamped, wanted) && asSize === sizeHit;
      }),
    );
  });
});
