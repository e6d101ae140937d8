/**
 * The inode as XFS version 5 keeps it on disk (fs/xfs/libxfs/xfs_format.h, struct xfs_dinode): big-endian, a core of 176
 * bytes, then the data fork, then the attribute fork. Byte offsets from the inode's start.
 */
export const DINODE = {
  magic: 0,
  mode: 2,
  version: 4,
  uid: 8,
  gid: 12,
  nlink: 16,
  projidLow: 20,
  projidHigh: 22,
  mtime: 40,
  ctime: 48,
  size: 56,
  blocks: 64,
  /** With 64-bit extent counters. */
  bigAttrExtents: 76,
  attrExtents: 80,
  /** In units of 8 bytes from the core's end; 0: there is no attribute fork. */
  forkOffset: 82,
  attrFormat: 83,
  flags: 90,
  gen: 92,
  crc: 100,
  flags2: 120,
  ino: 152,
  uuid: 160,
} as const;

export const DINODE_CORE_BYTES = 176;
/** "IN". */
export const DINODE_MAGIC = 0x494e;
export const DINODE_VERSION = 3;

/** How a fork is kept: within the inode, as a list of extents, or as the root of a B+tree. */
export const FORK_FORMAT = { local: 1, extents: 2, btree: 3 } as const;

/** The low word of `flags2`. */
export const FLAG2 = { dax: 1, cowExtentSize: 4, bigTime: 8, bigCounters: 16 } as const;

/** Of the attribute fork when it is kept within the inode. */
export const SHORTFORM = {
  totalBytes: 0,
  count: 2,
  entries: 4,
  /** Before an entry's name: its length, the value's length, flags. */
  entryHeaderBytes: 3,
} as const;

/** Flags of an attribute: its namespace, and that it is still being written. */
export const ATTRIBUTE_FLAG = { user: 0, trusted: 2 } as const;
