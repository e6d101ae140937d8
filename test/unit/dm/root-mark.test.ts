import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeDmAttribute, encodeDmAttribute } from '../../../src/dm/dm-attribute.js';
import { fsIdOf, toFsId, toOp } from '../../../src/dm/identity.js';
import { decodeRootMark, encodeRootMark } from '../../../src/dm/root-mark.js';
import { toGen, toIno } from '../../../src/native/inode-id.js';
import { anyIdBytes, anyU32, anyU63, SAMPLE } from './sample-attribute.js';

const MARK = {
  randomId: Buffer.from('ffeeddccbbaa99887766554433221100', 'hex'),
  opLimit: toOp(4096n),
  epoch: (1n << 62n) + 1n,
  ino: toIno(128n),
  gen: toGen(0),
  rootBtimeNs: 1_700_000_000_123_456_789n,
};

describe('the root mark', () => {
  it('comes back as it went in, with the id that follows from its random bytes', () => {
    const anyMark = fc.record({
      randomId: anyIdBytes.map((bytes) => Buffer.from(bytes)),
      opLimit: anyU63.map(toOp),
      epoch: anyU63,
      ino: anyU63.map(toIno),
      gen: anyU32.map(toGen),
      rootBtimeNs: fc.bigInt({ min: -(1n << 63n), max: (1n << 63n) - 1n }),
    });
    fc.assert(
      fc.property(anyMark, (mark) => {
        const expected = { ...mark, fsId: fsIdOf(mark.randomId) };
        expect(decodeRootMark(encodeRootMark(mark))).toEqual({ kind: 'valid', mark: expected });
      }),
    );
  });

  it('keeps an id that was given', () => {
    const decoded = decodeRootMark(encodeRootMark({ ...MARK, fsId: toFsId(7) }));
    expect(decoded).toMatchObject({ kind: 'valid', mark: { fsId: 7 } });
  });

  it('does not share memory with the buffer that it was read from', () => {
    const bytes = encodeRootMark(MARK);
    const decoded = decodeRootMark(bytes);
    bytes.fill(0);
    expect(decoded).toMatchObject({ mark: { randomId: MARK.randomId } });
  });

  it('is told by every single flipped bit, truncation and extension', () => {
    const good = encodeRootMark(MARK);
    for (let bit = 0; bit < 512; bit++) {
      const bad = Buffer.from(good);
      bad[bit >> 3] = (bad[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      expect(decodeRootMark(bad).kind, `bit ${bit}`).toBe('corrupt');
    }
    for (let length = 0; length < 130; length++) {
      const resized = Buffer.concat([good, Buffer.alloc(66)]).subarray(0, length);
      expect(decodeRootMark(resized).kind).toBe(length === 64 ? 'valid' : 'corrupt');
    }
  });

  it("is no file's attribute, and a file's attribute is no root mark", () => {
    expect(decodeDmAttribute(encodeRootMark(MARK))).toMatchObject({
      kind: 'corrupt',
      why: expect.stringMatching(/root/),
    });
    expect(decodeRootMark(encodeDmAttribute(SAMPLE)).kind).toBe('corrupt');
  });
});
