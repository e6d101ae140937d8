import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bigTimeNsWords, blocks512Words, timeNsWords } from '../../../src/scan/exact-time.js';

const NS = 1_000_000_000n;
const MIN = -(1n << 63n);
const MAX = (1n << 63n) - 1n;

const join = (words: { low: number; high: number }): bigint => (BigInt(words.high) << 32n) | BigInt(words.low);

function computed(seconds: bigint, nanoseconds: number): bigint {
  const words = { low: 0, high: 0 };
  const unsigned = BigInt.asUintN(64, seconds);
  timeNsWords(words, Number(unsigned & 0xffff_ffffn), Number(unsigned >> 32n), nanoseconds);
  return BigInt.asIntN(64, join(words));
}

function expected(seconds: bigint, nanoseconds: number): bigint {
  const exact = seconds * NS + BigInt(nanoseconds);
  if (exact > MAX) return MAX;
  return exact < MIN ? MIN : exact;
}

const nanoseconds = fc.integer({ min: 0, max: 999_999_999 });

describe('timeNsWords', () => {
  it.each([
    [0n, 0],
    [-1n, 999_999_999],
    [-1n, 0],
    [1_700_000_000n, 123_456_789],
    [-2_147_483_648n, 1],
    [9_223_372_036n, 854_775_807],
    [9_223_372_036n, 854_775_808],
    [-9_223_372_037n, 145_224_192],
    [-9_223_372_037n, 145_224_191],
    [MAX, 999_999_999],
    [MIN, 0],
  ])('is exact for %s s + %s ns, or saturates', (seconds, ns) => {
    expect(computed(seconds, ns)).toBe(expected(seconds, ns));
  });

  it('agrees with bigint arithmetic for any 64-bit seconds', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: MIN, max: MAX }), nanoseconds, (s, ns) => computed(s, ns) === expected(s, ns)),
    );
  });

  it('agrees with bigint arithmetic around the range that 64 bits hold', () => {
    const seconds = fc.bigInt({ min: -10_000_000_000n, max: 10_000_000_000n });
    fc.assert(
      fc.property(seconds, nanoseconds, (s, ns) => computed(s, ns) === expected(s, ns)),
      { numRuns: 5000 },
    );
  });
});

describe('bigTimeNsWords', () => {
  it('agrees with bigint arithmetic for any 64 bits', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: (1n << 64n) - 1n }), (onDisk) => {
        const words = { low: 0, high: 0 };
        bigTimeNsWords(words, Number(onDisk & 0xffff_ffffn), Number(onDisk >> 32n));
        const exact = onDisk - (1n << 31n) * NS;
        return BigInt.asIntN(64, join(words)) === (exact > MAX ? MAX : exact);
      }),
      { numRuns: 5000 },
    );
  });
});

describe('blocks512Words', () => {
  it('agrees with bigint arithmetic', () => {
    const blockSize = fc.integer({ min: 9, max: 16 }).map((bits) => 1 << bits);
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: 1n << 56n }), blockSize, (blocks, size) => {
        const words = { low: 0, high: 0 };
        blocks512Words(words, Number(blocks & 0xffff_ffffn), Number(blocks >> 32n), size);
        return join(words) === (blocks * BigInt(size)) / 512n;
      }),
    );
  });
});
