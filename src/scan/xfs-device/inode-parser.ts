import { ATTRIBUTE_BYTES } from '../../dm/attribute-layout.js';
import { S_IFMT, S_IFREG, XFS_XFLAG_HASATTR } from '../../native/constants.js';
import { bigTimeNsWords, blocks512Words, timeNsWords, type Words } from '../exact-time.js';
import { ATTRIBUTE_STATUS, type InodeBatch } from '../inode-batch.js';
import type { BatchColumns } from '../xfs-bulkstat/write-record.js';
import { isCrcRight } from './metadata-crc.js';
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

const WORD_HIGH = (DINODE_MAGIC << 16) >>> 0;
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
  readonly #options: InodeParserOptions;
  readonly #name: DiskAttributeName;
  readonly #uuid: readonly number[];
  readonly #found = { at: 0 };
  readonly #words: Words = { low: 0, high: 0 };

  constructor(options: InodeParserOptions) {
    this.#options = options;
    this.#name = diskAttributeName(options.attributeName);
    const uuid = Buffer.from(options.metaUuid);
    this.#uuid = [0, 4, 8, 12].map((at) => uuid.readUInt32BE(at));
  }

  /** False if the inode's checksum is to be right and is not. `words` are of the whole memory of a read. */
  isIntact(words: Int32Array, at: number): boolean {
    const { verifyCrc, inodeSizeBytes } = this.#options;
    return !verifyCrc || isCrcRight(words, at >> 2, inodeSizeBytes >> 2, DINODE.crc >> 2);
  }

  /** Writes the inode that starts at byte `at` as the batch's next row. `bytes` and `view` are of the same memory. */
  append(batch: InodeBatch, bytes: Uint8Array, view: DataView, at: number, inoLow: number, inoHigh: number): Parsed {
    const first = view.getUint32(at);
    const isExpected =
      (first & MAGIC_MASK) >>> 0 === WORD_HIGH &&
      bytes[at + DINODE.version] === DINODE_VERSION &&
      view.getUint32(at + DINODE.ino + 4) === inoLow &&
      view.getUint32(at + DINODE.ino) === inoHigh &&
      this.#isOfThisFilesystem(view, at + DINODE.uuid);
    const mode = first & 0xffff;
    // An inode without a mode is free: made or freed since, and not yet written.
    if (!isExpected || mode === 0) return PARSED.suspect;
    const nlink = view.getUint32(at + DINODE.nlink);
    if (nlink === 0) return PARSED.unlinked;
    const row = batch.count;
    const status = this.#attribute(batch, row, bytes, view, at, mode);
    if (status === MALFORMED) return PARSED.suspect;
    batch.inoLow[row] = inoLow;
    batch.inoHigh[row] = inoHigh;
    batch.gen[row] = view.getUint32(at + DINODE.gen);
    batch.mode[row] = mode;
    batch.attributeStatus[row] = status;
    const flags2 = view.getUint32(at + DINODE.flags2 + 4);
    const forkOffset = bytes[at + DINODE.forkOffset] ?? 0;
    batch.xflags[row] = xflagsOf(view.getUint16(at + DINODE.flags), flags2, forkOffset);
    if (this.#options.columns === 'all') this.#writeDetails(batch, row, view, at, nlink, flags2);
    batch.count = row + 1;
    return PARSED.row;
  }

  #isOfThisFilesystem(view: DataView, at: number): boolean {
    const uuid = this.#uuid;
    return (
      view.getUint32(at) === uuid[0] &&
      view.getUint32(at + 4) === uuid[1] &&
      view.getUint32(at + 8) === uuid[2] &&
      view.getUint32(at + 12) === uuid[3]
    );
  }

  /** The attribute's status, or MALFORMED; a value of the right length goes to the row. */
  #attribute(batch: InodeBatch, row: number, bytes: Uint8Array, view: DataView, at: number, mode: number): number {
    const forkOffset = bytes[at + DINODE.forkOffset] ?? 0;
    const start = at + DINODE_CORE_BYTES + forkOffset * 8;
    const end = at + this.#options.inodeSizeBytes;
    if (start >= end) return MALFORMED;
    if ((mode & S_IFMT) !== S_IFREG || this.#options.attributes === 'skip') return ATTRIBUTE_STATUS.notLookedAt;
    if (forkOffset === 0) return ATTRIBUTE_STATUS.none;
    const format = bytes[at + DINODE.attrFormat];
    if (format === FORK_FORMAT.btree) return ATTRIBUTE_STATUS.elsewhere;
    if (format === FORK_FORMAT.extents) {
      return attributeExtents(view, at) === 0 ? ATTRIBUTE_STATUS.none : ATTRIBUTE_STATUS.elsewhere;
    }
    if (format !== FORK_FORMAT.local) return MALFORMED;
    const lengthBytes = findShortform(this.#found, bytes, start, end, this.#name);
    if (lengthBytes === MALFORMED) return MALFORMED;
    if (lengthBytes === NOT_FOUND) return ATTRIBUTE_STATUS.none;
    if (lengthBytes !== ATTRIBUTE_BYTES) return ATTRIBUTE_STATUS.wrongLength;
    copyAttribute(batch.attributes, row * ATTRIBUTE_BYTES, bytes, this.#found.at);
    return ATTRIBUTE_STATUS.present;
  }

  #writeDetails(batch: InodeBatch, row: number, view: DataView, at: number, nlink: number, flags2: number): void {
    const words = this.#words;
    batch.nlink[row] = nlink;
    batch.uid[row] = view.getUint32(at + DINODE.uid);
    batch.gid[row] = view.getUint32(at + DINODE.gid);
    batch.projid[row] = view.getUint16(at + DINODE.projidLow) + view.getUint16(at + DINODE.projidHigh) * 0x1_0000;
    batch.sizeHigh[row] = view.getUint32(at + DINODE.size);
    batch.sizeLow[row] = view.getUint32(at + DINODE.size + 4);
    const blocksHigh = view.getUint32(at + DINODE.blocks);
    blocks512Words(words, view.getUint32(at + DINODE.blocks + 4), blocksHigh, this.#options.blockSizeBytes);
    batch.blocksLow[row] = words.low;
    batch.blocksHigh[row] = words.high;
    const isBigTime = (flags2 & FLAG2.bigTime) !== 0;
    readTime(words, view, at + DINODE.mtime, isBigTime);
    batch.mtimeLow[row] = words.low;
    batch.mtimeHigh[row] = words.high;
    readTime(words, view, at + DINODE.ctime, isBigTime);
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
  const hasBigCounters = (view.getUint32(at + DINODE.flags2 + 4) & FLAG2.bigCounters) !== 0;
  return hasBigCounters ? view.getUint32(at + DINODE.bigAttrExtents) : view.getUint16(at + DINODE.attrExtents);
}

/** Byte for byte: faster than a view and a call for so few. */
function copyAttribute(into: Uint8Array, intoAt: number, from: Uint8Array, fromAt: number): void {
  for (let byte = 0; byte < ATTRIBUTE_BYTES; byte++) into[intoAt + byte] = from[fromAt + byte] ?? 0;
}
