import { ATTRIBUTE_BYTES } from '../../dm/attribute-layout.js';
import type { CheckedMemory } from '../../dm/checked-memory.js';
import { S_IFMT, S_IFREG, XFS_XFLAG_HASATTR } from '../../native/constants.js';
import { bigTimeNsWords, blocks512Words, newWords, timeNsWords, type Words } from '../exact-time.js';
import { ATTRIBUTE_STATUS, type InodeBatch } from '../inode-batch.js';
import type { BatchColumns } from '../xfs-bulkstat/write-record.js';
import { DINODE, DINODE_CORE_BYTES, DINODE_MAGIC, DINODE_VERSION, FLAG2, FORK_FORMAT } from './disk-inode.js';
import {
  diskAttributeName,
  findShortform,
  MALFORMED,
  NOT_FOUND,
  type DiskAttributeName,
} from './shortform-attribute.js';

/** What became of an inode's bytes. */
export const PARSED = {
  /** A row was written. */
  row: 0,
  /** It is in no folder; no row. */
  unlinked: 1,
  /** They are not the inode that was expected, or contradict themselves; no row. */
  suspect: 2,
} as const;

export type Parsed = (typeof PARSED)[keyof typeof PARSED];

export interface InodeParserOptions {
  readonly inodeSizeBytes: number;
  readonly blockSizeBytes: number;
  /** What the filesystem's metadata carry, 16 bytes. */
  readonly metaUuid: Uint8Array;
  readonly attributeName: string;
  readonly attributes: 'read' | 'skip';
  readonly columns: BatchColumns;
  /** Takes only inodes whose checksum is right. */
  readonly verifyCrc: boolean;
}

/** What a read filled: a part of a memory, from byte `at` of it on. */
export interface InodeMemory {
  readonly bytes: Uint8Array;
  readonly view: DataView;
  readonly memory: CheckedMemory;
  readonly at: number;
}

// Constants of this module, not properties of another one's object: this is the innermost loop of a scan.
const { version: VERSION, nlink: NLINK, gen: GEN, ino: INO, uuid: UUID, crc: CRC, size: SIZE, blocks: BLOCKS } = DINODE;
const { uid: UID, gid: GID, projidLow: PROJID_LOW, projidHigh: PROJID_HIGH, mtime: MTIME, ctime: CTIME } = DINODE;
const { flags: FLAGS, flags2: FLAGS2, forkOffset: FORK_OFFSET, attrFormat: ATTR_FORMAT } = DINODE;
const { none, present, wrongLength, elsewhere, notLookedAt } = ATTRIBUTE_STATUS;
const { row: ROW, unlinked: UNLINKED, suspect: SUSPECT } = PARSED;

const MAGIC_HIGH = (DINODE_MAGIC << 16) >>> 0;
const MAGIC_MASK = 0xffff_0000;
/** The flags that the kernel shows as they are; the others are its own. */
const SHOWN_FLAGS = 0x7ffb;
const XFLAG_DAX = 0x8000;
const XFLAG_COW_EXTENT_SIZE = 0x1_0000;

/** Flags as bulkstat shows them, from those on disk. */
function xflagsOf(flags: number, flags2: number, forkOffset: number): number {
  let xflags = flags & SHOWN_FLAGS;
  if ((flags2 & FLAG2.dax) !== 0) xflags |= XFLAG_DAX;
  if ((flags2 & FLAG2.cowExtentSize) !== 0) xflags |= XFLAG_COW_EXTENT_SIZE;
  if (forkOffset !== 0) xflags |= XFS_XFLAG_HASATTR;
  return xflags >>> 0;
}

/**
 * Reads inodes where they lie in a buffer from the device and writes them as rows of a batch: no object, string or
 * BigInt for an inode. What it takes has the right magic number, version, inode number and filesystem.
 */
export class InodeParser {
  readonly #name: DiskAttributeName;
  readonly #inodeSizeBytes: number;
  readonly #blockSizeBytes: number;
  readonly #readsAttributes: boolean;
  readonly #writesDetails: boolean;
  readonly #verifiesCrc: boolean;
  readonly #uuid0: number;
  readonly #uuid1: number;
  readonly #uuid2: number;
  readonly #uuid3: number;
  readonly #found = { at: 0 };
  readonly #words = newWords();

  constructor(options: InodeParserOptions) {
    this.#name = diskAttributeName(options.attributeName);
    this.#inodeSizeBytes = options.inodeSizeBytes;
    this.#blockSizeBytes = options.blockSizeBytes;
    this.#readsAttributes = options.attributes === 'read';
    this.#writesDetails = options.columns === 'all';
    this.#verifiesCrc = options.verifyCrc;
    const uuid = Buffer.from(options.metaUuid);
    this.#uuid0 = uuid.readInt32BE(0);
    this.#uuid1 = uuid.readInt32BE(4);
    this.#uuid2 = uuid.readInt32BE(8);
    this.#uuid3 = uuid.readInt32BE(12);
  }

