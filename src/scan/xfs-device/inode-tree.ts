/**
 * The B+tree of a group's inode chunks, read from a device that is not mounted. Every block has to be what its parent
 * says: level, group, place, checksum, ascending keys. So a loop or a wrong pointer ends in an error, never in a long walk.
 */
import { damaged, readAgInodeHeader, type AgInodeHeader } from './ag-inode-header.js';
import { CHUNK_INODES, type ChunkSource } from './chunk-source.js';
import { isCrcRight } from '../../dm/crc32c-words.js';
import { BlockReader, wordsOf } from './read-aligned.js';
import type { AgInoSpan, ScanDevice } from './scan-device.js';

/** A block with 32-bit pointers (struct xfs_btree_block, short form, version 5); big-endian. Byte offsets. */
const BLOCK = { magic: 0, level: 4, count: 6, place: 16, uuid: 32, owner: 48, crc: 52, body: 56 } as const;
const MAGIC = 0x49414233; // IAB3
/** A chunk (struct xfs_inobt_rec): its first inode, holes of sparse chunks, numbers, free inodes. */
const RECORD = { start: 0, holes: 4, free: 8, bytes: 16 } as const;
const KEY_BYTES = 4;
const POINTER_BYTES = 4;
const LEVELS_MAX = 9;
/** A bit of the hole mask stands for four inodes. */
const HOLE_INODES = 4;
const BASIC_BLOCK_BYTES = 512;

/** A chunk's used inodes: those that are neither free nor in a hole. */
function usedMask(block: Buffer, at: number, hasSparseChunks: boolean): { low: number; high: number } {
  let low = ~block.readUInt32BE(at + RECORD.free + 4) >>> 0;
  let high = ~block.readUInt32BE(at + RECORD.free) >>> 0;
  const holes = hasSparseChunks ? block.readUInt16BE(at + RECORD.holes) : 0;
  for (let bit = 0; bit < CHUNK_INODES / HOLE_INODES; bit++) {
    if (((holes >>> bit) & 1) === 0) continue;
    const shift = (bit * HOLE_INODES) & 31;
    if (bit * HOLE_INODES < 32) low = (low & ~(0xf << shift)) >>> 0;
    else high = (high & ~(0xf << shift)) >>> 0;
  }
  return { low, high };
}

interface Visit {
  readonly block: number;
  readonly level: number;
}

/** Chunks as the B+tree on the device has them. */
export class InodeTreeChunks implements ChunkSource {
  readonly #layout: ScanDevice;
  readonly #reader: BlockReader;
  readonly agIno: Uint32Array;
  readonly maskLow: Uint32Array;
  readonly maskHigh: Uint32Array;
  /** Blocks still to be visited, the next one last. */
  #visits: Visit[] = [];
  #agno = 0;
  #span: AgInoSpan = { from: 0, end: 0 };
  #lengthBlocks = 0;
  /** Numbers of chunks have to be above this. */
  #floor = -1;

  constructor(layout: ScanDevice) {
    this.#layout = layout;
    this.#reader = new BlockReader(layout, Math.max(layout.blockSizeBytes, layout.sectorSizeBytes));
    const recordsMax = Math.floor((layout.blockSizeBytes - BLOCK.body) / RECORD.bytes);
    this.agIno = new Uint32Array(recordsMax);
    this.maskLow = new Uint32Array(recordsMax);
    this.maskHigh = new Uint32Array(recordsMax);
  }

