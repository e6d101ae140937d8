/** Real files in throw-away folders, for the tests of src/archive. */
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { onTestFinished } from 'vitest';
import type { ContentSource } from '../../../src/archive/content-reader.js';
import type { Fd } from '../../../src/native/io.js';

/** A folder that goes when the test ends. */
export function scratchFolder(): string {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'hsmck-archive-'));
  onTestFinished(() => fs.rmSync(folder, { recursive: true, force: true }));
  return folder;
}

export interface Part {
  readonly offset: number;
  readonly bytes: Uint8Array;
}

/** A sparse file with these parts; open for reading and writing until the test ends. */
export function sparseFile(name: string, sizeBytes: number, parts: readonly Part[]): ContentSource {
  const fd = fs.openSync(name, fs.constants.O_CREAT | fs.constants.O_RDWR | fs.constants.O_EXCL);
  onTestFinished(() => fs.closeSync(fd));
  fs.ftruncateSync(fd, sizeBytes);
  for (const { offset, bytes } of parts) fs.writeSync(fd, bytes, 0, bytes.length, offset);
  fs.fsyncSync(fd);
  return { fd: fd as Fd, sizeBytes, target: name };
}

export const filled = (lengthBytes: number, byte = 7): Buffer => Buffer.alloc(lengthBytes, byte);
