import fc from 'fast-check';
import type { DmAttribute } from '../../../src/dm/dm-attribute.js';
import { objectIdFromBytes, parseObjectId, toFsId, toOp } from '../../../src/dm/identity.js';
import { STATES } from '../../../src/dm/states.js';
import { toGen, toIno } from '../../../src/native/inode-id.js';

const MAX_U63 = (1n << 63n) - 1n;

export const SAMPLE: DmAttribute = {
  version: 1,
  state: 'dual',
  mtimeSaturated: false,
  op: toOp(0x0102_0304_0506_0708n),
  objectId: parseObjectId('01890a5d-ac96-774b-bcce-b302099a8057'),
  ino: toIno(0x1112_1314_1516_1718n),
  gen: toGen(0x2122_2324),
  fsId: toFsId(0xa1a2_a3a4),
  sizeBytes: 0x3132_3334_3536_3738n,
  mtimeNs: -0x4142_4344_4546_4748n,
};

export const anyU63 = fc.oneof(fc.bigInt(0n, MAX_U63), fc.constantFrom(0n, 1n, (1n << 53n) + 1n, MAX_U63));
export const anyU32 = fc.oneof(fc.integer({ min: 0, max: 0xffff_ffff }), fc.constantFrom(0, 0x8000_0000, 0xffff_ffff));
export const anyS64 = fc.bigInt(-(1n << 63n), MAX_U63);
export const anyIdBytes = fc
  .uint8Array({ minLength: 16, maxLength: 16 })
  .filter((bytes) => bytes.some((byte) => byte !== 0));

export const anyAttribute: fc.Arbitrary<DmAttribute> = fc
  .record({
    state: fc.constantFrom(...STATES.map((row) => row.name)),
    op: anyU63.map(toOp),
    objectId: anyIdBytes.map((bytes) => objectIdFromBytes(bytes)),
    ino: anyU63.map(toIno),
    gen: anyU32.map(toGen),
    fsId: anyU32.map(toFsId),
    sizeBytes: anyU63,
    time: fc.oneof(
      anyS64.map((mtimeNs) => ({ mtimeNs, mtimeSaturated: false })),
      fc.constantFrom(-(1n << 63n), MAX_U63).map((mtimeNs) => ({ mtimeNs, mtimeSaturated: true })),
    ),
  })
  .map(({ time, ...rest }): DmAttribute => ({ version: 1, ...rest, ...time }));
