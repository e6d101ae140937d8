import fs from 'node:fs';
import { UsageError } from '../errors.js';
import type { PathBytes } from '../native/io.js';
import { NativeError } from '../native/native-error.js';
import { textToBytes } from './raw-arguments.js';

const NEWLINE = 0x0a;

export interface PathSource {
  /** Paths on the command line, as raw-arguments.ts gives them. */
  readonly paths: readonly string[];
  /** A file with paths, `-` for standard input. */
  readonly fromFile?: string | undefined;
  /** Paths in that file end with a NUL byte, not a newline. */
  readonly nullEnded?: boolean | undefined;
}

/** Splits a stream of bytes at a separator; the last piece may lack it. Memory: one path. */
async function* splitStream(stream: NodeJS.ReadableStream, separator: number): AsyncGenerator<Buffer> {
  let rest = Buffer.alloc(0);
  for await (const chunk of stream) {
    rest = Buffer.concat([rest, typeof chunk === 'string' ? Buffer.from(chunk) : chunk]);
    for (let end = rest.indexOf(separator); end >= 0; end = rest.indexOf(separator)) {
      if (end > 0) yield Buffer.from(rest.subarray(0, end));
      rest = rest.subarray(end + 1);
    }
  }
  if (rest.length > 0) yield rest;
}

/**
 * The paths that a command is to work on, as bytes.
 * @throws UsageError if there are none; NativeError if the file with paths cannot be read
 */
export async function* readPaths(source: PathSource): AsyncGenerator<PathBytes> {
  if (source.paths.length === 0 && source.fromFile === undefined) {
    throw new UsageError('name at least one path, or give --from-file');
  }
  for (const path of source.paths) yield textToBytes(path);
  if (source.fromFile === undefined) return;
  const stream = source.fromFile === '-' ? process.stdin : fs.createReadStream(textToBytes(source.fromFile));
  try {
    yield* splitStream(stream, source.nullEnded ? 0 : NEWLINE);
  } catch (error) {
    throw NativeError.fromNode(error, source.fromFile);
  }
}
