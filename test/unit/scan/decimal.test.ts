import fc from 'fast-check';
import { expect, it } from 'vitest';
import { formatSeconds, formatSigned, formatUnsigned } from '../../../src/scan/list/decimal.js';

const low = (value: bigint): number => Number(BigInt.asUintN(32, value));
const high = (value: bigint): number => Number(BigInt.asUintN(32, value >> 32n));
const unsigned = fc.oneof(fc.bigInt({ min: 0n, max: (1n << 64n) - 1n }), fc.bigInt({ min: 0n, max: 1n << 54n }));
const signed = fc.bigInt({ min: -(1n << 63n), max: (1n << 63n) - 1n });

it('writes unsigned 64-bit integers as String(bigint) does', () => {
  fc.assert(fc.property(unsigned, (value) => formatUnsigned(low(value), high(value)) === String(value)));
});

it('writes signed ones too, the least of all included', () => {
  fc.assert(fc.property(signed, (value) => formatSigned(low(value), high(value)) === String(value)));
  expect(formatSigned(0, 0x8000_0000)).toBe(String(-(1n << 63n)));
});

it('writes nanoseconds as seconds', () => {
  expect(formatSeconds(low(-1n), high(-1n))).toBe('-0.000000001');
  expect(formatSeconds(low(1_500_000_000n), 0)).toBe('1.500000000');
  expect(formatSeconds(0, 0x8000_0000)).toBe('-9223372036.854775808');
});
