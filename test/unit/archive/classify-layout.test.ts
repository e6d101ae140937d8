import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { classifyLayout } from '../../../src/archive/classify-layout.js';
import type { NonzeroMap } from '../../../src/archive/nonzero-map.js';

const GRAIN = 4096;
const range = (start: number, end: number) => ({ offset: start * GRAIN, length: (end - start) * GRAIN });

function mapOf(...ranges: { offset: number; length: number }[]): NonzeroMap {
  return { grainBytes: GRAIN, ranges, nonzeroBytes: ranges.reduce((sum, one) => sum + one.length, 0), coarse: false };
}

function runs(flags: readonly boolean[]): { offset: number; length: number }[] {
  return flags.flatMap((flag, index) => (flag && !flags[index - 1] ? [range(index, endOfRun(flags, index))] : []));
}

function endOfRun(flags: readonly boolean[], start: number): number {
  const end = flags.indexOf(false, start);
  return end < 0 ? flags.length : end;
}

describe('classifyLayout', () => {
  it.each([
    ['void', [range(0, 9)], mapOf()],
    ['whole', [range(0, 3), range(3, 9)], mapOf(range(1, 5))],
    ['whole', [range(1, 2), range(5, 7)], mapOf(range(1, 2), range(5, 6))],
    ['missing-some', [range(0, 2)], mapOf(range(1, 3))],
    ['missing-all', [range(0, 1), range(3, 9)], mapOf(range(1, 3))],
    ['missing-all', [], mapOf(range(0, 1))],
  ] as const)('says %s', (layout, extents, map) => {
    expect(classifyLayout(extents, map, 9 * GRAIN)).toBe(layout);
  });

  it('counts what lies behind the end of the file as missing', () => {
    expect(classifyLayout([range(0, 9)], mapOf(range(0, 9)), 4 * GRAIN)).toBe('missing-some');
    expect(classifyLayout([range(0, 9)], mapOf(range(6, 9)), 4 * GRAIN)).toBe('missing-all');
  });

  it('claims of a coarse map only what it proves', () => {
    const coarse = { grainBytes: GRAIN, ranges: [range(1, 9)], nonzeroBytes: 4 * GRAIN, coarse: true };
    expect(classifyLayout([range(0, 4)], coarse, 10 * GRAIN)).toBe('missing-some');
    expect(classifyLayout([range(0, 5)], coarse, 10 * GRAIN)).toBe('unknown');
    expect(classifyLayout([range(0, 10)], coarse, 10 * GRAIN)).toBe('whole');
    expect(classifyLayout([range(0, 1)], coarse, 10 * GRAIN)).toBe('missing-all');
  });

  it('agrees with a look at every grain', () => {
    const flags = fc.array(fc.boolean(), { minLength: 24, maxLength: 24 });
    fc.assert(
      fc.property(flags, flags, (data, nonzero) => {
        const needed = nonzero.flatMap((flag, index) => (flag ? [data[index]] : []));
        const missing = needed.filter((there) => !there).length;
        const some = missing === needed.length ? 'missing-all' : 'missing-some';
        const expected = needed.length === 0 ? 'void' : missing === 0 ? 'whole' : some;
        expect(classifyLayout(runs(data), mapOf(...runs(nonzero)), 24 * GRAIN)).toBe(expected);
      }),
    );
  });
});
