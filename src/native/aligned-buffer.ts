import { addressOf } from './libc.js';

const PAGE_BYTES = 4096;

/** A buffer that starts on a page boundary, as O_DIRECT needs it; Node's own allocations lie at page + 16. */
export function alignedBuffer(sizeBytes: number): Buffer {
  const room = Buffer.from(new ArrayBuffer(sizeBytes + PAGE_BYTES));
  const excess = Number(addressOf(room) % BigInt(PAGE_BYTES));
  const start = excess === 0 ? 0 : PAGE_BYTES - excess;
  return room.subarray(start, start + sizeBytes);
}
