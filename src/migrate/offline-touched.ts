import { saturateMtime } from '../dm/saturate-mtime.js';
import { dataExtents } from '../native/extents.js';
import { dropCachedPages, exactSize, type Fd } from '../native/io.js';
import type { FileStat } from '../native/statx.js';

interface OpenStub {
  readonly fd: Fd;
  readonly stat: FileStat;
  readonly target: string;
}

/** What the records say of a file whose data is away: the archived size, and the mtime that it was released with. */
export interface StubRecord {
  readonly sizeBytes: bigint;
  readonly mtimeNs: bigint;
}

const SECOND_NS = 1_000_000_000n;

/** To the nanosecond: what moved may be less than a millisecond. */
function timeText(ns: bigint): string {
  const fraction = ((ns % SECOND_NS) + SECOND_NS) % SECOND_NS;
  const seconds = new Date(Number((ns - fraction) / 1_000_000n)).toISOString().replace(/\.000Z$/, '');
  return `${seconds}.${fraction.toString().padStart(9, '0')}Z`;
}

/** Why size or mtime of a file whose data is away are not as it was released; undefined if they are. */
function timesTouched(stat: FileStat, record: StubRecord): string | undefined {
  if (stat.sizeBytes !== record.sizeBytes) {
    return `its size was changed from ${record.sizeBytes} to ${stat.sizeBytes} while its data was away`;
  }
  const { mtimeNs } = saturateMtime(stat.mtimeNs);
  if (mtimeNs === record.mtimeNs) return undefined;
  const moved = `its mtime moved from ${timeText(record.mtimeNs)} to ${timeText(mtimeNs)} while its data was away`;
  return (
    `${moved}: it was touched, or it was cut off and grew to its old size again, and these look alike ` +
    '(after a rebuild of the catalog it may have been touched before it was released: then the archived version is right)'
  );
}

const WAY_ON = 'say which version counts with "hsmck resolve --keep archive" or "--keep file"';

/**
 * Why a file whose data is away is not as it was released: another size, another mtime, or data. That is somebody's work,
 * and no record says which version is wanted. ctime alone says nothing: chmod, link and rename move it. Undefined if it is
 * untouched.
 */
export function offlineTouched({ fd, stat, target }: OpenStub, record: StubRecord): string | undefined {
  const touched = timesTouched(stat, record);
  if (touched !== undefined) return `${touched}: ${WAY_ON}`;
  // A range that was only reserved counts as data as long as somebody's reads of its zeros are in the cache.
  dropCachedPages(fd, target);
  const [extent] = dataExtents(fd, exactSize(stat.sizeBytes), target);
  return extent && `it was written to while its data was away: ${WAY_ON}`;
}
