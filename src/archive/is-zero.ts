const ZEROS = Buffer.alloc(64 * 1024);

/**
 * True when all bytes of [start, end) are zero. Data nearly always shows itself in the first byte, so the comparison
 * (memcmp inside Buffer.compare) runs over zeros only.
 */
export function isZero(bytes: Buffer, start: number, end: number): boolean {
  if (start >= end) return true;
  if (bytes[start] !== 0) return false;
  for (let at = start; at < end; at += ZEROS.length) {
    const stop = Math.min(at + ZEROS.length, end);
    if (bytes.compare(ZEROS, 0, stop - at, at, stop) !== 0) return false;
  }
  return true;
}
