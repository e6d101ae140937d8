import { toGen, toIno, type Gen, type Ino } from '../native/inode-id.js';
import { OFFSET } from './attribute-layout.js';
import { stateCodeAt } from './attribute-view.js';
import type { CorruptAttribute, NewerAttribute } from './dm-attribute.js';
import { encodeFields, rejectAttribute } from './dm-attribute.js';
import { fsIdOf, toFsId, toOp, type FsId, type Op } from './identity.js';
import { ROOT_STATE_CODE } from './states.js';

/** What the attribute on a filesystem's root inode says: which filesystem this is, and how far its history has come. */
export interface RootMark {
  /** 16 random bytes that `init` made: the filesystem's identity. */
  readonly randomId: Buffer;
  /** The operation high-water mark: every operation on this filesystem has a lower number. */
  readonly opLimit: Op;
  /** The catalog's epoch, within which operation numbers rise. */
  readonly epoch: bigint;
  /** The root inode that the mark was written to: it differs when the mark was copied to another folder. */
  readonly ino: Ino;
  readonly gen: Gen;
  /**
   * When that inode was born, in ns since 1970; 0 in marks of earlier versions. Number and generation are the same on most
   * new filesystems: a mark that was copied to another one (rsync -X, cp -a) is known by this.
   */
  readonly rootBtimeNs: bigint;
  /** The id that attributes on this filesystem carry; `fsIdOf(randomId)` but on btrfs. */
  readonly fsId: FsId;
}

export type DecodedRootMark = { readonly kind: 'valid'; readonly mark: RootMark } | CorruptAttribute | NewerAttribute;

/**
 * The root mark's 64 bytes. `fsId` follows from the random id unless it is given (btrfs: `fsIdOf` with the subvolume).
 * @throws InvariantError when a field is out of range or the random id is not 16 bytes, or all zeros.
 */
export function encodeRootMark(mark: Omit<RootMark, 'fsId'> & { readonly fsId?: FsId }): Buffer {
  return encodeFields({
    stateCode: ROOT_STATE_CODE,
    flags: 0,
    op: mark.opLimit,
    id: mark.randomId,
    inode: mark,
    fsId: mark.fsId ?? fsIdOf(mark.randomId),
    size: mark.epoch,
    mtimeNs: mark.rootBtimeNs,
  });
}

/** Reads the root inode's attribute. Never throws on what was found. */
export function decodeRootMark(found: Uint8Array): DecodedRootMark {
  const rejected = rejectAttribute(found);
  if (rejected !== undefined) return rejected;
  if (stateCodeAt(found, 0) !== ROOT_STATE_CODE) return { kind: 'corrupt', why: "it is a file's, not a root mark" };
  // A copy: the mark outlives the buffer that it was read into.
  const bytes = Buffer.from(found);
  const mark: RootMark = {
    randomId: bytes.subarray(OFFSET.objectId, OFFSET.ino),
    opLimit: toOp(bytes.readBigUInt64LE(OFFSET.op)),
    epoch: bytes.readBigUInt64LE(OFFSET.size),
    ino: toIno(bytes.readBigUInt64LE(OFFSET.ino)),
    gen: toGen(bytes.readUInt32LE(OFFSET.gen)),
    rootBtimeNs: bytes.readBigInt64LE(OFFSET.mtime),
    fsId: toFsId(bytes.readUInt32LE(OFFSET.fsId)),
  };
  return { kind: 'valid', mark };
}
