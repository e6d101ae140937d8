import { crc32c } from '@node-rs/crc32';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { attributeKindAt, attributeWordAt, isIntactAt, stateCodeAt, WORD } from '../../../src/dm/attribute-view.js';
import { attributeCrcAt } from '../../../src/dm/attribute-crc.js';
import { decodeDmAttribute, encodeDmAttribute } from '../../../src/dm/dm-attribute.js';
import { toOp } from '../../../src/dm/identity.js';
import { encodeRootMark } from '../../../src/dm/root-mark.js';
import { stateCode } from '../../../src/dm/states.js';
import { anyAttribute, SAMPLE } from './sample-attribute.js';

const root = encodeRootMark({
  ...SAMPLE,
  randomId: Buffer.alloc(16, 3),
  opLimit: toOp(1n),
  epoch: 1n,
  rootBtimeNs: 0n,
});

describe('looking at an attribute inside a batch', () => {
  it('computes the same checksum as the library, whatever the bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 64, maxLength: 64 }), fc.nat(13), (bytes, at) => {
        const batch = Buffer.concat([Buffer.alloc(at, 0x5a), bytes, Buffer.alloc(5)]);
        const zeroed = Buffer.from(bytes).fill(0, 4, 8);
        expect(attributeCrcAt(batch, at)).toBe(crc32c(zeroed));
      }),
    );
  });

  it('reads the same words as the decoder, at any place', () => {
    fc.assert(
      fc.property(anyAttribute, fc.nat(200), (attribute, at) => {
        const batch = Buffer.alloc(at + 64 + 3, 0xcc);
        encodeDmAttribute(attribute).copy(batch, at);
        const pair = (low: keyof typeof WORD, high: keyof typeof WORD): bigint =>
          (BigInt(attributeWordAt(batch, at, high)) << 32n) | BigInt(attributeWordAt(batch, at, low));
        expect(attributeKindAt(batch, at)).toBe('file');
        expect(stateCodeAt(batch, at)).toBe(stateCode(attribute.state));
        expect(pair('opLow', 'opHigh')).toBe(attribute.op);
        expect(pair('inoLow', 'inoHigh')).toBe(attribute.ino);
        expect(pair('sizeLow', 'sizeHigh')).toBe(attribute.sizeBytes);
        expect(BigInt.asIntN(64, pair('mtimeLow', 'mtimeHigh'))).toBe(attribute.mtimeNs);
        expect(attributeWordAt(batch, at, 'gen')).toBe(attribute.gen);
        expect(attributeWordAt(batch, at, 'fsId')).toBe(attribute.fsId);
      }),
    );
  });

  it('has its words where a Uint32Array over the batch sees them', () => {
    const words = new Uint32Array(new Uint8Array(encodeDmAttribute(SAMPLE)).buffer);
    for (const [name, index] of Object.entries(WORD)) {
      expect(words[index], name).toBe(attributeWordAt(encodeDmAttribute(SAMPLE), 0, name as keyof typeof WORD));
    }
  });

  it('never reads past either end', () => {
    const bytes = encodeDmAttribute(SAMPLE);
    expect(isIntactAt(bytes, 0)).toBe(true);
    expect(isIntactAt(bytes, 1)).toBe(false);
    expect(isIntactAt(bytes, -1)).toBe(false);
    expect(isIntactAt(bytes.subarray(0, 63), 0)).toBe(false);
    expect(attributeKindAt(Buffer.alloc(0), 0)).toBe('corrupt');
  });

  it('tells root marks and corrupt ones apart', () => {
    expect(attributeKindAt(root, 0)).toBe('root');
    expect(attributeKindAt(Buffer.alloc(64), 0)).toBe('corrupt');
  });

  it('agrees with the decoder on damaged attributes', () => {
    fc.assert(
      fc.property(anyAttribute, fc.nat(511), (attribute, bit) => {
        const bytes = encodeDmAttribute(attribute);
        bytes[bit >> 3] = (bytes[bit >> 3] ?? 0) ^ (1 << (bit & 7));
        expect(attributeKindAt(bytes, 0)).toBe(decodeDmAttribute(bytes).kind);
      }),
    );
  });
});