  header(agno: number): AgInodeHeader {
    return readAgInodeHeader(this.#reader, this.#layout, agno);
  }

  reset(agno: number, span: AgInoSpan): void {
    this.#agno = agno;
    this.#span = span;
    this.#floor = -1;
    this.#lengthBlocks = 0;
    this.#visits = [];
  }

  /** Reads the header first, so that its damage comes out of the scan and not of its beginning. */
  #begin(): void {
    const { rootBlock, levels, lengthBlocks } = this.header(this.#agno);
    if (levels === 0 || levels > LEVELS_MAX) throw this.#damage(rootBlock);
    this.#lengthBlocks = lengthBlocks;
    this.#visits = [{ block: rootBlock, level: levels - 1 }];
  }

  #damage(block: number): Error {
    return damaged(`inode tree of group ${this.#agno}, block ${block},`, this.#layout.path);
  }

  fetch(): number {
    if (this.#lengthBlocks === 0) this.#begin();
    for (let visit = this.#visits.pop(); visit !== undefined; visit = this.#visits.pop()) {
      const block = this.#read(visit);
      if (visit.level > 0) {
        this.#descend(block, visit);
        continue;
      }
      const count = this.#takeRecords(block, visit);
      if (count > 0) return count;
    }
    return 0;
  }

  #read({ block, level }: Visit): Buffer {
    const { agBytes, blockSizeBytes, metaUuid } = this.#layout;
    if (block >= this.#lengthBlocks) throw this.#damage(block);
    const fromByte = this.#agno * agBytes + block * blockSizeBytes;
    const bytes = this.#reader.read(fromByte, blockSizeBytes);
    const isRight =
      bytes.readUInt32BE(BLOCK.magic) === MAGIC &&
      bytes.readUInt16BE(BLOCK.level) === level &&
      bytes.readUInt32BE(BLOCK.owner) === this.#agno &&
      bytes.readBigUInt64BE(BLOCK.place) === BigInt(fromByte / BASIC_BLOCK_BYTES) &&
      bytes.subarray(BLOCK.uuid, BLOCK.uuid + 16).equals(metaUuid) &&
      isCrcRight(wordsOf(bytes), 0, blockSizeBytes >> 2, BLOCK.crc >> 2);
    if (!isRight) throw this.#damage(block);
    return bytes;
  }

  /** Children whose keys lie below the span's start, but for the last of them, have nothing for it. */
  #descend(bytes: Buffer, { block, level }: Visit): void {
    const childrenMax = Math.floor((bytes.length - BLOCK.body) / (KEY_BYTES + POINTER_BYTES));
    const count = bytes.readUInt16BE(BLOCK.count);
    if (count === 0 || count > childrenMax) throw this.#damage(block);
    const pointersAt = BLOCK.body + childrenMax * KEY_BYTES;
    const children: Visit[] = [];
    let before = -1;
    for (let index = 0; index < count; index++) {
      const key = bytes.readUInt32BE(BLOCK.body + index * KEY_BYTES);
      if (key <= before) throw this.#damage(block);
      before = key;
      if (key >= this.#span.end) break;
      if (key <= this.#span.from) children.length = 0;
      children.push({ block: bytes.readUInt32BE(pointersAt + index * POINTER_BYTES), level: level - 1 });
    }
    this.#visits.push(...children.reverse());
  }

  #takeRecords(bytes: Buffer, { block, level }: Visit): number {
    const { hasSparseChunks, inodesPerBlockLog } = this.#layout;
    const count = bytes.readUInt16BE(BLOCK.count);
    if (level !== 0 || count > this.agIno.length) throw this.#damage(block);
    const inodesEnd = this.#lengthBlocks * 2 ** inodesPerBlockLog;
    let taken = 0;
    for (let index = 0; index < count; index++) {
      const at = BLOCK.body + index * RECORD.bytes;
      const start = bytes.readUInt32BE(at + RECORD.start);
      const { low, high } = usedMask(bytes, at, hasSparseChunks);
      const isInside = (low | high) === 0 || start < inodesEnd;
      if (start <= this.#floor || !isInside) throw this.#damage(block);
      this.#floor = start + CHUNK_INODES - 1;
      if (start + CHUNK_INODES <= this.#span.from || start >= this.#span.end) continue;
      this.agIno[taken] = start;
      this.maskLow[taken] = low;
      this.maskHigh[taken] = high;
      taken += 1;
    }
    return taken;
  }
}
