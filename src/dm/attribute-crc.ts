/**
 * The CRC32C (Castagnoli, as in RFC 3720) of a 64-byte attribute with its own field taken as zero. A scan computes it
 * for every managed inode, straight from the batch that the kernel filled. The `@node-rs/crc32` package would need a
 * view object and a native call for each, which cost more than these 16 table steps; tests hold the two equal.
 */
import { ATTRIBUTE_BYTES, OFFSET } from './attribute-layout.js';
import { CRC_ROW, crc32cTables } from './crc32c-tables.js';

/** Four of them: a word a step. */
const TABLES = crc32cTables(4);
const table = (row: number, byte: number): number => TABLES[row * CRC_ROW + (byte & 0xff)] ?? 0;

/** The little-endian word at a byte offset, signed. The caller answers for the bounds. */
export function wordAt(bytes: Uint8Array, at: number): number {
  const low = (bytes[at] ?? 0) | ((bytes[at + 1] ?? 0) << 8);
  return low | ((bytes[at + 2] ?? 0) << 16) | ((bytes[at + 3] ?? 0) << 24);
}

/** The checksum that belongs into the attribute that starts at `at`; unsigned 32 bits. Allocates nothing. */
export function attributeCrcAt(bytes: Uint8Array, at: number): number {
  let crc = -1;
  for (let offset = 0; offset < ATTRIBUTE_BYTES; offset += 4) {
    const mixed = offset === OFFSET.crc ? crc : crc ^ wordAt(bytes, at + offset);
    crc = table(3, mixed) ^ table(2, mixed >>> 8) ^ table(1, mixed >>> 16) ^ table(0, mixed >>> 24);
  }
  return ~crc >>> 0;
}
