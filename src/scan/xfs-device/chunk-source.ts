import { INUMBERS } from '../../native/layouts.js';
import { InumbersRequest } from '../../native/xfs-bulkstat.js';
import type { ScanMount } from '../xfs-bulkstat/scan-mount.js';
import type { AgInoSpan } from './scan-device.js';

export const CHUNK_INODES = 64;

/**
 * The inode chunks of a part of an allocation group, ascending, as columns that are filled anew by each fetch: where a
 * chunk starts within its group, and which of its 64 inodes are allocated.
 */
export interface ChunkSource {
  readonly agIno: Uint32Array;
  readonly maskLow: Uint32Array;
  readonly maskHigh: Uint32Array;
  /** Begins at the start of a span. The first chunk may start before it, the last one end behind it. */
  reset(agno: number, span: AgInoSpan): void;
  /** Chunks fetched; 0 at the end. @throws NativeError */
  fetch(): number;
}

const CHUNKS_PER_FETCH = 1024;
const START_INO = INUMBERS.fields.xi_startino[0] >> 2;
const ALLOCATED_MASK = INUMBERS.fields.xi_allocmask[0] >> 2;

/** Chunks as the kernel tells them: what is allocated at this moment, whatever has reached the device. */
export class InumbersChunks implements ChunkSource {
  readonly agIno = new Uint32Array(CHUNKS_PER_FETCH);
  readonly maskLow = new Uint32Array(CHUNKS_PER_FETCH);
  readonly maskHigh = new Uint32Array(CHUNKS_PER_FETCH);
  readonly #request = new InumbersRequest(CHUNKS_PER_FETCH);
  readonly #mount: ScanMount;
  readonly #agInoBits: number;
  #agno = 0;
  #span: AgInoSpan = { from: 0, end: 0 };
  #next = 0n;

  constructor(mount: ScanMount, agInoBits: number) {
    this.#mount = mount;
    this.#agInoBits = agInoBits;
  }

  reset(agno: number, span: AgInoSpan): void {
    this.#agno = agno;
    this.#span = span;
    this.#next = (BigInt(agno) << BigInt(this.#agInoBits)) + BigInt(span.from);
  }

  fetch(): number {
    if (this.#span.end === 0) return 0;
    const target = `inode numbers of group ${this.#agno} of ${this.#mount.mountPath}`;
    const count = this.#request.fetchRecords(this.#mount.rootFd, this.#agno, this.#next, target);
    this.#next = this.#request.nextIno();
    const { words } = this.#request;
    const bits = this.#agInoBits === 32 ? 0xffff_ffff : 2 ** this.#agInoBits - 1;
    for (let index = 0; index < count; index++) {
      const at = InumbersRequest.wordOffset(index);
      const agIno = ((words[at + START_INO] ?? 0) & bits) >>> 0;
      if (agIno >= this.#span.end) return this.#finish(index);
      this.agIno[index] = agIno;
      this.maskLow[index] = words[at + ALLOCATED_MASK] ?? 0;
      this.maskHigh[index] = words[at + ALLOCATED_MASK + 1] ?? 0;
    }
    return count === 0 ? this.#finish(0) : count;
  }

  #finish(count: number): number {
    this.#span = { from: 0, end: 0 };
    return count;
  }
}
