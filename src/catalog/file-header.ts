import fs from 'node:fs';
import { closeFd, openPath, type Fd } from '../native/io.js';
import { isErrno, NativeError } from '../native/native-error.js';
import { findOwnDescriptor } from './own-descriptor.js';

/** SQLite's application_id of a catalog: "hsmc" in ASCII. file(1) and we tell it from other databases by this. */
export const APPLICATION_ID = 0x68736d63;

const MAGIC = 'SQLite format 3\0';
const HEADER_BYTES = 100;

/** Where the fields stand in the first page (sqlite.org/fileformat.html, 1.3); all big-endian. */
const AT = {
  pageSize: 16,
  changeCounter: 24,
  pageCount: 28,
  userVersion: 60,
  applicationId: 68,
  validFor: 92,
} as const;

export type HeaderVerdict =
  | { readonly kind: 'missing' }
  | { readonly kind: 'foreign'; readonly why: string }
  | {
      readonly kind: 'catalog';
      readonly schemaVersion: number;
      readonly sizeBytes: number;
      /** The size that the header claims; undefined where the header's page count is out of date by design. */
      readonly claimedBytes: number | undefined;
    };

function judge(header: Buffer, sizeBytes: number): HeaderVerdict {
  if (sizeBytes === 0) return { kind: 'foreign', why: 'it is an empty file' };
  if (header.toString('latin1', 0, MAGIC.length) !== MAGIC) return { kind: 'foreign', why: 'it is no SQLite database' };
  if (header.length < HEADER_BYTES) return { kind: 'foreign', why: 'it ends within the header of a SQLite database' };
  if (header.readUInt32BE(AT.applicationId) !== APPLICATION_ID) {
    return { kind: 'foreign', why: "it is another program's SQLite database" };
  }
  const pageBytes = header.readUInt16BE(AT.pageSize) === 1 ? 65_536 : header.readUInt16BE(AT.pageSize);
  const isCurrent = header.readUInt32BE(AT.changeCounter) === header.readUInt32BE(AT.validFor);
  return {
    kind: 'catalog',
    schemaVersion: header.readUInt32BE(AT.userVersion),
    sizeBytes,
    claimedBytes: isCurrent ? header.readUInt32BE(AT.pageCount) * pageBytes : undefined,
  };
}

function judgeDescriptor(fd: Fd, path: string): HeaderVerdict {
  try {
    const stat = fs.fstatSync(fd);
    if (!stat.isFile()) return { kind: 'foreign', why: 'it is no regular file' };
    const header = Buffer.alloc(HEADER_BYTES);
    const length = fs.readSync(fd, header, 0, HEADER_BYTES, 0);
    return judge(header.subarray(0, length), stat.size);
  } catch (error) {
    throw NativeError.fromNode(error, path);
  }
}

/**
 * Tells from the first 100 bytes whether a file is a catalog, before SQLite gets to see it: opening another program's
 * database could roll back its journal or check in its log, and that file is none of our business. A file that this
 * process has open already is read through that descriptor (own-descriptor.ts says why).
 * @throws NativeError when the file is there and cannot be read
 */
export function inspectHeader(path: string): HeaderVerdict {
  let fd: Fd;
  try {
    const own = findOwnDescriptor(path);
    if (own !== undefined) return judgeDescriptor(own, path);
    fd = openPath(Buffer.from(path), fs.constants.O_RDONLY | fs.constants.O_NONBLOCK);
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return { kind: 'missing' };
    throw error;
  }
  try {
    return judgeDescriptor(fd, path);
  } finally {
    closeFd(fd);
  }
}
