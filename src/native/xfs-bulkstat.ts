/**
 * XFS bulkstat and inumbers (ioctl_xfs_bulkstat(2), ioctl_xfs_inumbers(2)): every inode of an allocation group in
 * ascending order, thousands a call. Needs CAP_SYS_ADMIN. The request buffers are made once and reused.
 */
import { BULK_IREQ_AGNO, BULK_IREQ_NREXT64, IOCTL } from './constants.js';
import { toIno, type Ino } from './inode-id.js';
import type { Fd } from './io.js';
import { BULK_IREQ, BULKSTAT, INUMBERS } from './layouts.js';
import { libc } from './libc.js';

/** A request is for one allocation group, or goes through all of them. */
export type AllocationGroup = number | 'all';

/** A request header and the records behind it, in one buffer. */
class BulkRequest {
  readonly bytes: Buffer;
  readonly #capacity: number;
  readonly #ioctl: number;

  constructor(ioctl: number, capacity: number, recordBytes: number) {
    this.#ioctl = ioctl;
    this.#capacity = capacity;
    // Not from Buffer's pool: typed arrays over the records need an aligned start.
    this.bytes = Buffer.from(new ArrayBuffer(BULK_IREQ.sizeBytes + capacity * recordBytes));
  }

  /** Fills the buffer with records of inodes >= startIno of the group; 0 when there are none left. */
  fetch(fd: Fd, agno: AllocationGroup, startIno: bigint, flags: number, target: string): number {
    const { fields } = BULK_IREQ;
    const groupFlag = agno === 'all' ? 0 : BULK_IREQ_AGNO;
    this.bytes.fill(0, 0, BULK_IREQ.sizeBytes);
    this.bytes.writeBigUInt64LE(startIno, fields.ino[0]);
    this.bytes.writeUInt32LE(groupFlag | flags, fields.flags[0]);
    this.bytes.writeUInt32LE(this.#capacity, fields.icount[0]);
    this.bytes.writeUInt32LE(agno === 'all' ? 0 : agno, fields.agno[0]);
    libc('ioctlBuffer', [fd, this.#ioctl, this.bytes], target);
    return this.bytes.readUInt32LE(fields.ocount[0]);
  }

  /** Where the next request has to start: behind the last inode that this one looked at. */
  nextIno(): Ino {
    return toIno(this.bytes.readBigUInt64LE(BULK_IREQ.fields.ino[0]));
  }
}

/** Inode records, as `layouts.BULKSTAT` describes them; `words` sees them as 32-bit words for fast parsing. */
export class BulkstatRequest {
  readonly #request: BulkRequest;
  readonly words: Uint32Array;

  constructor(readonly capacity: number) {
    this.#request = new BulkRequest(IOCTL.XFS_IOC_BULKSTAT, capacity, BULKSTAT.sizeBytes);
    this.words = new Uint32Array(this.#request.bytes.buffer);
  }

  /**
   * Number of records read; 0 at the end of the group.
   * @throws NativeError EUCLEAN on a corrupt inode (the kernel does not step past it), EPERM, EIO, EINVAL past the last group
   */
  fetch(fd: Fd, agno: AllocationGroup, startIno: bigint, target: string): number {
    return this.#request.fetch(fd, agno, startIno, BULK_IREQ_NREXT64, target);
  }

  nextIno(): Ino {
    return this.#request.nextIno();
  }

  /** Index into `words` of record number `index`. */
  static wordOffset(index: number): number {
    return (BULK_IREQ.sizeBytes + index * BULKSTAT.sizeBytes) >> 2;
  }
}

/** Chunk records: which of the 64 inodes from `startIno` on are allocated. */
export interface InodeChunk {
  readonly startIno: Ino;
  readonly allocatedMask: bigint;
}

/** Chunk records, as `layouts.INUMBERS` describes them; `words` sees them as 32-bit words for fast parsing. */
export class InumbersRequest {
  readonly #request: BulkRequest;
  readonly words: Uint32Array;

  constructor(readonly capacity: number) {
    this.#request = new BulkRequest(IOCTL.XFS_IOC_INUMBERS, capacity, INUMBERS.sizeBytes);
    this.words = new Uint32Array(this.#request.bytes.buffer);
  }

  /**
   * Number of chunk records read from `startIno` on; 0 at the end of the group.
   * @throws NativeError as BulkstatRequest.fetch()
   */
  fetchRecords(fd: Fd, agno: AllocationGroup, startIno: bigint, target: string): number {
    return this.#request.fetch(fd, agno, startIno, 0, target);
  }

  /** The group's chunks from `startIno` on as objects, where there are few; empty at the end. */
  fetch(fd: Fd, agno: AllocationGroup, startIno: bigint, target: string): InodeChunk[] {
    const count = this.fetchRecords(fd, agno, startIno, target);
    const chunks: InodeChunk[] = [];
    for (let index = 0; index < count; index++) {
      const at = BULK_IREQ.sizeBytes + index * INUMBERS.sizeBytes;
      chunks.push({
        startIno: toIno(this.#request.bytes.readBigUInt64LE(at + INUMBERS.fields.xi_startino[0])),
        allocatedMask: this.#request.bytes.readBigUInt64LE(at + INUMBERS.fields.xi_allocmask[0]),
      });
    }
    return chunks;
  }

  nextIno(): Ino {
    return this.#request.nextIno();
  }

  /** Index into `words` of chunk record number `index`. */
  static wordOffset(index: number): number {
    return (BULK_IREQ.sizeBytes + index * INUMBERS.sizeBytes) >> 2;
  }
}
