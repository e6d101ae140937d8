import { dataExtents } from '../native/extents.js';
import { dropCachedPages, exactSize, type Fd } from '../native/io.js';
import type { FileStat } from '../native/statx.js';

interface OpenStub {
  readonly fd: Fd;
  readonly stat: FileStat;
  readonly target: string;
}

/**
 * Why a file whose data is away is not as it was released: another size, or data. That is somebody's work, and no record
 * says which version is wanted. Undefined if it is untouched.
 */
export function offlineTouched({ fd, stat, target }: OpenStub, archivedSizeBytes: bigint): string | undefined {
  if (stat.sizeBytes !== archivedSizeBytes) return 'its size was changed while its data was away: run "hsmck audit"';
  // A range that was only reserved counts as data as long as somebody's reads of its zeros are in the cache.
  dropCachedPages(fd, target);
  const [extent] = dataExtents(fd, exactSize(stat.sizeBytes), target);
  return extent && 'it was written to while its data was away: run "hsmck audit"';
}