  /** Writes the inode that starts at byte `at` of what was read, within it, as the batch's next row. */
  append(batch: InodeBatch, from: InodeMemory, at: number, inoLow: number, inoHigh: number): Parsed {
    const { bytes, view } = from;
    const first = view.getUint32(at);
    const isExpected =
      (first & MAGIC_MASK) >>> 0 === MAGIC_HIGH &&
      bytes[at + VERSION] === DINODE_VERSION &&
      view.getUint32(at + INO + 4) === inoLow &&
      view.getUint32(at + INO) === inoHigh &&
      this.#isOfThisFilesystem(view, at + UUID) &&
      (!this.#verifiesCrc || from.memory.isIntact(from.at + at, this.#inodeSizeBytes, CRC));
    const mode = first & 0xffff;
    // An inode without a mode is free: made or freed since, and not yet written.
    if (!isExpected || mode === 0) return SUSPECT;
    const nlink = view.getUint32(at + NLINK);
    if (nlink === 0) return UNLINKED;
    const row = batch.count;
    const forkOffset = bytes[at + FORK_OFFSET] as number;
    const status = this.#attribute(batch, row, from, at, mode, forkOffset);
    if (status === MALFORMED) return SUSPECT;
    batch.inoLow[row] = inoLow;
    batch.inoHigh[row] = inoHigh;
    batch.gen[row] = view.getUint32(at + GEN);
    batch.mode[row] = mode;
    batch.attributeStatus[row] = status;
    const flags2 = view.getUint32(at + FLAGS2 + 4);
    batch.xflags[row] = xflagsOf(view.getUint16(at + FLAGS), flags2, forkOffset);
    if (this.#writesDetails) this.#writeDetails(batch, row, view, at, nlink, flags2);
    batch.count = row + 1;
    return ROW;
  }

  #isOfThisFilesystem(view: DataView, at: number): boolean {
    return (
      view.getInt32(at) === this.#uuid0 &&
      view.getInt32(at + 4) === this.#uuid1 &&
      view.getInt32(at + 8) === this.#uuid2 &&
      view.getInt32(at + 12) === this.#uuid3
    );
  }

  /** The attribute's status, or MALFORMED; a value of the right length goes to the row. */
  #attribute(
    batch: InodeBatch,
    row: number,
    { bytes, view }: InodeMemory,
    at: number,
    mode: number,
    forkOffset: number,
  ): number {
    const start = at + DINODE_CORE_BYTES + forkOffset * 8;
    const end = at + this.#inodeSizeBytes;
    if (start >= end) return MALFORMED;
    if ((mode & S_IFMT) !== S_IFREG || !this.#readsAttributes) return notLookedAt;
    if (forkOffset === 0) return none;
    const format = bytes[at + ATTR_FORMAT];
    if (format === FORK_FORMAT.btree) return elsewhere;
    if (format === FORK_FORMAT.extents) return attributeExtents(view, at) === 0 ? none : elsewhere;
    if (format !== FORK_FORMAT.local) return MALFORMED;
    const lengthBytes = findShortform(this.#found, bytes, start, end, this.#name);
    if (lengthBytes === MALFORMED) return MALFORMED;
    if (lengthBytes === NOT_FOUND) return none;
    if (lengthBytes !== ATTRIBUTE_BYTES) return wrongLength;
    copyAttribute(batch.attributeWords, row * (ATTRIBUTE_BYTES >> 2), view, this.#found.at);
    return present;
  }

  #writeDetails(batch: InodeBatch, row: number, view: DataView, at: number, nlink: number, flags2: number): void {
    const words = this.#words;
    batch.nlink[row] = nlink;
    batch.uid[row] = view.getUint32(at + UID);
    batch.gid[row] = view.getUint32(at + GID);
    batch.projid[row] = view.getUint16(at + PROJID_LOW) + view.getUint16(at + PROJID_HIGH) * 0x1_0000;
    batch.sizeHigh[row] = view.getUint32(at + SIZE);
    batch.sizeLow[row] = view.getUint32(at + SIZE + 4);
    const blocksHigh = view.getUint32(at + BLOCKS);
    blocks512Words(words, view.getUint32(at + BLOCKS + 4), blocksHigh, this.#blockSizeBytes);
    batch.blocksLow[row] = words.low;
    batch.blocksHigh[row] = words.high;
    const isBigTime = (flags2 & FLAG2.bigTime) !== 0;
    readTime(words, view, at + MTIME, isBigTime);
    batch.mtimeLow[row] = words.low;
    batch.mtimeHigh[row] = words.high;
    readTime(words, view, at + CTIME, isBigTime);
    batch.ctimeLow[row] = words.low;
    batch.ctimeHigh[row] = words.high;
  }
}

function readTime(into: Words, view: DataView, at: number, isBigTime: boolean): void {
  const high = view.getUint32(at);
  const low = view.getUint32(at + 4);
  if (isBigTime) bigTimeNsWords(into, low, high);
  // Signed 32-bit seconds, extended to 64 bits, and nanoseconds.
  else timeNsWords(into, high, high >= 0x8000_0000 ? 0xffff_ffff : 0, low);
}

/** Extents of the attribute fork; with none, it has no attributes. */
function attributeExtents(view: DataView, at: number): number {
  const hasBigCounters = (view.getUint32(at + FLAGS2 + 4) & FLAG2.bigCounters) !== 0;
  return hasBigCounters ? view.getUint32(at + DINODE.bigAttrExtents) : view.getUint16(at + DINODE.attrExtents);
}

/** By words, wherever the value lies: faster than a typed array's own copying for so few. Words here are little-endian. */
function copyAttribute(into: Int32Array, intoAt: number, from: DataView, fromAt: number): void {
  for (let word = 0; word < ATTRIBUTE_BYTES >> 2; word++) into[intoAt + word] = from.getInt32(fromAt + word * 4, true);
}
