import { crc32c } from '@node-rs/crc32';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { isCrcRight } from '../../../src/dm/crc32c-words.js';

it('agrees with the native one, wherever the field and whatever the bytes, and leaves them as they were', () => {
  const bytes = fc.uint8Array({ minLength: 1024, maxLength: 1024 });
  fc.assert(
    fc.property(bytes, fc.nat(127), fc.nat(3), (random, crcWord, group) => {
      const memory = Buffer.from(new Uint8Array(random).buffer);
      const at = group * 16;
      const piece = memory.subarray(at, at + 512);
      piece.writeUInt32LE(0, crcWord * 4);
      piece.writeUInt32LE(crc32c(piece), crcWord * 4);
      const words = new Int32Array(memory.buffer);
      const before = Buffer.from(memory);
      const right = isCrcRight(words, at / 4, 128, crcWord);
      piece.writeUInt8((piece.readUInt8(300) + 1) & 0xff, 300);
      const wrong = isCrcRight(words, at / 4, 128, crcWord);
      piece.writeUInt8((piece.readUInt8(300) + 255) & 0xff, 300);
      return right && !wrong && memory.equals(before);
    }),
  );
  expect(isCrcRight(new Int32Array(128), 0, 128, 3)).toBe(false);
});
