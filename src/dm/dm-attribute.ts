import { invariant } from '../errors.js';
import type { Gen, InodeId, Ino } from '../native/inode-id.js';
import { toGen, toIno } from '../native/inode-id.js';
import { attributeCrcAt } from './attribute-crc.js';
import { ATTRIBUTE_BYTES, ATTRIBUTE_VERSION, FLAG_MTIME_SATURATED, OFFSET } from './attribute-layout.js';
import { attributeFlawAt, flagsAt, stateCodeAt, versionAt } from './attribute-view.js';
import type { FsId, ObjectId, Op } from './identity.js';
import { ID_BYTES, objectIdFromBytes, objectIdToBytes, toFsId, toOp } from './identity.js';
import type { AttributeState } from './states.js';
import { ROOT_STATE_CODE, stateCode, stateOfCode } from './states.js';

/** What the attribute of a managed file says. `ino`, `gen` and `fsId` name the inode that it was written to. */
export interface DmAttribute {
  readonly version: typeof ATTRIBUTE_VERSION;
  readonly state: AttributeState;
  /** The file's true mtime does not fit; `mtimeNs` is the nearest value that does. */
  readonly mtimeSaturated: boolean;
  /** The number of the operation that wrote it. */
  readonly op: Op;
  readonly objectId: ObjectId;
  readonly ino: Ino;
  readonly gen: Gen;
  readonly fsId: FsId;
  /** Size of the archived data. */
  readonly sizeBytes: bigint;
  /** mtime of the archived data, signed nanoseconds since 1970. */
  readonly mtimeNs: bigint;
}

export interface CorruptAttribute {
  readonly kind: 'corrupt';
  /** A clause that completes "the attribute is corrupt: ...". */
  readonly why: string;
}

export interface NewerAttribute {
  readonly kind: 'newer';
  readonly version: number;
}

export type DecodedAttribute =
  | { readonly kind: 'valid'; readonly attribute: DmAttribute }
  | CorruptAttribute
  | NewerAttribute;

const isU63 = (value: bigint): boolean => value >= 0n && value < 1n << 63n;

/** Writes the fields that every attribute has, checksum last, into 64 new bytes. */
export function encodeFields(fields: {
  readonly stateCode: number;
  readonly flags: number;
  readonly op: bigint;
  readonly id: Uint8Array;
  readonly inode: InodeId;
  readonly fsId: FsId;
  readonly size: bigint;
  readonly mtimeNs: bigint;
}): Buffer {
  invariant(isU63(fields.op) && isU63(fields.inode.ino) && isU63(fields.size), 'attribute fields fit 63 bits');
  invariant(fields.id.length === ID_BYTES, 'an attribute id has 16 bytes');
  const bytes = Buffer.alloc(ATTRIBUTE_BYTES);
  bytes.writeUInt8(ATTRIBUTE_VERSION, OFFSET.version);
  bytes.writeUInt8(fields.stateCode, OFFSET.state);
  bytes.writeUInt16LE(fields.flags, OFFSET.flags);
  bytes.writeBigUInt64LE(fields.op, OFFSET.op);
  bytes.set(fields.id, OFFSET.objectId);
  bytes.writeBigUInt64LE(fields.inode.ino, OFFSET.ino);
  bytes.writeUInt32LE(fields.inode.gen, OFFSET.gen);
  bytes.writeUInt32LE(fields.fsId, OFFSET.fsId);
  bytes.writeBigUInt64LE(fields.size, OFFSET.size);
  bytes.writeBigInt64LE(fields.mtimeNs, OFFSET.mtime);
  bytes.writeUInt32LE(attributeCrcAt(bytes, 0), OFFSET.crc);
  // An attribute that we would not believe ourselves must never reach an inode.
  const flaw = attributeFlawAt(bytes, 0);
  invariant(flaw === undefined, `an encoded attribute is valid, yet ${flaw}`);
  return bytes;
}

/**
 * The attribute's 64 bytes.
 * @throws InvariantError when a field is out of range, the object id is nil, or `mtimeSaturated` contradicts the time.
 */
export function encodeDmAttribute(attribute: DmAttribute): Buffer {
  invariant(attribute.version === ATTRIBUTE_VERSION, `attributes are written in version ${ATTRIBUTE_VERSION}`);
  return encodeFields({
    stateCode: stateCode(attribute.state),
    flags: attribute.mtimeSaturated ? FLAG_MTIME_SATURATED : 0,
    op: attribute.op,
    id: objectIdToBytes(attribute.objectId),
    inode: attribute,
    fsId: attribute.fsId,
    size: attribute.sizeBytes,
    mtimeNs: attribute.mtimeNs,
  });
}

/** The verdict that forbids reading further, or undefined for an intact attribute of a version that we know. */
export function rejectAttribute(bytes: Uint8Array): CorruptAttribute | NewerAttribute | undefined {
  if (bytes.length !== ATTRIBUTE_BYTES) {
    return { kind: 'corrupt', why: `it is ${bytes.length} bytes long, not ${ATTRIBUTE_BYTES}` };
  }
  const why = attributeFlawAt(bytes, 0);
  if (why !== undefined) return { kind: 'corrupt', why };
  const version = versionAt(bytes, 0);
  return version > ATTRIBUTE_VERSION ? { kind: 'newer', version } : undefined;
}

/** Reads an attribute found on an inode. Never throws on what was found: bad bytes are an answer, not an error. */
export function decodeDmAttribute(found: Uint8Array): DecodedAttribute {
  const rejected = rejectAttribute(found);
  if (rejected !== undefined) return rejected;
  if (stateCodeAt(found, 0) === ROOT_STATE_CODE) {
    return { kind: 'corrupt', why: "it is a filesystem's root mark, which belongs on the root inode only" };
  }
  const bytes = Buffer.from(found.buffer, found.byteOffset, found.length);
  const state = stateOfCode(stateCodeAt(bytes, 0));
  invariant(state !== undefined, 'a flawless attribute has a known state');
  const attribute: DmAttribute = {
    version: ATTRIBUTE_VERSION,
    state,
    mtimeSaturated: (flagsAt(bytes, 0) & FLAG_MTIME_SATURATED) !== 0,
    op: toOp(bytes.readBigUInt64LE(OFFSET.op)),
    objectId: objectIdFromBytes(bytes.subarray(OFFSET.objectId, OFFSET.ino)),
    ino: toIno(bytes.readBigUInt64LE(OFFSET.ino)),
    gen: toGen(bytes.readUInt32LE(OFFSET.gen)),
    fsId: toFsId(bytes.readUInt32LE(OFFSET.fsId)),
    sizeBytes: bytes.readBigUInt64LE(OFFSET.size),
    mtimeNs: bytes.readBigInt64LE(OFFSET.mtime),
  };
  return { kind: 'valid', attribute };
}
