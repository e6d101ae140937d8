import type { ObjectRow } from '../catalog/object-row.js';
import type { FileRow } from '../catalog/file-row.js';
import type { ObjectId, Op } from '../dm/identity.js';
import type { FileState } from '../dm/states.js';
import type { InodeId } from '../native/inode-id.js';
import type { Fd, PathBytes } from '../native/io.js';
import type { LeaseKind } from '../native/lock.js';
import type { FileStat } from '../native/statx.js';
import type { Operation } from './step-names.js';

/** The archived copy that an operation is about. */
export interface ObjectInHand {
  readonly objectId: ObjectId;
  /** Size and mtime of the archived data: what the attribute repeats. */
  readonly sizeBytes: bigint;
  readonly mtimeNs: bigint;
  readonly sha256: Buffer;
  readonly nonzeroBytes: bigint;
}

/** One file on its way through an operation: open, under a lease, with an intent in the catalog. */
export interface Ticket {
  readonly operation: Operation;
  /** For messages. */
  readonly target: string;
  readonly path?: PathBytes;
  readonly id: InodeId;
  readonly fd: Fd;
  readonly lease: LeaseKind;
  /** The operation's number; the attribute, the row and the intent carry it. */
  readonly op: Op;
  /** True if an intent is open under `op`. */
  readonly hasIntent: boolean;
  /** An intent of an operation that ended in a history which the catalog does not know: closed with the settlement. */
  readonly outdatedOp?: Op;
  readonly object: ObjectInHand;
  /** Its copy was read back with other bytes. */
  readonly isCopyDamaged?: boolean;
  /** The object that the file was bound to before, where this operation replaces it. */
  readonly previousObjectId?: ObjectId;
  /** The catalog's row before the operation. */
  readonly row?: FileRow;
  /** The inode when the operation took hold of it: size and mtime must still be these at the end. */
  readonly before: FileStat;
  /**
   * The mtime that the records have for the stub that the file is or becomes. An `offline` row keeps it, so that a mtime
   * that somebody moved meanwhile still shows. Undefined: the file's own.
   */
  readonly stubMtimeNs?: bigint;
  /** A capability that an interrupted operation took away, to be put back. */
  readonly lostCapability?: Buffer;
  /** What the attribute says now. */
  readonly state: FileState;
}

/** What an object row knows, as far as it is complete. */
export function objectInHand(row: ObjectRow | undefined): ObjectInHand | undefined {
  if (row?.sha256 === undefined) return undefined;
  const { objectId, sizeBytes, mtimeNs, sha256, nonzeroBytes } = row;
  return { objectId, sizeBytes, mtimeNs, sha256, nonzeroBytes };
}
