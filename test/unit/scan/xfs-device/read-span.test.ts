import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CheckedMemory } from '../../../../src/dm/checked-memory.js';
import type { ChunkSource } from '../../../../src/scan/xfs-device/chunk-source.js';
import { ReadSpan, SPAN_BYTES_MAX, SpanPlanner } from '../../../../src/scan/xfs-device/read-span.js';
import type { AgInoSpan, ScanDevice } from '../../../../src/scan/xfs-device/scan-device.js';

interface Chunk {
  readonly agIno: number;
  readonly mask: bigint;
}

/** Hands its chunks out in small pieces. */
function source(chunks: readonly Chunk[], pieceMax = 3): ChunkSource {
  const columns = {
    agIno: new Uint32Array(pieceMax),
    maskLow: new Uint32Array(pieceMax),
    maskHigh: new Uint32Array(pieceMax),
  };
  let next = 0;
  return {
    ...columns,
    reset: () => (next = 0),
    fetch: () => {
      const piece = chunks.slice(next, next + pieceMax);
      piece.forEach(({ agIno, mask }, index) => {
        columns.agIno[index] = agIno;
        columns.maskLow[index] = Number(mask & 0xffff_ffffn);
        columns.maskHigh[index] = Number(mask >> 32n);
      });
      next += piece.length;
      return piece.length;
    },
  };
}

const AG_BYTES = 2 ** 30;
const device = (inodeSizeBytes: number): ScanDevice => ({
  fd: -1 as never,
  path: 'none',
  sizeBytes: 4 * AG_BYTES,
  blockSizeBytes: 4096,
  sectorSizeBytes: 512,
  agBlocks: AG_BYTES / 4096,
  inodesPerBlockLog: 3,
  hasSparseChunks: true,
  inodeSizeBytes,
  agBytes: AG_BYTES,
  agInoBits: 18,
  metaUuid: Buffer.alloc(16),
  internalInos: [],
  verifyCrc: false,
});

interface Planned {
  readonly inos: number[];
  readonly reads: number;
  readonly bytes: number;
}

/** Goes through all reads, and asserts that each is one that a device can do and that covers its inodes. */
function planAll(chunks: readonly Chunk[], range: AgInoSpan, inodeSizeBytes = 512, agno = 1): Planned {
  const planner = new SpanPlanner(device(inodeSizeBytes), source(chunks));
  planner.reset(agno, range);
  const span = new ReadSpan(new CheckedMemory(SPAN_BYTES_MAX), 0);
  const inos: number[] = [];
  let reads = 0;
  let bytes = 0;
  while (planner.plan(span)) {
    reads += 1;
    bytes += span.lengthBytes;
    expect(span.lengthBytes).toBeLessThanOrEqual(SPAN_BYTES_MAX);
    expect([span.fromByte % 4096, span.lengthBytes % 4096]).toEqual([0, 0]);
    for (let index = 0; index < span.count; index++) {
      const mask = (BigInt(span.maskHigh[index] ?? 0) << 32n) | BigInt(span.maskLow[index] ?? 0);
      for (let bit = 0; bit < 64; bit++) {
        if (((mask >> BigInt(bit)) & 1n) === 0n) continue;
        const ino = (span.agIno[index] ?? 0) + bit;
        const at = agno * AG_BYTES + ino * inodeSizeBytes - span.fromByte;
        expect(at >= 0 && at + inodeSizeBytes <= span.lengthBytes).toBe(true);
        inos.push(ino);
      }
    }
  }
  return { inos, reads, bytes };
}

const WHOLE = { from: 0, end: 2 ** 18 };
const FULL = (1n << 64n) - 1n;

const allOf = (chunks: readonly Chunk[]): number[] =>
  chunks.flatMap(({ agIno, mask }) =>
    Array.from({ length: 64 }, (_, bit) => bit).flatMap((bit) =>
      ((mask >> BigInt(bit)) & 1n) === 1n ? [agIno + bit] : [],
    ),
  );

describe('SpanPlanner', () => {
  it('reads neighbours together, and far ones apart', () => {
    const near = [64, 128, 192].map((agIno) => ({ agIno, mask: FULL }));
    expect(planAll(near, WHOLE)).toMatchObject({ reads: 1, bytes: 3 * 64 * 512 });
    expect(planAll([...near, { agIno: 64_000, mask: FULL }], WHOLE).reads).toBe(2);
  });

  it('leaves out what no inode uses: empty chunks, and the ends of those that are partly used', () => {
    expect(planAll([{ agIno: 64, mask: 0n }], WHOLE)).toEqual({ inos: [], reads: 0, bytes: 0 });
    expect(planAll([{ agIno: 64, mask: 1n << 63n }], WHOLE)).toEqual({ inos: [127], reads: 1, bytes: 4096 });
  });

  it('names every inode of a part exactly once, wherever the parts are cut', () => {
    const masks = fc.oneof(fc.constant(FULL), fc.bigInt({ min: 0n, max: FULL }));
    const some = fc.uniqueArray(fc.tuple(fc.nat(4000), masks), { selector: ([at]) => at, maxLength: 60 });
    fc.assert(
      fc.property(
        some,
        fc.array(fc.nat(260_000), { maxLength: 4 }),
        fc.constantFrom(512, 1024, 2048),
        (list, cuts, size) => {
          const chunks = list.map(([at, mask]) => ({ agIno: at * 64, mask })).sort((a, b) => a.agIno - b.agIno);
          const borders = [0, ...cuts.sort((a, b) => a - b), 2 ** 18];
          const parts = borders.slice(0, -1).map((from, index) => ({ from, end: borders[index + 1] ?? 0 }));
          expect(parts.flatMap((part) => planAll(chunks, part, size).inos)).toEqual(allOf(chunks));
        },
      ),
    );
  });
});
