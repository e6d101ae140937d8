/**
 * XFS_IOC_FSBULKSTAT_SINGLE (xfs_fs.h): one inode by its number. The newer XFS_IOC_BULKSTAT silently goes on to the next
 * inode when one cannot be had; this older call says why.
 */
import type { Ino } from './inode-id.js';
import type { Fd } from './io.js';
import { libc, pinMemory } from './libc.js';

const XFS_IOC_FSBULKSTAT_SINGLE = 0xc0205866;

// struct xfs_fsop_bulkreq: u64 *lastip, s32 icount, void *ubuffer, s32 *ocount; then what it points to.
const LASTIP_AT = 0;
const ICOUNT_AT = 8;
const UBUFFER_AT = 16;
const OCOUNT_AT = 24;
const INO_AT = 64;
const COUNT_AT = 72;
/** struct xfs_bstat, 136 bytes; nothing in it is used, for struct xfs_bulkstat says more. */
const RECORD_AT = 128;
const PAGE_BYTES = 4096;

/** The request in pinned memory, since it holds pointers. One for each thread. */
export class SingleInodeRequest {
  readonly #page = pinMemory(PAGE_BYTES);

  constructor() {
    const { bytes, address } = this.#page;
    bytes.writeBigUInt64LE(address + BigInt(INO_AT), LASTIP_AT);
    bytes.writeInt32LE(1, ICOUNT_AT);
    bytes.writeBigUInt64LE(address + BigInt(RECORD_AT), UBUFFER_AT);
    bytes.writeBigUInt64LE(address + BigInt(COUNT_AT), OCOUNT_AT);
  }

  /**
   * Returns if the inode can be read.
   * @throws NativeError EINVAL for a free or an internal inode, ENOENT for one that is being made or unmade,
   * EUCLEAN, EBADMSG or EIO for one that cannot be read
   */
  check(fd: Fd, ino: Ino): void {
    this.#page.bytes.writeBigUInt64LE(ino, INO_AT);
    libc('ioctlPointer', [fd, XFS_IOC_FSBULKSTAT_SINGLE, this.#page.address], `inode ${ino}`);
  }
}
