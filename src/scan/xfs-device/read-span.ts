import type { CheckedMemory } from '../../dm/checked-memory.js';
import { CHUNK_INODES, type ChunkSource } from './chunk-source.js';
import type { AgInoSpan, ScanDevice } from './scan-device.js';

/** Bytes read at once, at most. */
export const SPAN_BYTES_MAX = 1024 * 1024;
/** Chunks so near to each other are read together with what lies between. */
const GAP_BYTES_MAX = 64 * 1024;
/** What O_DIRECT asks for on every device: offsets, lengths and memory in such units. */
const ALIGNMENT_BYTES = 4096;
/** More than fit into one read when they are whole; parts of sparse chunks are shorter. */
const SPAN_CHUNKS_MAX = 64;

export const alignDown = (at: number): number => at - (at % ALIGNMENT_BYTES);
export const alignUp = (at: number): number => alignDown(at + ALIGNMENT_BYTES - 1);

/** One read: a run of neighbouring chunks and the memory that it fills. Used again and again. */
export class ReadSpan {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly view: DataView;
  /** Where it begins on the device; no small integer from the start (exact-time.ts, newWords). */
  fromByte = Number.MAX_SAFE_INTEGER;
  lengthBytes = 0;
  count = 0;
  readonly agIno = new Uint32Array(SPAN_CHUNKS_MAX);
  readonly maskLow = new Uint32Array(SPAN_CHUNKS_MAX);
  readonly maskHigh = new Uint32Array(SPAN_CHUNKS_MAX);

  /** Takes SPAN_BYTES_MAX bytes of a memory, from a 4 KiB border on. */
  constructor(
    readonly memory: CheckedMemory,
    readonly at: number,
  ) {
    this.bytes = memory.bytes.subarray(at, at + SPAN_BYTES_MAX);
    this.view = new DataView(this.bytes.buffer, this.bytes.byteOffset, SPAN_BYTES_MAX);
  }
}

const trailingZeros = (word: number): number => 31 - Math.clz32(word & -word);

/** The chunk's first allocated inode; one of the words is not 0. */
export const firstBit = (low: number, high: number): number =>
  low !== 0 ? trailingZeros(low) : 32 + trailingZeros(high);
/** Its last one. */
export const lastBit = (low: number, high: number): number =>
  (high !== 0 ? 63 : 31) - Math.clz32(high !== 0 ? high : low);

/** The bits of a mask word for inodes `from` to `end` - 1 of the 32 that it stands for. */
function bitsBetween(from: number, end: number): number {
  const below = (bit: number): number => (bit <= 0 ? 0 : bit >= 32 ? 0xffff_ffff : 2 ** bit - 1);
  return (below(end) & ~below(from)) >>> 0;
}

/** Turns the chunks of a part of a group into reads: what lies together is read together, what is free is not read. */
export class SpanPlanner {
  readonly #device: ScanDevice;
  readonly #chunks: ChunkSource;
  #span: AgInoSpan = { from: 0, end: 0 };
  #groupByte = Number.MAX_SAFE_INTEGER;
  #next = 0;
  #count = 0;
  #ended = true;

  constructor(device: ScanDevice, chunks: ChunkSource) {
    this.#device = device;
    this.#chunks = chunks;
  }

  reset(agno: number, span: AgInoSpan): void {
    this.#chunks.reset(agno, span);
    this.#span = span;
    this.#groupByte = agno * this.#device.agBytes;
    this.#next = 0;
    this.#count = 0;
    this.#ended = false;
  }

  /** Brings the next chunk with an inode in the span to `#next`; false at the end. @throws NativeError */
  #hasChunk(): boolean {
    while (!this.#ended) {
      if (this.#next === this.#count) {
        this.#next = 0;
        this.#count = 0;
        this.#count = this.#chunks.fetch();
        this.#ended = this.#count === 0;
        continue;
      }
      this.#clip(this.#next);
      if (((this.#chunks.maskLow[this.#next] ?? 0) | (this.#chunks.maskHigh[this.#next] ?? 0)) !== 0) return true;
      this.#next += 1;
    }
    return false;
  }

  /** A chunk that lies across the span's border belongs to two spans: each takes its own inodes. */
  #clip(index: number): void {
    const { agIno, maskLow, maskHigh } = this.#chunks;
    const from = this.#span.from - (agIno[index] ?? 0);
    const end = this.#span.end - (agIno[index] ?? 0);
    if (from <= 0 && end >= CHUNK_INODES) return;
    maskLow[index] = (maskLow[index] ?? 0) & bitsBetween(from, end);
    maskHigh[index] = (maskHigh[index] ?? 0) & bitsBetween(from - 32, end - 32);
  }

  /** Fills in what the next read is to be; false at the end. @throws NativeError */
  plan(span: ReadSpan): boolean {
    span.count = 0;
    let endByte = 0;
    const { inodeSizeBytes, sizeBytes } = this.#device;
    while (span.count < SPAN_CHUNKS_MAX && this.#hasChunk()) {
      const agIno = this.#chunks.agIno[this.#next] ?? 0;
      const low = this.#chunks.maskLow[this.#next] ?? 0;
      const high = this.#chunks.maskHigh[this.#next] ?? 0;
      const from = this.#groupByte + (agIno + firstBit(low, high)) * inodeSizeBytes;
      const end = this.#groupByte + (agIno + lastBit(low, high) + 1) * inodeSizeBytes;
      if (span.count === 0) span.fromByte = alignDown(from);
      else if (from - endByte > GAP_BYTES_MAX || alignUp(end) - span.fromByte > SPAN_BYTES_MAX) break;
      endByte = end;
      span.agIno[span.count] = agIno;
      span.maskLow[span.count] = low;
      span.maskHigh[span.count] = high;
      span.count += 1;
      this.#next += 1;
    }
    // Where the device ends before that, the read comes up short, and what is missing is told.
    span.lengthBytes = Math.max(0, Math.min(alignUp(endByte), sizeBytes) - span.fromByte);
    return span.count > 0;
  }
}
