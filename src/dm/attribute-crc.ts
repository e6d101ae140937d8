/**
 * The CRC32C (Castagnoli, as in RFC 3720) of a 64-byte attribute with its own field taken as zero. A scan computes it
 * for every managed inode, straight from the batch that the kernel filled. The `@node-rs/crc32` package would need a
 * view object and a native call for each, which cost more than these 16 table steps; tests hold the two equal.
 */
import { ATTRIBUTE_BYTES, OFFSET } from './attribute-layout.js';

const POLYNOMIAL = 0x82f63b78;
const ROW = 256;

/** Four tables of 256 words: table n advances a byte's contribution over n more bytes ("slicing by four"). */
function buildTables(): Uint32Array {
  const tables = new Uint32Array(4 * ROW);
  for (let byte = 0; byte < ROW; byte++) {
    let crc = byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? POLYNOMIAL : 0);
    tables[byte] = crc;
  }
  for (let at = ROW; at < tables.length; at++) {
    const before = tables[at - ROW] ?? 0;
    tables[at] = (before >>> 8) ^ (tables[before & 0xff] ?? 0);
  }
  return tables;
}

const TABLES = buildTables();
const table = (row: number, byte: number): number => TABLES[row * ROW + (byte & 0xff)] ?? 0;

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
