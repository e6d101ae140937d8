import { compareBytes } from '../archive/compare-content.js';
import { Breather, CHUNK_BYTES, type ChunkHook, type ContentSource } from '../archive/content-reader.js';
import { dataExtents } from '../native/extents.js';
import { dropCachedPages, preadFully } from '../native/io.js';

/**
 * Whether a file has zeros in a data extent where its archived copy has other bytes. A punch, and a fill that was cut
 * short, leave holes (or extents that were never written); zeros that lie in data, somebody wrote. After a crash size and
 * all times can be as before, so nothing else tells such a write from data that is missing.
 * @throws NativeError; whatever `onChunk` throws
 */
export async function hasWrittenZeros(
  local: ContentSource,
  object: ContentSource,
  onChunk?: ChunkHook,
): Promise<boolean> {
  // An unwritten extent whose (clean) pages were read counts as data as long as they are in the cache.
  dropCachedPages(local.fd, local.target);
  const sizeBytes = Math.min(local.sizeBytes, object.sizeBytes);
  const [mine, theirs] = [Buffer.alloc(CHUNK_BYTES), Buffer.alloc(CHUNK_BYTES)];
  const breather = new Breather();
  for (const extent of dataExtents(local.fd, sizeBytes, local.target)) {
    const end = extent.offset + extent.length;
    for (let offset = extent.offset; offset < end; offset += CHUNK_BYTES) {
      const length = Math.min(CHUNK_BYTES, end - offset);
      onChunk?.(offset);
      // Whatever ends early is not the file that was compared.
      if (preadFully(local.fd, mine, length, offset, local.target) < length) return true;
      if (preadFully(object.fd, theirs, length, offset, object.target) < length) return true;
      const { missingBytes, differsAt } = compareBytes(mine.subarray(0, length), theirs.subarray(0, length));
      if (missingBytes > 0 || differsAt !== undefined) return true;
      await breather.after(length);
    }
  }
  return false;
}
