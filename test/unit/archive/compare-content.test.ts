import fc from 'fast-check';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { compareBytes, compareContent } from '../../../src/archive/compare-content.js';
import { filled, scratchFolder, sparseFile, type Part } from './scratch.js';

const MIB = 1024 * 1024;

function compare(local: readonly Part[], object: readonly Part[], sizeBytes = 4 * MIB, objectSizeBytes = sizeBytes) {
  const folder = scratchFolder();
  return compareContent(
    sparseFile(path.join(folder, 'local'), sizeBytes, local),
    sparseFile(path.join(folder, 'object'), objectSizeBytes, object),
  );
}

const at = (offset: number, lengthBytes: number, byte = 7): Part => ({ offset, bytes: filled(lengthBytes, byte) });

describe('compareContent', () => {
  it('finds equal files equal, written zeros and holes alike', async () => {
    const parts = [at(0, 5000), at(3 * MIB - 9, 20)];
    expect(await compare([...parts, at(2 * MIB, 4096, 0)], parts)).toEqual({ verdict: 'equal', missingBytes: 0 });
    expect(await compare([], [], 0)).toEqual({ verdict: 'equal', missingBytes: 0 });
  });

  it('finds holes and zeros over data missing', async () => {
    expect(await compare([at(0, 4096)], [at(0, 4096), at(MIB, 9000)])).toEqual({
      verdict: 'missing',
      missingBytes: 9000,
    });
    expect(await compare([at(0, 4096, 0)], [at(0, 4096)])).toEqual({ verdict: 'missing', missingBytes: 4096 });
  });

  it('finds a fill that stopped within a block missing', async () => {
    expect(await compare([at(0, 1000)], [at(0, 4096)])).toEqual({ verdict: 'missing', missingBytes: 3096 });
  });

  it('finds any other byte differing, and where', async () => {
    const object = [at(0, 4096)];
    expect(await compare([at(0, 4096), at(100, 1, 8)], object)).toMatchObject({
      verdict: 'differing',
      firstDifference: 100,
    });
    // Non-zero over an object's zero, in data and in a hole of the object.
    expect(await compare([at(0, 4097)], object)).toMatchObject({ verdict: 'differing', firstDifference: 4096 });
    expect(await compare([at(0, 4096), at(3 * MIB + 1, 1)], object)).toMatchObject({ firstDifference: 3 * MIB + 1 });
  });

  it('finds other sizes differing even if all common bytes are equal', async () => {
    expect(await compare([at(0, 10)], [at(0, 10)], 20, 30)).toEqual({
      verdict: 'differing',
      missingBytes: 0,
      firstDifference: 20,
    });
  });

  it('runs over terabytes of common hole at once', async () => {
    const parts = [at(2 ** 40, 5)];
    expect(await compare(parts, parts, 2 ** 41)).toEqual({ verdict: 'equal', missingBytes: 0 });
  });

  it('gives up when the hook throws', async () => {
    const folder = scratchFolder();
    const local = sparseFile(path.join(folder, 'a'), 10, [at(0, 10)]);
    const onChunk = (): void => {
      throw new Error('lease lost');
    };
    await expect(compareContent(local, local, { onChunk })).rejects.toThrow('lease lost');
  });
});

describe('the byte rule', () => {
  it('agrees with a look at every byte', () => {
    const bytes = fc.array(fc.constantFrom(0, 0, 1, 2), { minLength: 12, maxLength: 12 });
    fc.assert(
      fc.property(bytes, bytes, fc.nat(8200), (mine, theirs, shift) => {
        const [local, object] = [Buffer.alloc(8300), Buffer.alloc(8300)];
        local.set(mine, shift);
        object.set(theirs, shift);
        const differsAt = local.findIndex((byte, index) => byte !== 0 && byte !== object[index]);
        const seen = differsAt < 0 ? local.length : differsAt;
        const missingBytes = local
          .subarray(0, seen)
          .reduce((sum, byte, i) => sum + (byte === 0 && object[i] ? 1 : 0), 0);
        expect(compareBytes(local, object)).toEqual(differsAt < 0 ? { missingBytes } : { missingBytes, differsAt });
      }),
      { numRuns: 500 },
    );
  });
});
