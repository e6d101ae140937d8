import { objectIdToBytes, type FsId, type ObjectId, type Op } from '../dm/identity.js';
import type { InodeId } from '../native/inode-id.js';
import { columnList, fsIdIn, inodeIn, objectIdIn, opIn, storedNs, unsigned63 } from './column-values.js';
import { bigintIn, blobIn, optionalIn, wordIn } from './row-reader.js';
import type { SqlRow, SqlValue } from './sql-session.js';

export const FILE_STATES = ['dual', 'offline'] as const;

/** The states that a binding is in between operations. */
export type BoundState = (typeof FILE_STATES)[number];

/** A binding as it is put in: one managed inode, its object, and the facts seen when the two were last proven equal. */
export interface NewFileRow extends InodeId {
  readonly fs: FsId;
  readonly state: BoundState;
  readonly objectId: ObjectId;
  /** The operation that made the binding. */
  readonly op: Op;
  readonly btimeNs: bigint;
  readonly sizeBytes: bigint;
  readonly mtimeNs: bigint;
  /** From statx(2), never from bulkstat: only a queried ctime is a change cookie. */
  readonly ctimeNs: bigint;
  /** Sum of the ranges that hold any non-zero byte. */
  readonly nonzeroBytes: bigint;
  /** Where the file was; never looked up by. */
  readonly pathHint: Buffer | undefined;
}

/** A binding as it is read. */
export interface FileRow extends NewFileRow {
  /** Rises with every change of any binding: what is higher than a scan's start changed since. */
  readonly changeSeq: bigint;
}

export const FILE_COLUMNS = columnList([
  'fs',
  'ino',
  'gen',
  'state',
  'object_id',
  'op',
  'btime_ns',
  'size',
  'mtime_ns',
  'ctime_ns',
  'nonzero_bytes',
  'change_seq',
  'path_hint',
]);

export const toFileRow = (row: SqlRow): FileRow => ({
  fs: fsIdIn(row),
  ...inodeIn(row),
  state: wordIn(row, 'state', FILE_STATES),
  objectId: objectIdIn(row),
  op: opIn(row),
  btimeNs: bigintIn(row, 'btime_ns'),
  sizeBytes: bigintIn(row, 'size'),
  mtimeNs: bigintIn(row, 'mtime_ns'),
  ctimeNs: bigintIn(row, 'ctime_ns'),
  nonzeroBytes: bigintIn(row, 'nonzero_bytes'),
  changeSeq: bigintIn(row, 'change_seq'),
  pathHint: optionalIn(row, 'path_hint', blobIn),
});

export const fileParameters = (file: NewFileRow, changeSeq: bigint): Record<string, SqlValue> => ({
  fs: file.fs,
  ino: unsigned63(file.ino, 'an inode number'),
  gen: file.gen,
  state: file.state,
  object_id: objectIdToBytes(file.objectId),
  op: unsigned63(file.op, 'an operation number'),
  btime_ns: storedNs(file.btimeNs),
  size: unsigned63(file.sizeBytes, 'a size'),
  mtime_ns: storedNs(file.mtimeNs),
  ctime_ns: storedNs(file.ctimeNs),
  nonzero_bytes: unsigned63(file.nonzeroBytes, 'a count of bytes'),
  change_seq: changeSeq,
  path_hint: file.pathHint ?? null,
});
