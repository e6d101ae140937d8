/**
 * Where things stand in the DM attribute: 64 bytes, little-endian; docs/format.md, section 1. The size is exact for a
 * reason: 64 bytes are all that a 256-byte ext4 inode leaves, and inside the inode a device scan reads it at no cost.
 */
export const ATTRIBUTE_BYTES = 64;

/** The version that this code writes, and the highest that it understands. */
export const ATTRIBUTE_VERSION = 1;

/** The attribute's name without its namespace; in full `trusted.hsmck` or `user.hsmck`. */
export const ATTRIBUTE_NAME = 'hsmck';

/** Byte offsets. */
export const OFFSET = {
  version: 0,
  state: 1,
  flags: 2,
  crc: 4,
  op: 8,
  objectId: 16,
  ino: 32,
  gen: 40,
  fsId: 44,
  size: 48,
  mtime: 56,
} as const;

/** Flag: the file's mtime lies outside of what signed 64-bit nanoseconds hold, and the nearest value stands in its place. */
export const FLAG_MTIME_SATURATED = 1;

/** Every flag that version 1 knows; any other bit makes an attribute corrupt. */
export const KNOWN_FLAGS = FLAG_MTIME_SATURATED;
