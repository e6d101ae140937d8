/**
 * The non-zero map: where an archived file had any byte other than zero. Holes do not tell data from no data (files are
 * sparse, dedupe makes holes of zeros), so this is what "data missing" is judged by: a hole over a non-zero range.
 */
import { invariant } from '../errors.js';

/** Bytes. */
export interface NonzeroRange {
  readonly offset: number;
  readonly length: number;
}

export interface NonzeroMap {
  /** A power of two from 512 to 4096: min(4096, block size), so that no filesystem block holds half a grain. */
  readonly grainBytes: number;
  /** Ascending, coalesced, starting on grains, at most RANGES_MAX; the last one ends at the file's size at most. */
  readonly ranges: readonly NonzeroRange[];
  /** Sum of the ranges' lengths before they were made one: exact even when coarse. */
  readonly nonzeroBytes: number;
  /** True when there were too many ranges: one covering range stands for all of them, zeros between them included. */
  readonly coarse: boolean;
}

export const GRAIN_BYTES_MIN = 512;
export const GRAIN_BYTES_MAX = 4096;
export const RANGES_MAX = 4096;

/** The grain for a filesystem whose blocks have this size. */
export function grainFor(blockSizeBytes: number): number {
  return Math.min(GRAIN_BYTES_MAX, blockSizeBytes);
}

/** True for the grains that a map may have. */
export function isGrain(grainBytes: number): boolean {
  const powerOfTwo = Number.isInteger(grainBytes) && (grainBytes & (grainBytes - 1)) === 0;
  return powerOfTwo && grainBytes >= GRAIN_BYTES_MIN && grainBytes <= GRAIN_BYTES_MAX;
}

/** Throws InvariantError for a grain that no map may have. */
export function assertGrain(grainBytes: number): void {
  invariant(isGrain(grainBytes), `a grain of ${grainBytes} bytes is no power of two from 512 to 4096`);
}

/**
 * What a map says of the first `sizeBytes` of its file. How much of a coarse one lies there is not known: then
 * `nonzeroBytes` is 0, which proves no loss.
 */
export function clipNonzeroMap(map: NonzeroMap, sizeBytes: number): NonzeroMap {
  const last = map.ranges.at(-1);
  if (last === undefined || last.offset + last.length <= sizeBytes) return map;
  const ranges = map.ranges
    .filter(({ offset }) => offset < sizeBytes)
    .map(({ offset, length }) => ({ offset, length: Math.min(length, sizeBytes - offset) }));
  const nonzeroBytes = map.coarse ? 0 : ranges.reduce((sum, { length }) => sum + length, 0);
  return { ...map, ranges, nonzeroBytes };
}
