import { pread } from '../../native/io.js';
import { NativeError } from '../../native/native-error.js';
import { alignDown, alignUp, firstBit, lastBit, type ReadSpan } from './read-span.js';
import type { ScanDevice } from './scan-device.js';

/**
 * Reads one chunk of a span whose read failed as a whole. Returns the end of what is valid in the span's memory, which
 * is before the chunk if it cannot be read.
 */
export function readChunkAgain(device: ScanDevice, span: ReadSpan, index: number, agno: number): number {
  const low = span.maskLow[index] ?? 0;
  const high = span.maskHigh[index] ?? 0;
  const chunkByte = agno * device.agBytes + (span.agIno[index] ?? 0) * device.inodeSizeBytes;
  const from = alignDown(chunkByte + firstBit(low, high) * device.inodeSizeBytes);
  const end = Math.min(alignUp(chunkByte + (lastBit(low, high) + 1) * device.inodeSizeBytes), device.sizeBytes);
  if (end <= from) return 0;
  const into = Buffer.from(span.bytes.buffer, span.bytes.byteOffset + from - span.fromByte, end - from);
  try {
    return from - span.fromByte + pread(device.fd, into, into.length, from, device.path);
  } catch (error) {
    if (error instanceof NativeError) return 0;
    throw error;
  }
}
