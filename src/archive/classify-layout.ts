import type { NonzeroMap, NonzeroRange } from './nonzero-map.js';

/**
 * What a file's data extents say about archived data:
 * `whole` every non-zero range has data below it; `missing-some`, `missing-all` holes over non-zero ranges;
 * `void` there is no non-zero range, hence nothing to lose; `unknown` a coarse map cannot decide.
 */
export type Layout = 'whole' | 'missing-some' | 'missing-all' | 'void' | 'unknown';

/** Bytes that both ascending lists cover, those at or past `sizeBytes` left out of the first. */
function overlapBytes(extents: Iterable<NonzeroRange>, ranges: readonly NonzeroRange[], sizeBytes: number): number {
  let covered = 0;
  let index = 0;
  for (const extent of extents) {
    const extentEnd = Math.min(extent.offset + extent.length, sizeBytes);
    for (let range = ranges[index]; range && range.offset < extentEnd; range = ranges[index]) {
      const rangeEnd = range.offset + range.length;
      covered += Math.max(0, Math.min(extentEnd, rangeEnd) - Math.max(extent.offset, range.offset));
      // A range that goes on behind this extent may meet the next one.
      if (rangeEnd > extentEnd) break;
      index++;
    }
  }
  return covered;
}

/**
 * Judges a layout (pure). Data over a zero range is harmless and a hole over one too; `whole` says that no data is
 * missing, never that it is right. Exact as long as no filesystem block is smaller than the map's grain.
 *
 * A coarse map's one range holds zeros as well: less data in it than non-zero bytes proves loss, data all over it
 * proves the opposite, anything between proves nothing.
 * @param dataExtents ascending, disjoint, in bytes (native/extents.ts)
 * @param sizeBytes the file's size now: what the map has behind it counts as missing
 */
export function classifyLayout(dataExtents: Iterable<NonzeroRange>, map: NonzeroMap, sizeBytes: number): Layout {
  if (map.ranges.length === 0) return 'void';
  const covered = overlapBytes(dataExtents, map.ranges, sizeBytes);
  const rangeBytes = map.ranges.reduce((sum, range) => sum + range.length, 0);
  if (covered === rangeBytes) return 'whole';
  if (covered === 0) return 'missing-all';
  return map.coarse && covered >= map.nonzeroBytes ? 'unknown' : 'missing-some';
}
