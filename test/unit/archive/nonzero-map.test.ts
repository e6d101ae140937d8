import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { NonzeroMapBuilder } from '../../../src/archive/nonzero-map-builder.js';
import { decodeNonzeroMap, encodeNonzeroMap } from '../../../src/archive/nonzero-map-codec.js';
import { grainFor, RANGES_MAX, type NonzeroMap } from '../../../src/archive/nonzero-map.js';

const GRAIN = 512;

/** Grain by grain, the slow and plain way. */
function naiveMap(content: Buffer): NonzeroMap {
  const ranges: { offset: number; length: number }[] = [];
  for (let at = 0; at < content.length; at += GRAIN) {
    const grain = content.subarray(at, at + GRAIN);
    if (grain.every((byte) => byte === 0)) continue;
    const last = ranges.at(-1);
    if (last && last.offset + last.length === at) last.length += grain.length;
    else ranges.push({ offset: at, length: grain.length });
  }
  const nonzeroBytes = ranges.reduce((sum, range) => sum + range.length, 0);
  return { grainBytes: GRAIN, ranges, nonzeroBytes, coarse: false };
}

/** A file of up to 40 grains with a few non-zero bytes, and places to cut it into chunks at, grains or not. */
const contents = fc
  .tuple(
    fc.nat(40 * GRAIN),
    fc.array(fc.nat(40 * GRAIN), { maxLength: 30 }),
    fc.array(fc.nat(40 * GRAIN), { maxLength: 9 }),
  )
  .map(([sizeBytes, marks, cuts]) => {
    const content = Buffer.alloc(sizeBytes);
    for (const mark of marks) if (mark < sizeBytes) content[mark] = 1 + (mark % 255);
    return { content, cuts: [...cuts.filter((cut) => cut < sizeBytes), 0, sizeBytes].sort((a, b) => a - b) };
  });

function alternating(count: number): NonzeroMap {
  const builder = new NonzeroMapBuilder(GRAIN);
  for (let index = 0; index < count; index++) builder.add(Buffer.alloc(GRAIN, 1), (2 * index + 1) * GRAIN);
  return builder.finish(2 * count * GRAIN);
}

describe('NonzeroMapBuilder', () => {
  it('agrees with the naive map however the content is cut', () => {
    fc.assert(
      fc.property(contents, ({ content, cuts }) => {
        const builder = new NonzeroMapBuilder(GRAIN);
        cuts.slice(1).forEach((end, index) => builder.add(content.subarray(cuts[index], end), cuts[index] ?? 0));
        expect(builder.finish(content.length)).toEqual(naiveMap(content));
      }),
    );
  });

  it('keeps 4,096 ranges and makes one coarse range of one more, the sum staying exact', () => {
    const full = alternating(RANGES_MAX);
    expect([full.ranges.length, full.coarse]).toEqual([RANGES_MAX, false]);
    const over = alternating(RANGES_MAX + 10);
    expect(over.coarse).toBe(true);
    expect(over.ranges).toEqual([{ offset: GRAIN, length: (2 * (RANGES_MAX + 10) - 1) * GRAIN }]);
    expect(over.nonzeroBytes).toBe((RANGES_MAX + 10) * GRAIN);
  });

  it('refuses content that goes back, content behind the end, and odd grains', () => {
    const builder = new NonzeroMapBuilder(GRAIN);
    builder.add(Buffer.alloc(GRAIN, 1), GRAIN);
    expect(() => builder.add(Buffer.alloc(1), 0)).toThrow('internal rule broken');
    expect(() => builder.finish(GRAIN)).toThrow('internal rule broken');
    expect(() => new NonzeroMapBuilder(1000)).toThrow('power of two');
  });

  it('takes the block size as grain, 4 KiB at most', () => {
    expect([grainFor(1024), grainFor(4096), grainFor(65536)]).toEqual([1024, 4096, 4096]);
  });
});

describe('the encoded map', () => {
  it('comes back equal', () => {
    fc.assert(
      fc.property(contents, ({ content }) => {
        const map = naiveMap(content);
        expect(decodeNonzeroMap(encodeNonzeroMap(map))).toEqual(map);
      }),
    );
    const coarse = alternating(RANGES_MAX + 1);
    expect(decodeNonzeroMap(encodeNonzeroMap(coarse))).toEqual(coarse);
  });

  it('is the documented bytes', () => {
    const map = { grainBytes: 4096, ranges: [{ offset: 4096, length: 5000 }], nonzeroBytes: 5000, coarse: false };
    const encoded = encodeNonzeroMap(map);
    expect(encoded.toString('hex', 0, 4)).toBe('01000000');
    expect(encoded.toString('hex', 8)).toBe('00100000' + '01000000' + '8813000000000000' + '88030000' + '01' + '02');
  });

  it('holds ranges beyond 2^32 grains', () => {
    const offset = 2 ** 33 * 4096;
    const map = { grainBytes: 4096, ranges: [{ offset, length: 4096 }], nonzeroBytes: 4096, coarse: false };
    expect(decodeNonzeroMap(encodeNonzeroMap(map))).toEqual(map);
  });

  it('shows every flipped bit and every cut', () => {
    const encoded = encodeNonzeroMap(alternating(3));
    for (let bit = 0; bit < encoded.length * 8; bit++) {
      const damaged = Buffer.from(encoded);
      damaged[bit >> 3] = (damaged[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      expect(() => decodeNonzeroMap(damaged)).toThrow(expect.objectContaining({ code: 'EMAP_CORRUPT' }));
    }
    for (let length = 0; length < encoded.length; length++) {
      expect(() => decodeNonzeroMap(encoded.subarray(0, length))).toThrow('non-zero map');
    }
  });
});
