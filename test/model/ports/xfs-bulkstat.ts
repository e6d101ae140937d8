import { XFS_XFLAG_HASATTR } from '../../../src/native/constants.js';
import { toIno, type Ino } from '../../../src/native/inode-id.js';
import type { Fd } from '../../../src/native/io.js';
import { BULK_IREQ, BULKSTAT, INUMBERS } from '../../../src/native/layouts.js';
import type { AllocationGroup, InodeChunk } from '../../../src/native/xfs-bulkstat.js';
import type { Inode } from '../kernel/inode.js';
import { PAGE_BYTES } from '../kernel/image.js';
import { enter } from '../kernel/world.js';

const CHUNK_INODES = 64n;
const NS_PER_SECOND = 1_000_000_000n;

/** Records in the kernel's layout. */
class Reply {
  readonly bytes: Buffer;
  readonly words: Uint32Array;
  next = toIno(0n);

  constructor(capacity: number, recordBytes: number) {
    this.bytes = Buffer.from(new ArrayBuffer(BULK_IREQ.sizeBytes + capacity * recordBytes));
    this.words = new Uint32Array(this.bytes.buffer);
  }
}

function writeTime(bytes: Buffer, secondsAt: number, nanosecondsAt: number, timeNs: bigint): void {
  const nanoseconds = ((timeNs % NS_PER_SECOND) + NS_PER_SECOND) % NS_PER_SECOND;
  bytes.writeBigInt64LE((timeNs - nanoseconds) / NS_PER_SECOND, secondsAt);
  bytes.writeUInt32LE(Number(nanoseconds), nanosecondsAt);
}

/** The size is the one on the disk, as the kernel's is; the rest is live. */
function writeInode(bytes: Buffer, at: number, inode: Inode): void {
  const { image } = inode;
  const { fields } = BULKSTAT;
  bytes.fill(0, at, at + BULKSTAT.sizeBytes);
  bytes.writeBigUInt64LE(image.ino, at + fields.bs_ino[0]);
  bytes.writeBigUInt64LE(BigInt(image.sizeBytes), at + fields.bs_size[0]);
  bytes.writeBigUInt64LE(BigInt(inode.blocks512 / (PAGE_BYTES / 512)), at + fields.bs_blocks[0]);
  bytes.writeBigUInt64LE(image.xattrs.size > 0 ? BigInt(XFS_XFLAG_HASATTR) : 0n, at + fields.bs_xflags[0]);
  writeTime(bytes, at + fields.bs_mtime[0], at + fields.bs_mtime_nsec[0], image.mtimeNs);
  writeTime(bytes, at + fields.bs_ctime[0], at + fields.bs_ctime_nsec[0], image.ctimeNs);
  writeTime(bytes, at + fields.bs_btime[0], at + fields.bs_btime_nsec[0], image.btimeNs);
  bytes.writeUInt32LE(image.gen, at + fields.bs_gen[0]);
  bytes.writeUInt32LE(PAGE_BYTES, at + fields.bs_blksize[0]);
  bytes.writeUInt32LE(image.nlink, at + fields.bs_nlink[0]);
  bytes.writeUInt16LE(image.mode, at + fields.bs_mode[0]);
}

const from = (fd: Fd, agno: AllocationGroup, startIno: bigint, target: string, call: string): Inode[] => {
  const { fs } = enter(call, target).files.get(fd, 'ioctl');
  return agno === 'all' || agno === 0 ? fs.list().filter(({ image }) => image.ino >= startIno) : [];
};

export class BulkstatRequest {
  readonly #reply: Reply;
  readonly words: Uint32Array;

  constructor(readonly capacity: number) {
    this.#reply = new Reply(capacity, BULKSTAT.sizeBytes);
    this.words = this.#reply.words;
  }

  fetch(fd: Fd, agno: AllocationGroup, startIno: bigint, target: string): number {
    const inodes = from(fd, agno, startIno, target, 'bulkstat').slice(0, this.capacity);
    for (const [index, inode] of inodes.entries())
      writeInode(this.#reply.bytes, BULK_IREQ.sizeBytes + index * BULKSTAT.sizeBytes, inode);
    this.#reply.next = toIno((inodes.at(-1)?.image.ino ?? startIno) + 1n);
    return inodes.length;
  }

  nextIno(): Ino {
    return this.#reply.next;
  }

  static wordOffset(index: number): number {
    return (BULK_IREQ.sizeBytes + index * BULKSTAT.sizeBytes) >> 2;
  }
}

export class InumbersRequest {
  readonly #reply: Reply;
  readonly words: Uint32Array;

  constructor(readonly capacity: number) {
    this.#reply = new Reply(capacity, INUMBERS.sizeBytes);
    this.words = this.#reply.words;
  }

  fetch(fd: Fd, agno: AllocationGroup, startIno: bigint, target: string): InodeChunk[] {
    const chunks = new Map<bigint, bigint>();
    // A chunk that holds the first inode asked for is given whole.
    const first = (startIno / CHUNK_INODES) * CHUNK_INODES;
    for (const { image } of from(fd, agno, first, target, 'inumbers')) {
      const start = (image.ino / CHUNK_INODES) * CHUNK_INODES;
      chunks.set(start, (chunks.get(start) ?? 0n) | (1n << (image.ino - start)));
    }
    const found = [...chunks].slice(0, this.capacity);
    this.#reply.next = toIno((found.at(-1)?.[0] ?? first) + CHUNK_INODES);
    return found.map(([start, allocatedMask]) => ({ startIno: toIno(start), allocatedMask }));
  }

  fetchRecords(fd: Fd, agno: AllocationGroup, startIno: bigint, target: string): number {
    const chunks = this.fetch(fd, agno, startIno, target);
    for (const [index, { startIno: start, allocatedMask }] of chunks.entries()) {
      const at = BULK_IREQ.sizeBytes + index * INUMBERS.sizeBytes;
      this.#reply.bytes.writeBigUInt64LE(start, at + INUMBERS.fields.xi_startino[0]);
      this.#reply.bytes.writeBigUInt64LE(allocatedMask, at + INUMBERS.fields.xi_allocmask[0]);
    }
    return chunks.length;
  }

  nextIno(): Ino {
    return this.#reply.next;
  }

  static wordOffset(index: number): number {
    return (BULK_IREQ.sizeBytes + index * INUMBERS.sizeBytes) >> 2;
  }
}
