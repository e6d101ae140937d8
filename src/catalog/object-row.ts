import { objectIdToBytes, uuidToBytes, type FsId, type ObjectId, type Op } from '../dm/identity.js';
import type { InodeId } from '../native/inode-id.js';
import {
  columnList,
  fsIdIn,
  inodeIn,
  objectIdIn,
  opIn,
  storedFlag,
  storedNs,
  unsigned63,
  uuidIn,
} from './column-values.js';
import { bigintIn, blobIn, booleanIn, numberIn, optionalIn, textIn, wordIn } from './row-reader.js';
import type { SqlRow, SqlValue } from './sql-session.js';

export const OBJECT_STATUSES = ['incomplete', 'complete', 'verified', 'trash', 'purged'] as const;

/** How far an object's life has come: it only ever moves on, but for `trash` back to `complete` by hand. */
export type ObjectStatus = (typeof OBJECT_STATUSES)[number];

/** An archived object: immutable once complete. `fs`, `ino` and `gen` say what inode it was made from. */
export interface ObjectRow extends InodeId {
  readonly objectId: ObjectId;
  readonly storeId: string;
  readonly fs: FsId;
  readonly status: ObjectStatus;
  /** The operation that made it. */
  readonly op: Op;
  readonly sizeBytes: bigint;
  readonly mtimeNs: bigint;
  /** 32 bytes; undefined while incomplete. */
  readonly sha256: Buffer | undefined;
  readonly grainBytes: number;
  /** The encoded non-zero map; opaque here. */
  readonly nonzeroMap: Buffer | undefined;
  readonly nonzeroBytes: bigint;
  readonly mapCoarse: boolean;
  readonly createdMs: number;
  readonly verifiedMs: number | undefined;
  readonly trashedMs: number | undefined;
  readonly trashReason: string | undefined;
  readonly pathHint: Buffer | undefined;
}

export const OBJECT_COLUMNS = columnList([
  'object_id',
  'store_id',
  'fs',
  'ino',
  'gen',
  'status',
  'op',
  'size',
  'mtime_ns',
  'sha256',
  'grain_bytes',
  'nonzero_map',
  'nonzero_bytes',
  'map_coarse',
  'created_ms',
  'verified_ms',
  'trashed_ms',
  'trash_reason',
  'path_hint',
]);

export const toObjectRow = (row: SqlRow): ObjectRow => ({
  objectId: objectIdIn(row),
  storeId: uuidIn(row, 'store_id'),
  fs: fsIdIn(row),
  ...inodeIn(row),
  status: wordIn(row, 'status', OBJECT_STATUSES),
  op: opIn(row),
  sizeBytes: bigintIn(row, 'size'),
  mtimeNs: bigintIn(row, 'mtime_ns'),
  sha256: optionalIn(row, 'sha256', blobIn),
  grainBytes: numberIn(row, 'grain_bytes'),
  nonzeroMap: optionalIn(row, 'nonzero_map', blobIn),
  nonzeroBytes: bigintIn(row, 'nonzero_bytes'),
  mapCoarse: booleanIn(row, 'map_coarse'),
  createdMs: numberIn(row, 'created_ms'),
  verifiedMs: optionalIn(row, 'verified_ms', numberIn),
  trashedMs: optionalIn(row, 'trashed_ms', numberIn),
  trashReason: optionalIn(row, 'trash_reason', textIn),
  pathHint: optionalIn(row, 'path_hint', blobIn),
});

export const objectParameters = (object: ObjectRow): Record<string, SqlValue> => ({
  object_id: objectIdToBytes(object.objectId),
  store_id: uuidToBytes(object.storeId),
  fs: object.fs,
  ino: unsigned63(object.ino, 'an inode number'),
  gen: object.gen,
  status: object.status,
  op: unsigned63(object.op, 'an operation number'),
  size: unsigned63(object.sizeBytes, 'a size'),
  mtime_ns: storedNs(object.mtimeNs),
  sha256: object.sha256 ?? null,
  grain_bytes: object.grainBytes,
  nonzero_map: object.nonzeroMap ?? null,
  nonzero_bytes: unsigned63(object.nonzeroBytes, 'a count of bytes'),
  map_coarse: storedFlag(object.mapCoarse),
  created_ms: object.createdMs,
  verified_ms: object.verifiedMs ?? null,
  trashed_ms: object.trashedMs ?? null,
  trash_reason: object.trashReason ?? null,
  path_hint: object.pathHint ?? null,
});
