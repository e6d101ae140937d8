import { crc32c } from './crc32c-native.js';
import { v7 as uuidv7 } from 'uuid';
import { HsmckError, invariant } from '../errors.js';

declare const brand: unique symbol;

/** An archived object's id: a UUID in canonical lower-case text. New ones are UUIDv7, so they sort by time of birth. */
export type ObjectId = string & { readonly [brand]: 'ObjectId' };

/** A filesystem's id: 32 bits unsigned, derived from the random id that `init` writes to the root inode. */
export type FsId = number & { readonly [brand]: 'FsId' };

/** An operation number: 64 bits unsigned, rises for ever within one epoch of a catalog. */
export type Op = bigint & { readonly [brand]: 'Op' };

/** The length of an object id, and of a filesystem's random id, in bytes. */
export const ID_BYTES = 16;

const CANONICAL = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/** A text or a number that is no valid identity (code EIDENTITY). */
export class IdentityError extends HsmckError {
  constructor(message: string) {
    super('EIDENTITY', message);
  }
}

/** A new object id that no other object has: UUIDv7. */
export const newObjectId = (): ObjectId => uuidv7() as ObjectId;

/**
 * Reads an object id; upper case is taken and made lower. Any UUID version passes: what an object id was made with
 * is no matter once it exists.
 * @throws IdentityError unless the text is a UUID of 8-4-4-4-12 hexadecimal digits.
 */
export function parseObjectId(text: string): ObjectId {
  const lower = text.toLowerCase();
  if (!CANONICAL.test(lower)) throw new IdentityError(`"${text}" is no object id: expected a UUID (8-4-4-4-12 digits)`);
  return lower as ObjectId;
}

/** The 16 bytes of an object id, in the order in which its text shows them (RFC 9562). */
export const objectIdToBytes = (id: ObjectId): Buffer => uuidToBytes(id);

/**
 * The object id that 16 bytes stand for.
 * @throws InvariantError when the buffer is not exactly 16 bytes long.
 */
export const objectIdFromBytes = (bytes: Uint8Array): ObjectId => uuidFromBytes(bytes) as ObjectId;

/** The 32 digits of a UUID. Recovery asks some twenty times a file: by slices, which takes half as long as a search. */
const digitsOf = (uuid: ObjectId): string =>
  uuid.slice(0, 8) + uuid.slice(9, 13) + uuid.slice(14, 18) + uuid.slice(19, 23) + uuid.slice(24);

/**
 * The 16 bytes of any UUID: of a catalog, a store, an owner.
 * @throws IdentityError unless the text is a UUID.
 */
export function uuidToBytes(text: string): Buffer {
  return Buffer.from(digitsOf(parseObjectId(text)), 'hex');
}

/**
 * The canonical lower-case text of a UUID's 16 bytes.
 * @throws InvariantError when the buffer is not exactly 16 bytes long.
 */
export function uuidFromBytes(bytes: Uint8Array): string {
  invariant(bytes.length === ID_BYTES, `a UUID is ${ID_BYTES} bytes, not ${bytes.length}`);
  const hex = Buffer.from(bytes.buffer, bytes.byteOffset, ID_BYTES).toString('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}

/**
 * A number as a filesystem id.
 * @throws IdentityError unless it is a whole number from 0 to 2^32 - 1.
 */
export function toFsId(value: number): FsId {
  if (!Number.isInteger(value) || value < 0 || value > 0xffff_ffff) {
    throw new IdentityError(`${value} is no filesystem id: expected a whole number below 2^32`);
  }
  return value as FsId;
}

/**
 * A bigint as an operation number.
 * @throws IdentityError unless it fits 63 bits unsigned: the catalog stores it as a signed 64-bit integer.
 */
export function toOp(value: bigint): Op {
  if (value < 0n || value >= 1n << 63n) throw new IdentityError(`${value} is no operation number`);
  return value as Op;
}

/**
 * The filesystem id that attributes on a filesystem carry: the CRC32C of the 16 random bytes in its root mark, and on
 * btrfs of the subvolume's UUID behind them, since a snapshot keeps inode numbers, generations and attributes. It comes
 * from what we wrote ourselves, for f_fsid and st_dev follow the device number and `xfs_admin -U` changes the UUID.
 * @throws InvariantError when an id is not exactly 16 bytes long.
 */
export function fsIdOf(randomId: Uint8Array, subvolumeUuid?: Uint8Array): FsId {
  const parts = subvolumeUuid === undefined ? [randomId] : [randomId, subvolumeUuid];
  for (const part of parts) invariant(part.length === ID_BYTES, `an id is ${ID_BYTES} bytes, not ${part.length}`);
  return toFsId(crc32c(Buffer.concat(parts)));
}
