import { crc32c } from '@node-rs/crc32';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { CheckedMemory } from '../../../src/dm/checked-memory.js';

const PIECES = 4;
const LENGTHS = [16, 64, 512, 1024, 2048];

it('agrees with the native one at any length and place, sees any changed bit, and leaves the bytes as they were', () => {
  const pieces = fc.uint8Array({ minLength: 2048, maxLength: 2048 });
  fc.assert(
    fc.property(
      pieces,
      fc.nat(3),
      fc.constantFrom(...LENGTHS),
      fc.nat(4095),
      fc.nat(),
      (random, index, length, field, bit) => {
        const memory = new CheckedMemory(PIECES * 2048);
        const at = index * 2048;
        const crcAt = (field * 4) % length;
        const piece = Buffer.from(memory.bytes.buffer, memory.bytes.byteOffset + at, length);
        piece.set(random.subarray(0, length));
        piece.writeUInt32LE(0, crcAt);
        piece.writeUInt32LE(crc32c(piece), crcAt);
        const before = Buffer.from(memory.bytes);
        expect(memory.isIntact(at, length, crcAt)).toBe(true);
        const changed = (bit >> 3) % length;
        piece[changed] = (piece[changed] ?? 0) ^ (1 << (bit & 7));
        expect(memory.isIntact(at, length, crcAt)).toBe(false);
        piece[changed] = (piece[changed] ?? 0) ^ (1 << (bit & 7));
        expect(before.equals(memory.bytes)).toBe(true);
      },
    ),
  );
});

it('begins on a page border, so that reads past the page cache can fill it', () => {
  expect(new CheckedMemory(4096).bytes.byteOffset % 4096).toBe(0);
});
