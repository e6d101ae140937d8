/**
 * Reads an open file's content piece by piece: data by extents, holes as lengths only. Every long run over content
 * (hash, copy, read-back) goes through here, so that each of them yields, can be stopped, and ends.
 */
import { setImmediate } from 'node:timers/promises';
import { alignedBuffer } from '../native/aligned-buffer.js';
import { dataExtents, type Extent } from '../native/extents.js';
import { pread, preadFully, type Fd } from '../native/io.js';
import { statFd } from '../native/statx.js';
import { ContentError } from './content-error.js';

/** An open file and how much of it to read. `target` names it in messages. */
export interface ContentSource {
  readonly fd: Fd;
  readonly sizeBytes: number;
  readonly target: string;
}

/** Called before each piece with the bytes done so far. May throw, to give up: a lease was lost, the user cancelled. */
export type ChunkHook = (doneBytes: number) => void;

/** Content at [offset, offset + length): `bytes` is valid until the visitor returns; a hole has none. */
export interface ContentPiece {
  readonly offset: number;
  readonly length: number;
  readonly bytes?: Buffer;
}

export interface ReadOptions {
  readonly onChunk?: ChunkHook;
  /** The descriptor was opened with O_DIRECT: whole aligned pages are asked for. */
  readonly direct?: boolean;
}

export const CHUNK_BYTES = 1024 * 1024;
const YIELD_BYTES = 8 * CHUNK_BYTES;
const PAGE_BYTES = 4096;
/** A file whose holes and data swap under our eyes yields empty extents; more in a row than this is no accident. */
const EMPTY_EXTENTS_MAX = 64;

/** Gives signals and timers their turn once for every YIELD_BYTES of content. */
export class Breather {
  #sinceBytes = 0;

  async after(lengthBytes: number): Promise<void> {
    this.#sinceBytes += lengthBytes;
    if (this.#sinceBytes < YIELD_BYTES) return;
    this.#sinceBytes = 0;
    await setImmediate();
  }
}

/** Data extents widened to whole pages and joined where they meet, so that reads suit O_DIRECT and any grain. */
export function* pagedExtents(source: ContentSource): Generator<Extent, void> {
  let start = 0;
  let end = 0;
  let empty = 0;
  for (const extent of dataExtents(source.fd, source.sizeBytes, source.target)) {
    empty = extent.length === 0 ? empty + 1 : 0;
    if (empty > EMPTY_EXTENTS_MAX) {
      throw new ContentError(
        'ECONTENT_CHANGING',
        `${source.target}: its holes change while it is read; try again later`,
      );
    }
    if (extent.length === 0) continue;
    const from = Math.floor(extent.offset / PAGE_BYTES) * PAGE_BYTES;
    const to = Math.min(Math.ceil((extent.offset + extent.length) / PAGE_BYTES) * PAGE_BYTES, source.sizeBytes);
    if (from > end) {
      if (end > start) yield { offset: start, length: end - start };
      start = from;
    }
    end = to;
  }
  if (end > start) yield { offset: start, length: end - start };
}

/** O_DIRECT takes whole pages only and returns less at the end of the file. */
function readDirect(source: ContentSource, buffer: Buffer, lengthBytes: number, offset: number): number {
  const wanted = Math.ceil(lengthBytes / PAGE_BYTES) * PAGE_BYTES;
  let done = 0;
  while (done < wanted) {
    const count = pread(source.fd, buffer.subarray(done), wanted - done, offset + done, source.target);
    done += count;
    if (count === 0 || count % PAGE_BYTES !== 0) break;
  }
  return Math.min(done, lengthBytes);
}

/** Throws unless the file has at least the size that was asked for: a hole at its end could not be told from no file. */
export function assertSize(source: ContentSource): void {
  const actual = statFd(source.fd, source.target).sizeBytes;
  if (actual < BigInt(source.sizeBytes)) {
    throw new ContentError(
      'ECONTENT_SHORT',
      `${source.target}: has ${actual} bytes where ${source.sizeBytes} are expected`,
    );
  }
}

/**
 * Hands the content of [0, sizeBytes) to `visit`, ascending and without gaps, in pieces of at most CHUNK_BYTES. What
 * lies behind sizeBytes is not looked at. Whether the file changes meanwhile is the caller's concern.
 * @throws ContentError ECONTENT_SHORT, ECONTENT_CHANGING; NativeError; whatever `onChunk` or `visit` throws
 */
export async function readContent(
  source: ContentSource,
  options: ReadOptions,
  visit: (piece: ContentPiece) => void,
): Promise<void> {
  const buffer = takeBuffer(source.sizeBytes);
  try {
    await readInto(buffer, source, options, visit);
  } finally {
    giveBuffer(buffer);
  }
}

/** Kept from one small file to the next one: to make and align a new one takes longer than to read the file. */
const SMALL_BYTES = 64 * 1024;
let spare: Buffer | undefined;

/** A small file's buffer is small: clearing a megabyte for each would cost more than reading it. */
function takeBuffer(sizeBytes: number): Buffer {
  if (sizeBytes > SMALL_BYTES)
    return alignedBuffer(Math.min(CHUNK_BYTES, Math.ceil(sizeBytes / PAGE_BYTES) * PAGE_BYTES));
  const buffer = spare ?? alignedBuffer(SMALL_BYTES);
  // Another file may be read beside this one.
  spare = undefined;
  return buffer;
}

function giveBuffer(buffer: Buffer): void {
  if (buffer.length === SMALL_BYTES) spare = buffer;
}

async function readInto(
  buffer: Buffer,
  source: ContentSource,
  options: ReadOptions,
  visit: (piece: ContentPiece) => void,
): Promise<void> {
  assertSize(source);
  const breather = new Breather();
  const pass = async (from: number, to: number, isData: boolean): Promise<void> => {
    for (let offset = from; offset < to; offset += CHUNK_BYTES) {
      const length = Math.min(CHUNK_BYTES, to - offset);
      options.onChunk?.(offset);
      visit(
        isData ? { offset, length, bytes: readPiece(source, options, buffer, length, offset) } : { offset, length },
      );
      await breather.after(length);
    }
  };
  let done = 0;
  for (const extent of pagedExtents(source)) {
    await pass(done, extent.offset, false);
    done = extent.offset + extent.length;
    await pass(extent.offset, done, true);
  }
  await pass(done, source.sizeBytes, false);
  assertSize(source);
}

function readPiece(
  source: ContentSource,
  options: ReadOptions,
  buffer: Buffer,
  length: number,
  offset: number,
): Buffer {
  const read = options.direct
    ? readDirect(source, buffer, length, offset)
    : preadFully(source.fd, buffer, length, offset, source.target);
  if (read < length) {
    throw new ContentError(
      'ECONTENT_SHORT',
      `${source.target}: ends at ${offset + read} where ${source.sizeBytes} bytes are expected`,
    );
  }
  return buffer.subarray(0, length);
}
