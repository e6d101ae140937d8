import { toIno, type Ino } from '../../native/inode-id.js';
import { BulkstatRequest, InumbersRequest, type InodeChunk } from '../../native/xfs-bulkstat.js';
import { recordInoHigh, recordInoLow } from './write-record.js';
import type { ScanMount } from './scan-mount.js';

const CHUNK_INODES = 64;
/** Chunks asked for at once: 65,536 inodes' worth where they are dense. */
const CHUNKS_PER_FETCH = 1024;
const TWO_32 = 0x1_0000_0000;

/**
 * The inodes of one allocation group that its inode B+tree calls allocated (INUMBERS), as a window that moves up along
 * with a scan. What bulkstat delivers is held against it: bulkstat alone goes over what it cannot read in silence.
 */
export class AllocationMap {
  readonly #request = new InumbersRequest(CHUNKS_PER_FETCH);
  readonly #one = new InumbersRequest(1);
  #mount: ScanMount | undefined;
  #agno = 0;
  #chunks: InodeChunk[] = [];
  /** First inode that the window does not cover; undefined when it reaches the group's end. */
  #end: bigint | undefined = 0n;

  /** Begins at the start of a group. */
  reset(mount: ScanMount, agno: number): void {
    this.#mount = mount;
    this.#agno = agno;
    this.#chunks = [];
    this.#end = 0n;
  }

  #fetch(request: InumbersRequest, start: bigint): InodeChunk[] {
    if (!this.#mount) return [];
    return request.fetch(this.#mount.rootFd, this.#agno, start, `inode numbers of ${this.#mount.mountPath}`);
  }

  /** Drops what lies wholly below `start` and reads on if nothing is left. */
  advance(start: bigint): void {
    const first = this.#chunks.findIndex((chunk) => chunk.startIno + BigInt(CHUNK_INODES) > start);
    this.#chunks = first < 0 ? [] : this.#chunks.slice(first);
    if (this.#chunks.length > 0 || this.#end === undefined) return;
    this.#chunks = this.#fetch(this.#request, start > this.#end ? start : this.#end);
    const last = this.#chunks.at(-1);
    this.#end = last ? last.startIno + BigInt(CHUNK_INODES) : undefined;
  }

  /** The chunks that reach into [start, end), ascending; more are read as they are needed. */
  *#chunksIn(start: bigint, end: bigint | undefined): Generator<InodeChunk> {
    this.advance(start);
    while (this.#chunks.length > 0) {
      for (const chunk of this.#chunks) {
        if (end !== undefined && chunk.startIno >= end) return;
        yield chunk;
      }
      if (this.#end === undefined || (end !== undefined && this.#end >= end)) return;
      this.advance(this.#end);
    }
  }

  /**
   * Allocated inodes in [start, end) that are not among the first `count` records of the bulkstat reply, ascending.
   * An undefined end is the group's.
   */
  *missing(start: bigint, end: bigint | undefined, words: Uint32Array, count: number): Generator<Ino> {
    let record = 0;
    for (const chunk of this.#chunksIn(start, end)) {
      const startLow = Number(chunk.startIno & 0xffff_ffffn);
      const startHigh = Number(chunk.startIno >> 32n);
      let seenLow = 0;
      let seenHigh = 0;
      for (; record < count; record++) {
        const at = BulkstatRequest.wordOffset(record);
        const bit = (recordInoHigh(words, at) - startHigh) * TWO_32 + (recordInoLow(words, at) - startLow);
        if (bit >= CHUNK_INODES) break;
        if (bit < 0) continue;
        if (bit < 32) seenLow |= 1 << bit;
        else seenHigh |= 1 << (bit - 32);
      }
      const seen = (BigInt(seenHigh >>> 0) << 32n) | BigInt(seenLow >>> 0);
      const gaps = chunk.allocatedMask & ~seen;
      if (gaps === 0n) continue;
      yield* inodesOf(chunk.startIno, gaps, start, end);
    }
  }

  /** Whether the inode is allocated at this moment. */
  isAllocated(ino: Ino): boolean {
    const [chunk] = this.#fetch(this.#one, ino);
    if (!chunk || ino < chunk.startIno || ino >= chunk.startIno + BigInt(CHUNK_INODES)) return false;
    return ((chunk.allocatedMask >> (ino - chunk.startIno)) & 1n) === 1n;
  }
}

function* inodesOf(startIno: bigint, mask: bigint, from: bigint, end: bigint | undefined): Generator<Ino> {
  for (let bit = 0n; bit < BigInt(CHUNK_INODES); bit++) {
    const ino = startIno + bit;
    if (((mask >> bit) & 1n) === 0n || ino < from) continue;
    if (end !== undefined && ino >= end) return;
    yield toIno(ino);
  }
}
