import { objectIdToBytes, uuidToBytes, type FsId, type ObjectId, type Op } from '../dm/identity.js';
import type { InodeId } from '../native/inode-id.js';
import { columnList, fsIdIn, inodeIn, objectIdIn, opIn, storedNs, unsigned63, uuidIn } from './column-values.js';
import { bigintIn, blobIn, numberIn, optionalIn, wordIn } from './row-reader.js';
import type { SqlRow, SqlSession } from './sql-session.js';

const KINDS = ['archive', 'release', 'recall', 'remove'] as const;

export type IntentKind = (typeof KINDS)[number];

/** An operation that was journalled and is not finished, with what statx said of the inode when it began. */
export interface IntentRow extends InodeId {
  readonly op: Op;
  readonly fs: FsId;
  readonly kind: IntentKind;
  /** The object that is being made, or that the file is bound to. */
  readonly objectId: ObjectId;
  /** When a changed file is archived again: the object that it was bound to. */
  readonly previousObjectId: ObjectId | undefined;
  readonly ownerId: string;
  readonly sizeBytes: bigint;
  readonly mtimeNs: bigint;
  readonly ctimeNs: bigint;
  readonly openedMs: number;
  readonly pathHint: Buffer | undefined;
  /** The file's capability (security.capability) before its data is changed: the kernel takes it away, we put it back. */
  readonly capability: Buffer | undefined;
}

/** `clash`: another operation is open on the inode, or one with that number; nothing was recorded. */
export type IntentOpened = { readonly kind: 'opened' } | { readonly kind: 'clash'; readonly existing: IntentRow };

const COLUMNS = columnList([
  'op',
  'fs',
  'ino',
  'gen',
  'kind',
  'object_id',
  'previous_object_id',
  'owner_id',
  'size',
  'mtime_ns',
  'ctime_ns',
  'opened_ms',
  'path_hint',
  'capability',
]);

const toRow = (row: SqlRow): IntentRow => ({
  op: opIn(row),
  fs: fsIdIn(row),
  ...inodeIn(row),
  kind: wordIn(row, 'kind', KINDS),
  objectId: objectIdIn(row),
  previousObjectId: optionalIn(row, 'previous_object_id', objectIdIn),
  ownerId: uuidIn(row, 'owner_id'),
  sizeBytes: bigintIn(row, 'size'),
  mtimeNs: bigintIn(row, 'mtime_ns'),
  ctimeNs: bigintIn(row, 'ctime_ns'),
  openedMs: numberIn(row, 'opened_ms'),
  pathHint: optionalIn(row, 'path_hint', blobIn),
  capability: optionalIn(row, 'capability', blobIn),
});

/** The intent log: at most one open operation on an inode. */
export class IntentRows {
  readonly #sql: SqlSession;

  constructor(sql: SqlSession) {
    this.#sql = sql;
  }

  /** Journals an operation, unless another one is open on the inode. */
  open(intent: IntentRow): IntentOpened {
    return this.#sql.atomic(() => {
      // Looked up first, in the same write transaction: a clash is an answer, and must not fail a group commit.
      const existing = this.findByInode(intent.fs, intent) ?? this.find(intent.op);
      if (existing !== undefined) return { kind: 'clash', existing };
      this.#insert(intent);
      return { kind: 'opened' };
    });
  }

  /** Strikes an operation out of the log; false if it was not in it. */
  close(op: Op): boolean {
    return this.#sql.run('DELETE FROM intent WHERE op = ?', [op]) > 0;
  }

  find(op: Op): IntentRow | undefined {
    const row = this.#sql.get('SELECT * FROM intent WHERE op = ?', [op]);
    return row && toRow(row);
  }

  findByInode(fs: FsId, id: InodeId): IntentRow | undefined {
    const row = this.#sql.get('SELECT * FROM intent WHERE fs = ? AND ino = ? AND gen = ?', [fs, id.ino, id.gen]);
    return row && toRow(row);
  }

  /** The open operations on a filesystem in the order of their numbers, behind `after`. */
  page(fs: FsId, options: { readonly after?: Op; readonly limit: number }): IntentRow[] {
    // With the plus SQLite keeps to the order of operations, instead of sorting all intents for each page.
    const query = 'SELECT * FROM intent WHERE +fs = ? AND op > ? ORDER BY op LIMIT ?';
    return this.#sql.all(query, [fs, options.after ?? -1n, options.limit]).map(toRow);
  }

  /** How many operations are open, on one filesystem or on all. */
  count(fs?: FsId): number {
    const row =
      fs === undefined
        ? this.#sql.get('SELECT count(*) AS open FROM intent')
        : this.#sql.get('SELECT count(*) AS open FROM intent WHERE fs = ?', [fs]);
    return row === undefined ? 0 : numberIn(row, 'open');
  }

  #insert(intent: IntentRow): void {
    const previous = intent.previousObjectId;
    this.#sql.run(`INSERT INTO intent (${COLUMNS.names}) VALUES (${COLUMNS.parameters})`, {
      op: unsigned63(intent.op, 'an operation number'),
      fs: intent.fs,
      ino: unsigned63(intent.ino, 'an inode number'),
      gen: intent.gen,
      kind: intent.kind,
      object_id: objectIdToBytes(intent.objectId),
      previous_object_id: previous === undefined ? null : objectIdToBytes(previous),
      owner_id: uuidToBytes(intent.ownerId),
      size: unsigned63(intent.sizeBytes, 'a size'),
      mtime_ns: storedNs(intent.mtimeNs),
      ctime_ns: storedNs(intent.ctimeNs),
      opened_ms: intent.openedMs,
      path_hint: intent.pathHint ?? null,
      capability: intent.capability ?? null,
    });
  }
}
