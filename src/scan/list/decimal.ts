/** 64-bit integers in two words as decimal text: exact, and without a BigInt for each. */

const BILLION = 1_000_000_000;
const TWO_16 = 0x1_0000;
const TWO_32 = 0x1_0000_0000;
/** Below this high word the value is an exact double. */
const EXACT_HIGH = 0x20_0000;
const SIGN_BIT = 0x8000_0000;

/** Puts `separator` before the last nine digits. Divides by 10^9, 16 bits at a time, so that all steps are exact. */
function splitDigits(low: number, high: number, separator: string): string {
  let quotient = 0;
  let rest = 0;
  for (let digit = 0; digit < 4; digit++) {
    const word = digit < 2 ? high : low;
    const value = rest * TWO_16 + (digit % 2 === 0 ? word >>> 16 : word & 0xffff);
    const part = Math.floor(value / BILLION);
    quotient = quotient * TWO_16 + part;
    rest = value - part * BILLION;
  }
  return `${quotient}${separator}${String(rest).padStart(9, '0')}`;
}

/** An unsigned 64-bit integer. */
export function formatUnsigned(low: number, high: number): string {
  return high < EXACT_HIGH ? String(high * TWO_32 + low) : splitDigits(low, high, '');
}

/** The absolute value's words go to `format`; the least of all values is its own negative and comes out right. */
function formatMagnitude(low: number, high: number, format: (low: number, high: number) => string): string {
  if (high < SIGN_BIT) return format(low, high);
  const negatedLow = (~low + 1) >>> 0;
  const negatedHigh = (~high + (negatedLow === 0 ? 1 : 0)) >>> 0;
  return `-${format(negatedLow, negatedHigh)}`;
}

/** A signed 64-bit integer in two's complement. */
export const formatSigned = (low: number, high: number): string => formatMagnitude(low, high, formatUnsigned);

const withPoint = (low: number, high: number): string => splitDigits(low, high, '.');

/** Signed 64-bit nanoseconds as seconds with nine decimals. */
export const formatSeconds = (low: number, high: number): string => formatMagnitude(low, high, withPoint);
