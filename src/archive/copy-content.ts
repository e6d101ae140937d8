import { preadFully, pwriteAll, truncateFd, type Fd } from '../native/io.js';
import { statFd } from '../native/statx.js';
import { CHUNK_BYTES, type ContentPiece, type ContentSource } from './content-reader.js';
import { digestPieces, type ContentDigest, type HashOptions } from './hash-content.js';
import { isZero } from './is-zero.js';

/** An open file to write to, which must read as zeros wherever it has content already. */
export interface ContentDestination {
  readonly fd: Fd;
  readonly target: string;
}

/** Writes a piece's runs of non-zero grains and leaves the zeros between them as holes. */
function writeRuns(piece: ContentPiece, destination: ContentDestination, grainBytes: number): void {
  const { bytes, offset, length } = piece;
  if (!bytes) return;
  let runStart = 0;
  const flush = (end: number): void => {
    if (end > runStart) {
      pwriteAll(destination.fd, bytes.subarray(runStart, end), end - runStart, offset + runStart, destination.target);
    }
  };
  for (let at = 0; at < length; at += grainBytes) {
    const end = Math.min(at + grainBytes, length);
    if (!isZero(bytes, at, end)) continue;
    flush(at);
    runStart = end;
  }
  flush(length);
}

/** Gives the file its size; one that has it already keeps its times. */
function setSize(destination: ContentDestination, sizeBytes: number): void {
  if (statFd(destination.fd, destination.target).sizeBytes === BigInt(sizeBytes)) return;
  truncateFd(destination.fd, sizeBytes, destination.target);
}

/**
 * Copies an open file's content to the same offsets of another, hashing and mapping on the way. All-zero grains are not
 * written: what the source has as holes or zeros is a hole in the copy. Not durable: the caller syncs.
 * @returns digest and map of what was read, which is what was written
 * @throws ContentError ECONTENT_SHORT, ECONTENT_CHANGING; NativeError (ENOSPC, EIO, ...); whatever `onChunk` throws
 */
export async function copyContent(
  source: ContentSource,
  destination: ContentDestination,
  options: HashOptions,
): Promise<ContentDigest> {
  const digest = await digestPieces(source, options, (piece) => writeRuns(piece, destination, options.grainBytes));
  setSize(destination, source.sizeBytes);
  return digest;
}

/** Writes the first half of the content and no more: what a torn write leaves. For fault injection only. */
export function tearCopy(source: ContentSource, destination: ContentDestination): void {
  const half = Math.floor(source.sizeBytes / 2);
  const buffer = Buffer.alloc(CHUNK_BYTES);
  for (let offset = 0; offset < half; offset += CHUNK_BYTES) {
    const length = preadFully(source.fd, buffer, Math.min(CHUNK_BYTES, half - offset), offset, source.target);
    pwriteAll(destination.fd, buffer, length, offset, destination.target);
  }
}
