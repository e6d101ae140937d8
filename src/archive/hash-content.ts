import { createHash } from 'node:crypto';
import { CHUNK_BYTES, readContent, type ContentPiece, type ContentSource, type ReadOptions } from './content-reader.js';
import { NonzeroMapBuilder } from './nonzero-map-builder.js';
import type { NonzeroMap } from './nonzero-map.js';

/** What reading a file from end to end gives. */
export interface ContentDigest {
  /** 32 bytes, over the content with holes as zeros. */
  readonly sha256: Buffer;
  readonly sizeBytes: number;
  readonly map: NonzeroMap;
}

export interface HashOptions extends ReadOptions {
  /** The map's grain: `grainFor(block size of the filesystem that the file lives on)`. */
  readonly grainBytes: number;
}

const ZEROS = Buffer.alloc(CHUNK_BYTES);

/** As hashContent; `visit` sees every piece after it was hashed (the way copyContent writes it). */
export async function digestPieces(
  source: ContentSource,
  options: HashOptions,
  visit?: (piece: ContentPiece) => void,
): Promise<ContentDigest> {
  const hash = createHash('sha256');
  const builder = new NonzeroMapBuilder(options.grainBytes);
  await readContent(source, options, (piece) => {
    hash.update(piece.bytes ?? ZEROS.subarray(0, piece.length));
    if (piece.bytes) builder.add(piece.bytes, piece.offset);
    visit?.(piece);
  });
  return { sha256: hash.digest(), sizeBytes: source.sizeBytes, map: builder.finish(source.sizeBytes) };
}

/**
 * Hashes an open file and maps where it is not zero. Holes are hashed without being read.
 * @throws ContentError ECONTENT_SHORT, ECONTENT_CHANGING; NativeError; whatever `onChunk` throws
 */
export function hashContent(source: ContentSource, options: HashOptions): Promise<ContentDigest> {
  return digestPieces(source, options);
}
