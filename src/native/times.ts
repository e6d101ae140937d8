import { UTIME_OMIT } from './constants.js';
import type { Fd } from './io.js';
import { TIMESPEC_PAIR } from './layouts.js';
import { libc } from './libc.js';

const NS_PER_SECOND = 1_000_000_000n;

/** Sets mtime to the nanosecond and leaves atime alone (futimens(3)). Moves ctime. */
export function setMtime(fd: Fd, mtimeNs: bigint, target: string): void {
  const times = Buffer.alloc(2 * TIMESPEC_PAIR.sizeBytes);
  times.writeBigInt64LE(BigInt(UTIME_OMIT), TIMESPEC_PAIR.fields.tv_nsec[0]);
  const nanoseconds = ((mtimeNs % NS_PER_SECOND) + NS_PER_SECOND) % NS_PER_SECOND;
  const at = TIMESPEC_PAIR.sizeBytes;
  times.writeBigInt64LE((mtimeNs - nanoseconds) / NS_PER_SECOND, at);
  times.writeBigInt64LE(nanoseconds, at + TIMESPEC_PAIR.fields.tv_nsec[0]);
  libc('futimens', [fd, times], target);
}
