import type { Extent } from '../native/extents.js';
import { preadFully } from '../native/io.js';
import { ContentError } from './content-error.js';
import {
  assertSize,
  Breather,
  CHUNK_BYTES,
  pagedExtents,
  type ChunkHook,
  type ContentSource,
} from './content-reader.js';
import { isZero } from './is-zero.js';

/**
 * `equal`: all bytes are. `missing`: they differ only where the local byte is zero. `differing`: some local byte is not
 * zero and not the object's, or the sizes differ: the file holds something that the archive does not.
 */
export type CompareVerdict = 'equal' | 'missing' | 'differing';

export interface ContentComparison {
  readonly verdict: CompareVerdict;
  /** Bytes that are zero locally and not in the object; up to `firstDifference` only when the verdict is `differing`. */
  readonly missingBytes: number;
  /** Offset of the first byte that makes the verdict `differing`; the smaller size when only the sizes differ. */
  readonly firstDifference?: number;
}

export interface CompareOptions {
  readonly onChunk?: ChunkHook;
}

const GRAIN_BYTES = 4096;
const ZEROS = Buffer.alloc(CHUNK_BYTES);

/** Finds data ahead of an ascending offset. */
class DataCursor {
  readonly #extents: Generator<Extent, void>;
  #start = 0;
  #end = 0;

  constructor(source: ContentSource) {
    this.#extents = pagedExtents(source);
  }

  /** Start of the first data at or behind the offset, Infinity if there is none. Offsets must not go back. */
  nextData(offset: number): number {
    while (this.#end <= offset) {
      const next = this.#extents.next();
      if (next.done === true) return Infinity;
      this.#start = next.value.offset;
      this.#end = next.value.offset + next.value.length;
    }
    return Math.max(this.#start, offset);
  }
}

function readWindow(source: ContentSource, buffer: Buffer, length: number, offset: number, hasData: boolean): Buffer {
  if (!hasData) return ZEROS.subarray(0, length);
  if (preadFully(source.fd, buffer, length, offset, source.target) < length) {
    throw new ContentError(
      'ECONTENT_SHORT',
      `${source.target}: ends before the ${source.sizeBytes} bytes that are expected`,
    );
  }
  return buffer.subarray(0, length);
}

interface WindowResult {
  readonly missingBytes: number;
  readonly differsAt?: number;
}

/** The byte rule itself. Equal grains, nearly all of them, cost one memcmp. */
export function compareBytes(local: Buffer, object: Buffer): WindowResult {
  let missingBytes = 0;
  for (let start = 0; start < local.length; start += GRAIN_BYTES) {
    const end = Math.min(start + GRAIN_BYTES, local.length);
    if (local.compare(object, start, end, start, end) === 0) continue;
    const localIsZero = isZero(local, start, end);
    for (let at = start; at < end; at++) {
      const mine = localIsZero ? 0 : local[at];
      if (mine === object[at]) continue;
      if (mine !== 0) return { missingBytes, differsAt: at };
      missingBytes++;
    }
  }
  return { missingBytes };
}

/**
 * Compares a local file with an archived object byte by byte, before anything is punched or filled. The rule: a byte of
 * the file may be overwritten only if it equals the object's, or is zero. `missing` therefore covers holes, zeroed
 * blocks, and a fill that stopped in the middle of a block; a local non-zero byte over an object's zero is `differing`.
 * Stops at the first differing byte. Stretches that are holes in both are skipped unread.
 * @throws ContentError ECONTENT_SHORT, ECONTENT_CHANGING; NativeError; whatever `onChunk` throws
 */
export async function compareContent(
  local: ContentSource,
  object: ContentSource,
  options: CompareOptions = {},
): Promise<ContentComparison> {
  for (const source of [local, object]) assertSize(source);
  const sizeBytes = Math.min(local.sizeBytes, object.sizeBytes);
  const [localData, objectData] = [new DataCursor(local), new DataCursor(object)];
  const [localBuffer, objectBuffer] = [Buffer.alloc(CHUNK_BYTES), Buffer.alloc(CHUNK_BYTES)];
  const breather = new Breather();
  let missingBytes = 0;
  for (let offset = 0; ;) {
    const [localAt, objectAt] = [localData.nextData(offset), objectData.nextData(offset)];
    offset = Math.min(localAt, objectAt);
    if (offset >= sizeBytes) break;
    const length = Math.min(CHUNK_BYTES, sizeBytes - offset);
    options.onChunk?.(offset);
    const result = compareBytes(
      readWindow(local, localBuffer, length, offset, localAt < offset + length),
      readWindow(object, objectBuffer, length, offset, objectAt < offset + length),
    );
    missingBytes += result.missingBytes;
    if (result.differsAt !== undefined) {
      return { verdict: 'differing', missingBytes, firstDifference: offset + result.differsAt };
    }
    offset += length;
    await breather.after(length);
  }
  for (const source of [local, object]) assertSize(source);
  if (local.sizeBytes !== object.sizeBytes) return { verdict: 'differing', missingBytes, firstDifference: sizeBytes };
  return { verdict: missingBytes === 0 ? 'equal' : 'missing', missingBytes };
}
