/** Comparisons of a batch's columns with a constant: exact on 64 bits, without a BigInt for each inode. */
import type { InodeBatch } from '../inode-batch.js';
import type { Operator } from './tokens.js';

export type Predicate = (batch: InodeBatch, index: number) => boolean;
type Column = (batch: InodeBatch) => Uint32Array;

/** Turns a three-way comparison (negative, 0, positive) into a predicate. */
function byOrder(order: (batch: InodeBatch, index: number) => number, operator: Operator): Predicate {
  switch (operator) {
    case '=':
      return (batch, index) => order(batch, index) === 0;
    case '!=':
      return (batch, index) => order(batch, index) !== 0;
    case '<':
      return (batch, index) => order(batch, index) < 0;
    case '<=':
      return (batch, index) => order(batch, index) <= 0;
    case '>':
      return (batch, index) => order(batch, index) > 0;
    case '>=':
      return (batch, index) => order(batch, index) >= 0;
  }
}

/** A 32-bit unsigned column against any integer. */
export function compareWord(column: Column, operator: Operator, value: bigint): Predicate {
  // Beyond 2^53 the number is rounded, which changes nothing: it stays above every 32-bit value.
  const wanted = Number(value);
  return byOrder((batch, index) => (column(batch)[index] ?? 0) - wanted, operator);
}

/** A 64-bit column (two words) against any integer. One outside of the column's range is above or below all of it. */
export function compareWords(
  columns: { readonly low: Column; readonly high: Column; readonly isSigned: boolean },
  operator: Operator,
  value: bigint,
): Predicate {
  const { low, high, isSigned } = columns;
  const fits = isSigned ? BigInt.asIntN(64, value) === value : BigInt.asUintN(64, value) === value;
  if (!fits) return byOrder(() => (value < 0n ? 1 : -1), operator);
  const wantedLow = Number(value & 0xffff_ffffn);
  const wantedHigh = Number(value >> 32n);
  return byOrder((batch, index) => {
    const word = high(batch)[index] ?? 0;
    const difference = (isSigned ? word | 0 : word) - wantedHigh;
    return difference !== 0 ? difference : (low(batch)[index] ?? 0) - wantedLow;
  }, operator);
}
