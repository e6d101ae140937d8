/** 64-bit arithmetic on pairs of 32-bit words: exact, and without a BigInt for each inode of a scan. */

const TWO_32 = 0x1_0000_0000;
const TWO_17 = 0x2_0000;
const TWO_15 = 0x8000;
const NS_PER_SECOND = 1_000_000_000;
/** Beyond this many seconds 64-bit nanoseconds overflow anyway; below, all intermediate values are exact doubles. */
const SECONDS_MAX = 0x2_8000_0000;

/** A 64-bit value's words, both unsigned; written over by the next call, so that a scan allocates nothing. */
export interface Words {
  low: number;
  high: number;
}

/**
 * Words to be written over, beyond what a signed word holds: the engine keeps such fields as doubles from the start. Where a
 * field turns into one later, all code that was compiled for it is thrown away.
 */
export const newWords = (): Words => ({ low: 0xffff_ffff, high: 0xffff_ffff });

function saturate(into: Words, isNegative: boolean): void {
  into.low = isNegative ? 0 : 0xffff_ffff;
  into.high = isNegative ? 0x8000_0000 : 0x7fff_ffff;
}

/**
 * Signed 64-bit nanoseconds since 1970, as two's-complement words, from signed 64-bit seconds (as words) and
 * nanoseconds. A time outside of what 64 bits hold (the years 1677 to 2262) becomes the nearest that they do hold.
 */
export function timeNsWords(into: Words, secondsLow: number, secondsHigh: number, nanoseconds: number): void {
  const seconds = (secondsHigh | 0) * TWO_32 + secondsLow;
  if (seconds > SECONDS_MAX || seconds < -SECONDS_MAX) return saturate(into, seconds < 0);
  // seconds = upper * 2^17 + lower, so that both products with 10^9 stay below 2^53.
  const upper = Math.floor(seconds / TWO_17);
  const upperNs = upper * NS_PER_SECOND;
  const lowerNs = (seconds - upper * TWO_17) * NS_PER_SECOND + nanoseconds;
  // The sum is upperNs * 2^17 + lowerNs; upperNs * 2^17 = floor(upperNs / 2^15) * 2^32 + rest * 2^17.
  const upperHigh = Math.floor(upperNs / TWO_15);
  const sum = (upperNs - upperHigh * TWO_15) * TWO_17 + lowerNs;
  const carry = Math.floor(sum / TWO_32);
  const high = upperHigh + carry;
  if (high > 0x7fff_ffff || high < -0x8000_0000) return saturate(into, high < 0);
  into.low = sum - carry * TWO_32;
  into.high = high >>> 0;
}

/** 2^31 seconds in nanoseconds: its high word; the low one is 0. */
const BIG_TIME_EPOCH_HIGH = 0x1dcd_6500;

/** As timeNsWords(), from XFS's big times: unsigned 64-bit nanoseconds since 2^31 seconds before 1970. */
export function bigTimeNsWords(into: Words, low: number, high: number): void {
  const difference = high - BIG_TIME_EPOCH_HIGH;
  if (difference > 0x7fff_ffff) return saturate(into, false);
  into.low = low;
  into.high = difference >>> 0;
}

/** A 64-bit count of blocks in units of 512 bytes. The block size is a power of two from 512 to 65,536. */
export function blocks512Words(into: Words, blocksLow: number, blocksHigh: number, blockSizeBytes: number): void {
  const factor = blockSizeBytes / 512;
  const sum = blocksLow * factor;
  const carry = Math.floor(sum / TWO_32);
  into.low = sum - carry * TWO_32;
  into.high = (blocksHigh * factor + carry) >>> 0;
}
