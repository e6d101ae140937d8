import { crc32c } from '@node-rs/crc32';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { identify } from '../../../src/dm/identify.js';
import {
  fsIdOf,
  newObjectId,
  objectIdFromBytes,
  objectIdToBytes,
  parseObjectId,
  toFsId,
  toOp,
} from '../../../src/dm/identity.js';
import { toGen, toIno } from '../../../src/native/inode-id.js';

describe('object ids', () => {
  it('are new UUIDv7s, in canonical form and rising', () => {
    const ids = Array.from({ length: 200 }, newObjectId);
    for (const id of ids) expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    expect([...ids].sort()).toEqual(ids);
    expect(new Set(ids).size).toBe(ids.length);
  });

  it('go to bytes and back', () => {
    fc.assert(
      fc.property(fc.uuid(), (text) => {
        const id = parseObjectId(text);
        expect(objectIdToBytes(id).toString('hex')).toBe(text.replaceAll('-', ''));
        expect(objectIdFromBytes(objectIdToBytes(id))).toBe(id);
      }),
    );
  });

  it('are read in upper case and kept in lower', () => {
    expect(parseObjectId('01890A5D-AC96-774B-BCCE-B302099A8057')).toBe('01890a5d-ac96-774b-bcce-b302099a8057');
  });

  it.each(['', '01890a5dac96774bbcceb302099a8057', '01890a5d-ac96-774b-bcce-b302099a805', '../../etc/passwd', ' '])(
    'are not %j',
    (text) => {
      expect(() => parseObjectId(text)).toThrow(expect.objectContaining({ code: 'EIDENTITY' }));
    },
  );

  it.each([0, 15, 17])('are not %i bytes', (length) => {
    expect(() => objectIdFromBytes(Buffer.alloc(length))).toThrow(expect.objectContaining({ code: 'EINVARIANT' }));
  });
});

describe('filesystem ids and operation numbers', () => {
  it('come from the random id, and on btrfs from the subvolume too', () => {
    const randomId = Buffer.from('00112233445566778899aabbccddeeff', 'hex');
    const subvolume = Buffer.alloc(16, 9);
    expect(fsIdOf(randomId)).toBe(crc32c(randomId));
    expect(fsIdOf(randomId, subvolume)).toBe(crc32c(Buffer.concat([randomId, subvolume])));
    expect(() => fsIdOf(Buffer.alloc(15))).toThrow(expect.objectContaining({ code: 'EINVARIANT' }));
  });

  it.each([-1, 0.5, 2 ** 32, Number.NaN])('a filesystem id is not %d', (value) => {
    expect(() => toFsId(value)).toThrow(expect.objectContaining({ code: 'EIDENTITY' }));
  });

  it('an operation number has 63 bits', () => {
    expect(toOp((1n << 63n) - 1n)).toBe((1n << 63n) - 1n);
    for (const bad of [-1n, 1n << 63n]) expect(() => toOp(bad)).toThrow(expect.objectContaining({ code: 'EIDENTITY' }));
  });
});

describe('identify', () => {
  const own = { ino: toIno((1n << 60n) + 1n), gen: toGen(7), fsId: toFsId(1) };
  it.each([
    ['own', own, own],
    ['copied', own, { ...own, ino: toIno(own.ino - 1n) }],
    ['copied', own, { ...own, gen: toGen(8) }],
    ['foreign', own, { ...own, fsId: toFsId(2) }],
    ['foreign', own, { ino: toIno(1n), gen: toGen(1), fsId: toFsId(2) }],
  ] as const)('says %s', (verdict, attribute, foundOn) => {
    expect(identify(attribute, foundOn)).toBe(verdict);
  });
});
