const POLYNOMIAL = 0x82f63b78;

/** Words in one table. */
export const CRC_ROW = 256;

/**
 * Tables for CRC32C (Castagnoli, as in RFC 3720), one behind the other: table n advances a byte's contribution over n
 * more bytes, so that several bytes are taken in one step ("slicing").
 */
export function crc32cTables(rows: number): Int32Array {
  const tables = new Int32Array(rows * CRC_ROW);
  for (let byte = 0; byte < CRC_ROW; byte++) {
    let crc = byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? POLYNOMIAL : 0);
    tables[byte] = crc;
  }
  for (let at = CRC_ROW; at < tables.length; at++) {
    const before = tables[at - CRC_ROW] ?? 0;
    tables[at] = (before >>> 8) ^ (tables[before & 0xff] ?? 0);
  }
  return tables;
}
