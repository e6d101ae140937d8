import { crc32c } from '@node-rs/crc32';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeDmAttribute, encodeDmAttribute } from '../../../src/dm/dm-attribute.js';
import { parseObjectId } from '../../../src/dm/identity.js';
import { saturateMtime } from '../../../src/dm/saturate-mtime.js';
import { InvariantError } from '../../../src/errors.js';
import { anyAttribute, SAMPLE } from './sample-attribute.js';

/** Changes some bytes and makes the checksum fit again, as another writer would. */
function forge(change: (bytes: Buffer) => void): Buffer {
  const bytes = encodeDmAttribute(SAMPLE);
  change(bytes);
  bytes.writeUInt32LE(0, 4);
  bytes.writeUInt32LE(crc32c(bytes), 4);
  return bytes;
}

const verdictOf = (bytes: Buffer): string => {
  const decoded = decodeDmAttribute(bytes);
  return decoded.kind === 'corrupt' ? decoded.why : decoded.kind;
};

describe('the encoded attribute', () => {
  it('has every field where docs/format.md puts it', () => {
    const hex = encodeDmAttribute(SAMPLE).toString('hex');
    const crc = hex.slice(8, 16);
    expect(hex).toBe(
      `01020000${crc}0807060504030201` +
        '01890a5dac96774bbcceb302099a8057' +
        '181716151413121124232221a4a3a2a1' +
        '3837363534333231b8b8b9babbbcbdbe',
    );
  });

  it('carries the CRC32C of itself with the checksum field zero', () => {
    fc.assert(
      fc.property(anyAttribute, (attribute) => {
        const bytes = encodeDmAttribute(attribute);
        const stored = bytes.readUInt32LE(4);
        bytes.writeUInt32LE(0, 4);
        expect(stored).toBe(crc32c(bytes));
      }),
    );
  });

  it('comes back as it went in', () => {
    fc.assert(
      fc.property(anyAttribute, (attribute) => {
        expect(decodeDmAttribute(encodeDmAttribute(attribute))).toEqual({ kind: 'valid', attribute });
      }),
      { numRuns: 500 },
    );
  });

  it('is read from the middle of a larger buffer', () => {
    const large = Buffer.concat([Buffer.alloc(7, 0xee), encodeDmAttribute(SAMPLE), Buffer.alloc(9, 0xee)]);
    expect(decodeDmAttribute(large.subarray(7, 71))).toEqual({ kind: 'valid', attribute: SAMPLE });
  });
});

describe('what is not a valid attribute', () => {
  it('is told by every single flipped bit', () => {
    const good = encodeDmAttribute(SAMPLE);
    for (let bit = 0; bit < 512; bit++) {
      const bad = Buffer.from(good);
      bad[bit >> 3] = (bad[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      expect(verdictOf(bad), `bit ${bit}`).toBe('its checksum is wrong');
    }
  });

  it('is told by every truncation and extension', () => {
    const long = Buffer.concat([encodeDmAttribute(SAMPLE), Buffer.alloc(64)]);
    for (let length = 0; length <= long.length; length++) {
      if (length === 64) continue;
      expect(verdictOf(long.subarray(0, length))).toBe(`it is ${length} bytes long, not 64`);
    }
  });

  it.each<[string, string, (bytes: Buffer) => void]>([
    ['version 0', 'its version is 0', (bytes) => bytes.writeUInt8(0, 0)],
    ['state 0', 'its state is unknown', (bytes) => bytes.writeUInt8(0, 1)],
    ['state 8', 'its state is unknown', (bytes) => bytes.writeUInt8(8, 1)],
    ['state 255', 'its state is unknown', (bytes) => bytes.writeUInt8(255, 1)],
    ['an unknown flag', 'it has flags that version 1 does not know', (bytes) => bytes.writeUInt16LE(2, 2)],
    ['the last flag', 'it has flags that version 1 does not know', (bytes) => bytes.writeUInt16LE(0x8000, 2)],
    ['saturation', 'its time is flagged as saturated and is not', (bytes) => bytes.writeUInt16LE(1, 2)],
    ['op 2^63', 'its operation number is out of range', (bytes) => bytes.writeUInt8(0x80, 15)],
    ['ino 2^63', 'its inode number is out of range', (bytes) => bytes.writeUInt8(0x80, 39)],
    ['size 2^63', 'its size is out of range', (bytes) => bytes.writeUInt8(0x80, 55)],
    ['a nil object id', 'its id is all zeros', (bytes) => bytes.fill(0, 16, 32)],
  ])('is told by %s, though the checksum fits', (_, why, change) => {
    expect(verdictOf(forge(change))).toBe(why);
  });

  it('is of a newer version when only the checksum can be understood', () => {
    const newer = forge((bytes) => bytes.fill(0xff, 0, 4).fill(0xff, 8));
    expect(decodeDmAttribute(newer)).toEqual({ kind: 'newer', version: 255 });
  });

  it('is corrupt when a newer version has a wrong checksum', () => {
    const bytes = encodeDmAttribute(SAMPLE);
    bytes.writeUInt8(2, 0);
    expect(verdictOf(bytes)).toBe('its checksum is wrong');
  });

  it('is random bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 0, maxLength: 130 }), (bytes) => {
        expect(decodeDmAttribute(bytes).kind).toBe('corrupt');
      }),
    );
  });
});

describe('encoding', () => {
  it.each([
    ['op', { op: 1n << 63n }],
    ['negative op', { op: -1n }],
    ['ino', { ino: 1n << 63n }],
    ['size', { sizeBytes: 1n << 63n }],
    ['version', { version: 2 }],
    ['nil object', { objectId: parseObjectId('00000000-0000-0000-0000-000000000000') }],
    ['saturation', { mtimeSaturated: true }],
  ])('refuses what it would not believe: %s', (_, change) => {
    const attribute = { ...SAMPLE, ...change } as typeof SAMPLE;
    expect(() => encodeDmAttribute(attribute)).toThrow(InvariantError);
  });
});

describe('saturateMtime', () => {
  it('cuts what signed 64-bit nanoseconds do not hold, and says so', () => {
    const max = (1n << 63n) - 1n;
    expect(saturateMtime(max)).toEqual({ mtimeNs: max, saturated: false });
    expect(saturateMtime(max + 1n)).toEqual({ mtimeNs: max, saturated: true });
    expect(saturateMtime(-max - 1n)).toEqual({ mtimeNs: -max - 1n, saturated: false });
    expect(saturateMtime(-max - 2n)).toEqual({ mtimeNs: -max - 1n, saturated: true });
  });

  it('fits what the encoder takes', () => {
    fc.assert(
      fc.property(fc.bigInt(-(1n << 70n), 1n << 70n), (ns) => {
        const { mtimeNs, saturated } = saturateMtime(ns);
        const decoded = decodeDmAttribute(encodeDmAttribute({ ...SAMPLE, mtimeNs, mtimeSaturated: saturated }));
        expect(decoded.kind).toBe('valid');
      }),
    );
  });
});
