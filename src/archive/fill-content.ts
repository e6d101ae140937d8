import { invariant } from '../errors.js';
import { preadFully, pwriteAll } from '../native/io.js';
import { compareBytes } from './compare-content.js';
import { assertSize, Breather, CHUNK_BYTES, pagedExtents, type ContentSource } from './content-reader.js';
import { ContentError } from './content-error.js';
import type { CompareOptions } from './compare-content.js';

export interface FillResult {
  readonly result: 'filled' | 'differing';
  /** Bytes that were zero and have the object's value now. */
  readonly filledBytes: number;
  /** Where a local byte was neither zero nor the object's; nothing at or behind its chunk was written. */
  readonly firstDifference?: number;
}

const PAGE_BYTES = 4096;

export interface FillOptions extends CompareOptions {
  /** Of the file's filesystem: a power of two. A page unless given. */
  readonly blockSizeBytes?: number;
}

/**
 * What is written at once: whole blocks. A fill that is cut short within one would leave zeros beside data, in what the
 * filesystem calls data, and nobody could tell them from zeros that somebody wrote.
 */
const grainOf = ({ blockSizeBytes }: FillOptions): number => Math.max(PAGE_BYTES, blockSizeBytes ?? PAGE_BYTES);

/** Writes the object's grains that differ from the local ones; the byte rule was checked for the whole chunk. */
function writeDiffering(local: ContentSource, mine: Buffer, theirs: Buffer, offset: number, grainBytes: number): void {
  for (let at = 0; at < theirs.length; at += grainBytes) {
    const end = Math.min(at + grainBytes, theirs.length);
    if (mine.compare(theirs, at, end, at, end) === 0) continue;
    pwriteAll(local.fd, theirs.subarray(at, end), end - at, offset + at, local.target);
  }
}

function readExactly(source: ContentSource, buffer: Buffer, length: number, offset: number): Buffer {
  if (preadFully(source.fd, buffer, length, offset, source.target) === length) return buffer.subarray(0, length);
  throw new ContentError('ECONTENT_SHORT', `${source.target}: ends before ${offset + length} bytes`);
}

/**
 * Brings missing data back into a local file, under the byte rule of compareContent, checked again right before each
 * write: a byte is written only where it is zero. Equal grains are not written, the object's holes are not looked at.
 * Not durable: the caller syncs, and hashes the whole before it believes in the result.
 * @throws InvariantError unless the sizes are equal; ContentError, NativeError; whatever `onChunk` throws
 */
export async function fillContent(
  local: ContentSource,
  object: ContentSource,
  options: FillOptions = {},
): Promise<FillResult> {
  for (const source of [local, object]) assertSize(source);
  invariant(local.sizeBytes === object.sizeBytes, `${local.target} is filled from an object of another size`);
  const [localBuffer, objectBuffer] = [Buffer.alloc(CHUNK_BYTES), Buffer.alloc(CHUNK_BYTES)];
  const breather = new Breather();
  const grainBytes = grainOf(options);
  let filledBytes = 0;
  let done = 0;
  for (const extent of pagedExtents(object)) {
    const end = Math.min(Math.ceil((extent.offset + extent.length) / grainBytes) * grainBytes, object.sizeBytes);
    const start = Math.max(done, Math.floor(extent.offset / grainBytes) * grainBytes);
    done = end;
    for (let offset = start; offset < end; offset += CHUNK_BYTES) {
      const length = Math.min(CHUNK_BYTES, end - offset);
      options.onChunk?.(offset);
      const mine = readExactly(local, localBuffer, length, offset);
      const theirs = readExactly(object, objectBuffer, length, offset);
      const { missingBytes, differsAt } = compareBytes(mine, theirs);
      if (differsAt !== undefined) return { result: 'differing', filledBytes, firstDifference: offset + differsAt };
      writeDiffering(local, mine, theirs, offset, grainBytes);
      filledBytes += missingBytes;
      await breather.after(length);
    }
  }
  return { result: 'filled', filledBytes };
}
