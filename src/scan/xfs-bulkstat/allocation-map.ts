import { toIno, type Ino } from '../../native/inode-id.js';
import { INUMBERS } from '../../native/layouts.js';
import { BulkstatRequest, InumbersRequest } from '../../native/xfs-bulkstat.js';
import { recordInoHigh, recordInoLow } from './write-record.js';
import type { ScanMount } from './scan-mount.js';

const CHUNK_INODES = 64;
/** Chunks asked for at once: 65,536 inodes' worth where they are dense. */
const CHUNKS_PER_FETCH = 1024;
const TWO_32 = 0x1_0000_0000;

// A chunk record's fields, in 32-bit words from its start.
const START_INO = INUMBERS.fields.xi_startino[0] >> 2;
const ALLOCATED_MASK = INUMBERS.fields.xi_allocmask[0] >> 2;

/**
 * The inodes of one allocation group that its inode B+tree calls allocated (INUMBERS), as a window that moves up along
 * with a scan. What bulkstat delivers is held against it: bulkstat alone goes over what it cannot read in silence.
 */
export class AllocationMap {
  readonly #request = new InumbersRequest(CHUNKS_PER_FETCH);
  readonly #one = new InumbersRequest(1);
  #mount: ScanMount | undefined;
  #agno = 0;
  /** The window: chunk records #first to #count - 1 of the request's reply. */
  #first = 0;
  #count = 0;
  /** First inode that the window does not cover; undefined when it reaches the group's end. */
  #end: bigint | undefined = 0n;

  /** Begins at the start of a group. */
  reset(mount: ScanMount, agno: number): void {
    this.#mount = mount;
    this.#agno = agno;
    this.#first = 0;
    this.#count = 0;
    this.#end = 0n;
  }

  #fetch(request: InumbersRequest, start: bigint): number {
    if (!this.#mount) return 0;
    return request.fetchRecords(this.#mount.rootFd, this.#agno, start, `inode numbers of ${this.#mount.mountPath}`);
  }

  /** Drops what lies wholly below `start` and reads on if nothing is left. */
  advance(start: bigint): void {
    const low = Number(start & 0xffff_ffffn);
    const high = Number(start >> 32n);
    while (this.#first < this.#count && bitOf(this.#request.words, this.#first, low, high) >= CHUNK_INODES) {
      this.#first += 1;
    }
    if (this.#first < this.#count || this.#end === undefined) return;
    this.#first = 0;
    // Should the request fail, its buffer may hold anything.
    this.#count = 0;
    this.#count = this.#fetch(this.#request, start > this.#end ? start : this.#end);
    this.#end = this.#count > 0 ? chunkStart(this.#request.words, this.#count - 1) + BigInt(CHUNK_INODES) : undefined;
  }

  /**
   * Allocated inodes in [start, end) that are not among the first `count` records of the bulkstat reply, ascending.
   * An undefined end is the group's.
   */
  *missing(start: bigint, end: bigint | undefined, words: Uint32Array, count: number): Generator<Ino> {
    const endLow = Number((end ?? 0n) & 0xffff_ffffn);
    const endHigh = end === undefined ? Infinity : Number(end >> 32n);
    const gaps: Gaps = { low: 0, high: 0, nextRecord: 0 };
    this.advance(start);
    while (this.#first < this.#count) {
      const chunks = this.#request.words;
      for (let index = this.#first; index < this.#count; index++) {
        if (bitOf(chunks, index, endLow, endHigh) <= 0) return;
        findGaps(gaps, chunks, index, words, count);
        if ((gaps.low | gaps.high) !== 0) yield* inodesOf(chunkStart(chunks, index), gaps, start, end);
      }
      if (this.#end === undefined || (end !== undefined && this.#end >= end)) return;
      this.advance(this.#end);
    }
  }

  /** Whether the inode is allocated at this moment. */
  isAllocated(ino: Ino): boolean {
    if (this.#fetch(this.#one, ino) === 0) return false;
    const { words } = this.#one;
    const bit = Number(ino - chunkStart(words, 0));
    if (bit < 0 || bit >= CHUNK_INODES) return false;
    const maskWord = words[InumbersRequest.wordOffset(0) + ALLOCATED_MASK + (bit < 32 ? 0 : 1)] ?? 0;
    return ((maskWord >>> (bit & 31)) & 1) === 1;
  }
}

/** How far behind the chunk's first inode another one lies; exact near the chunk, and of the right sign everywhere. */
function bitOf(chunks: Uint32Array, index: number, inoLow: number, inoHigh: number): number {
  const at = InumbersRequest.wordOffset(index) + START_INO;
  return (inoHigh - (chunks[at + 1] ?? 0)) * TWO_32 + (inoLow - (chunks[at] ?? 0));
}

function chunkStart(chunks: Uint32Array, index: number): bigint {
  const at = InumbersRequest.wordOffset(index) + START_INO;
  return (BigInt(chunks[at + 1] ?? 0) << 32n) | BigInt(chunks[at] ?? 0);
}

/** What one chunk has and the reply has not, as the words of a mask; and how far the reply was read for that. */
interface Gaps {
  low: number;
  high: number;
  nextRecord: number;
}

/** Apart from the generator that calls it: this goes over every inode of a scan, and plain functions run faster. */
function findGaps(gaps: Gaps, chunks: Uint32Array, index: number, words: Uint32Array, count: number): void {
  const at = InumbersRequest.wordOffset(index) + ALLOCATED_MASK;
  let low = chunks[at] ?? 0;
  let high = chunks[at + 1] ?? 0;
  let record = gaps.nextRecord;
  for (; record < count; record++) {
    const recordAt = BulkstatRequest.wordOffset(record);
    const bit = bitOf(chunks, index, recordInoLow(words, recordAt), recordInoHigh(words, recordAt));
    if (bit >= CHUNK_INODES) break;
    if (bit < 0) continue;
    if (bit < 32) low &= ~(1 << bit);
    else high &= ~(1 << (bit - 32));
  }
  gaps.low = low;
  gaps.high = high;
  gaps.nextRecord = record;
}

/** The inodes of a chunk whose bits are set in the mask, as far as they lie in [from, end). */
function* inodesOf(startIno: bigint, mask: Readonly<Gaps>, from: bigint, end: bigint | undefined): Generator<Ino> {
  for (let bit = 0; bit < CHUNK_INODES; bit++) {
    const word = bit < 32 ? mask.low : mask.high;
    const ino = startIno + BigInt(bit);
    if (((word >>> (bit & 31)) & 1) === 0 || ino < from) continue;
    if (end !== undefined && ino >= end) return;
    yield toIno(ino);
  }
}
