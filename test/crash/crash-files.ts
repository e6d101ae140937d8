/** The files that operations die on: few, and each with its own way of going wrong. */
import { randomBytes } from 'node:crypto';
import fs from 'node:fs';
import { closeFd, openPath } from '../../src/native/io.js';
import { setAttribute } from '../../src/native/xattr.js';

export type Make = (file: Buffer) => void;

/** In the order in which they are worked on. */
export interface CrashFiles {
  readonly files: Readonly<Record<string, Make>>;
  /** These had an earlier version archived when they are archived. */
  readonly archivedBefore: readonly string[];
}

const BLOCK = 4096;
/** 1931: times before 1970 are times, too. */
const OLD_SECONDS = -1_220_000_000.25;

const data =
  (bytes: number): Make =>
  (file) =>
    fs.writeFileSync(file, randomBytes(bytes));

function sparse(file: Buffer): void {
  const fd = fs.openSync(file, 'w');
  for (const block of [3, 4, 90]) fs.writeSync(fd, randomBytes(BLOCK), 0, BLOCK, block * BLOCK);
  fs.ftruncateSync(fd, 100 * BLOCK + 17);
  fs.closeSync(fd);
}

function owned(file: Buffer): void {
  data(BLOCK)(file);
  fs.chownSync(file, 1234, 4321);
  fs.chmodSync(file, 0o6751);
}

function annotated(file: Buffer): void {
  data(70_000)(file);
  const fd = openPath(file, fs.constants.O_RDONLY);
  setAttribute(fd, 'user.comment', Buffer.from('a comment'), 'file');
  setAttribute(fd, 'trusted.other', Buffer.from([0, 1, 255]), 'file');
  closeFd(fd);
  fs.utimesSync(file, OLD_SECONDS, OLD_SECONDS);
}

/** Faults strike at the third. */
export const CRASH_FILES: CrashFiles = {
  files: {
    '1-empty': data(0),
    '2-short': data(1),
    '3-long': data(300_001),
    '4-block': owned,
    '5-more': annotated,
    '6-sparse': sparse,
    '7-zeros': (file) => fs.writeFileSync(file, Buffer.alloc(5 * BLOCK)),
    '8-last': data(2 * BLOCK - 1),
  },
  archivedBefore: ['2-short', '3-long', '5-more', '8-last'],
};
