/**
 * Looking at one inode by its number and generation, without a path and, but for `openInvisible`, without opening it:
 * an open would break another's lease.
 */
import fs from 'node:fs';
import { O_PATH } from '../native/constants.js';
import { openByFileHandle, xfsFileHandle } from '../native/file-handle.js';
import { describeInode, toGen, toIno, type Gen, type InodeId } from '../native/inode-id.js';
import { closeFd, type Fd } from '../native/io.js';
import { BULKSTAT } from '../native/layouts.js';
import { isErrno, NativeError } from '../native/native-error.js';
import { statFd, type FileStat } from '../native/statx.js';
import { BulkstatRequest, InumbersRequest } from '../native/xfs-bulkstat.js';
import { AttributeReader, openByXfsHandle } from '../native/xfs-handle.js';
import type { ScanMount } from '../scan/xfs-bulkstat/scan-mount.js';

/**
 * What became of an inode. ESTALE alone proves nothing (one flipped byte in an allocated inode gives it), so `gone`
 * means that its INUMBERS bit is clear, `reused` that another generation was read, and anything else is `unreadable`.
 */
export type InodePresence =
  | { readonly kind: 'present'; readonly stat: FileStat }
  | { readonly kind: 'gone' }
  | { readonly kind: 'reused'; readonly gen: Gen }
  | { readonly kind: 'unreadable'; readonly why: string };

/** How often an attribute is read whose errors come and go. */
const READS_MAX = 3;

/** One for each thread: it owns request buffers and pinned memory. */
export class InodeAccess {
  readonly #attributes: AttributeReader;
  readonly #bulkstat = new BulkstatRequest(1);
  readonly #inumbers = new InumbersRequest(1);

  readonly #rootFd: Fd;
  readonly #fsid: Buffer;

  constructor(
    mount: Pick<ScanMount, 'rootFd' | 'fsid'>,
    readonly attributeName: string,
  ) {
    this.#rootFd = mount.rootFd;
    this.#fsid = Buffer.from(mount.fsid);
    this.#attributes = new AttributeReader(this.#rootFd, this.#fsid, attributeName);
  }

  /** statx by handle, or why there is none. */
  locate(id: InodeId): InodePresence {
    try {
      const fd = openByFileHandle(this.#rootFd, xfsFileHandle(id), O_PATH, id);
      try {
        return { kind: 'present', stat: statFd(fd, describeInode(id)) };
      } finally {
        closeFd(fd);
      }
    } catch (error) {
      if (!isErrno(error, 'ESTALE', 'ENOENT', 'EUCLEAN', 'EIO')) throw error;
      return this.#explainAbsence(id, error);
    }
  }

  /**
   * The DM attribute's bytes, undefined if there is none.
   * @throws NativeError ESTALE and others as the kernel says
   */
  attribute(id: InodeId): Buffer | undefined {
    const reader = this.#attributes;
    for (let attempt = 1; ; attempt++) {
      const result = reader.read(Number(id.ino & 0xffff_ffffn), Number(id.ino >> 32n), id.gen);
      if (result === 'none') return undefined;
      if (result === 'value') return Buffer.from(reader.value.subarray(0, reader.valueLength));
      // Longer than any attribute of ours: bytes that nobody will take for one.
      if (result === 'too-long') return Buffer.alloc(reader.value.length);
      const code = reader.explain();
      // An error that has passed by the time it is asked for: the attribute is read once more.
      if (code === undefined && attempt < READS_MAX) continue;
      throw new NativeError(code ?? 'EIO', 'attrmulti', describeInode(id));
    }
  }

  /**
   * Opens for invisible I/O. O_NONBLOCK: where another process holds a lease, we would rather hear EAGAIN than wait.
   * @throws NativeError
   */
  openInvisible(id: InodeId, access: 'read' | 'write'): Fd {
    const mode = access === 'write' ? fs.constants.O_RDWR : fs.constants.O_RDONLY;
    return openByXfsHandle(this.#rootFd, this.#fsid, id, mode | fs.constants.O_NONBLOCK);
  }

  #explainAbsence(id: InodeId, cause: NativeError): InodePresence {
    const target = describeInode(id);
    if (!this.#isAllocated(id, target)) return { kind: 'gone' };
    try {
      const count = this.#bulkstat.fetch(this.#rootFd, 'all', id.ino, target);
      const at = BulkstatRequest.wordOffset(0);
      const word = (offset: number): number => this.#bulkstat.words[at + offset / 4] ?? 0;
      const [inoAt] = BULKSTAT.fields.bs_ino;
      const found = toIno((BigInt(word(inoAt + 4)) << 32n) | BigInt(word(inoAt)));
      const gen = toGen(word(BULKSTAT.fields.bs_gen[0]));
      if (count === 1 && found === id.ino && gen !== id.gen) return { kind: 'reused', gen };
      return { kind: 'unreadable', why: cause.code };
    } catch (error) {
      if (error instanceof NativeError) return { kind: 'unreadable', why: error.code };
      throw error;
    }
  }

  #isAllocated(id: InodeId, target: string): boolean {
    const [chunk] = this.#inumbers.fetch(this.#rootFd, 'all', id.ino, target);
    if (chunk === undefined || id.ino < chunk.startIno) return false;
    const bit = id.ino - chunk.startIno;
    return bit < 64n && ((chunk.allocatedMask >> bit) & 1n) === 1n;
  }
}
