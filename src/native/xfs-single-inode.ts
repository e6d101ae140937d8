/**
 * XFS_IOC_FSBULKSTAT_SINGLE (xfs_fs.h): one inode by its number. The newer XFS_IOC_BULKSTAT silently goes on to the next
 * inode when one cannot be had; this older call says why.
 */
import { IOCTL } from './constants.js';
import type { Ino } from './inode-id.js';
import type { Fd } from './io.js';
import { BSTAT, FSOP_BULKREQ } from './layouts.js';
import { libc, pinMemory } from './libc.js';

// The request comes first in the page, then what it points to. Nothing of the record is used.
const INO_AT = 64;
const COUNT_AT = 72;
const RECORD_AT = 128;
const MEMORY_BYTES = RECORD_AT + BSTAT.sizeBytes;

/** The request in pinned memory, since it holds pointers. One for each thread. */
export class SingleInodeRequest {
  readonly #page = pinMemory(MEMORY_BYTES);

  constructor() {
    const { bytes, address } = this.#page;
    const { fields } = FSOP_BULKREQ;
    bytes.writeBigUInt64LE(address + BigInt(INO_AT), fields.lastip[0]);
    bytes.writeInt32LE(1, fields.icount[0]);
    bytes.writeBigUInt64LE(address + BigInt(RECORD_AT), fields.ubuffer[0]);
    bytes.writeBigUInt64LE(address + BigInt(COUNT_AT), fields.ocount[0]);
  }

  /**
   * Returns if the inode can be read.
   * @throws NativeError EINVAL for a free or an internal inode, ENOENT for one that is being made or unmade,
   * EUCLEAN, EBADMSG or EIO for one that cannot be read
   */
  check(fd: Fd, ino: Ino): void {
    this.#page.bytes.writeBigUInt64LE(ino, INO_AT);
    libc('ioctlPointer', [fd, IOCTL.XFS_IOC_FSBULKSTAT_SINGLE, this.#page.address], `inode ${ino}`);
  }
}
