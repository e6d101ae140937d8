import { ID_BYTES, uuidToBytes, type FsId, type Op } from '../dm/identity.js';
import { invariant } from '../errors.js';
import type { InodeId } from '../native/inode-id.js';
import { CatalogError } from './catalog-error.js';
import { columnList, fsIdIn, genIn, inoIn, opIn, storedFlag, unsigned63, uuidIn } from './column-values.js';
import { blobIn, booleanIn, numberIn, optionalIn, textIn, wordIn } from './row-reader.js';
import type { SqlRow, SqlSession } from './sql-session.js';

const NAMESPACES = ['trusted', 'user'] as const;

/** The namespace of the DM attribute on a filesystem. */
export type AttributeNamespace = (typeof NAMESPACES)[number];

/** A filesystem as it is registered. */
export interface NewFilesystemRow {
  readonly fs: FsId;
  /** The 16 random bytes of its root mark: its identity. */
  readonly randomId: Buffer;
  /** `xfs`, `ext4`, `btrfs`, ... as /proc/self/mountinfo says. */
  readonly type: string;
  /** The filesystem's own UUID: for messages only, for it can be changed. */
  readonly uuid: Buffer | undefined;
  readonly namespace: AttributeNamespace;
  /** A recall daemon answers reads of released files here, so `release` is allowed. */
  readonly guarded: boolean;
  /** Where it was mounted last. */
  readonly mountHint: Buffer;
  /** The store that its files are archived to. */
  readonly storeId: string;
  readonly root: InodeId;
  /** The high-water mark that its root inode was last given for certain: a mark below is of an older filesystem. */
  readonly markLimit: Op;
  /** The mark that was last about to be written: one above is of a newer catalog. */
  readonly markAnnounced: Op;
  readonly registeredMs: number;
}

/** A filesystem that the catalog describes. */
export interface FilesystemRow extends NewFilesystemRow {
  /**
   * Operations below this one came before a rollback that was accepted: where inode and row are of different ages, the
   * inode is the truth. 0: there was none.
   */
  readonly acceptedOp: Op;
  /** What deleted files left behind under operations below this one is kept until the administrator says otherwise. */
  readonly keptOp: Op;
}

const COLUMNS = columnList([
  'fs',
  'random_id',
  'type',
  'uuid',
  'namespace',
  'guarded',
  'mount_hint',
  'store_id',
  'root_ino',
  'root_gen',
  'mark_limit',
  'mark_announced',
  'registered_ms',
]);

const toRow = (row: SqlRow): FilesystemRow => ({
  fs: fsIdIn(row),
  randomId: blobIn(row, 'random_id'),
  type: textIn(row, 'type'),
  uuid: optionalIn(row, 'uuid', blobIn),
  namespace: wordIn(row, 'namespace', NAMESPACES),
  guarded: booleanIn(row, 'guarded'),
  mountHint: blobIn(row, 'mount_hint'),
  storeId: uuidIn(row, 'store_id'),
  root: { ino: inoIn(row, 'root_ino'), gen: genIn(row, 'root_gen') },
  markLimit: opIn(row, 'mark_limit'),
  markAnnounced: opIn(row, 'mark_announced'),
  registeredMs: numberIn(row, 'registered_ms'),
  acceptedOp: opIn(row, 'accepted_op'),
  keptOp: opIn(row, 'kept_op'),
});

/** The registered filesystems. */
export class FilesystemRows {
  readonly #sql: SqlSession;

  constructor(sql: SqlSession) {
    this.#sql = sql;
  }

  /**
   * Registers a filesystem, or records what changed of it (all but its identity, its marks and when it was registered).
   * @throws CatalogError ECATALOG_CLASH when another random id already has this 32-bit id
   */
  put(filesystem: NewFilesystemRow): void {
    invariant(filesystem.randomId.length === ID_BYTES, `a random id has ${ID_BYTES} bytes`);
    const changed = this.#sql.run(
      `INSERT INTO filesystem (${COLUMNS.names}) VALUES (${COLUMNS.parameters})
       ON CONFLICT (fs) DO UPDATE SET type = excluded.type, uuid = excluded.uuid, namespace = excluded.namespace,
         guarded = excluded.guarded, mount_hint = excluded.mount_hint, store_id = excluded.store_id,
         root_ino = excluded.root_ino, root_gen = excluded.root_gen
       WHERE random_id = excluded.random_id`,
      {
        fs: filesystem.fs,
        random_id: filesystem.randomId,
        type: filesystem.type,
        uuid: filesystem.uuid ?? null,
        namespace: filesystem.namespace,
        guarded: storedFlag(filesystem.guarded),
        mount_hint: filesystem.mountHint,
        store_id: uuidToBytes(filesystem.storeId),
        root_ino: unsigned63(filesystem.root.ino, 'an inode number'),
        root_gen: filesystem.root.gen,
        mark_limit: filesystem.markLimit,
        mark_announced: filesystem.markAnnounced,
        registered_ms: filesystem.registeredMs,
      },
    );
    if (changed === 0) {
      throw new CatalogError(
        'ECATALOG_CLASH',
        `catalog ${this.#sql.path}: filesystem id ${filesystem.fs} belongs to another filesystem; choose a new random id`,
      );
    }
  }

  /** Says which mark the root inode is about to get. Durable before it does. */
  announceMark(fs: FsId, limit: Op): void {
    this.#sql.run('UPDATE filesystem SET mark_announced = max(mark_announced, @limit) WHERE fs = @fs', { fs, limit });
  }

  /** Says that the root inode has its mark, durably. */
  setMark(fs: FsId, limit: Op): void {
    const query = `UPDATE filesystem SET mark_limit = max(mark_limit, @limit),
      mark_announced = max(mark_announced, @limit) WHERE fs = @fs`;
    this.#sql.run(query, { fs, limit });
  }

  /**
   * Takes the root inode's mark for the truth, however far it is, and remembers that what came before `acceptedOp` may be
   * of another history.
   */
  acceptMark(fs: FsId, mark: Op, acceptedOp: Op): void {
    const query = `UPDATE filesystem SET mark_limit = @mark, mark_announced = @mark, accepted_op = @acceptedOp,
      kept_op = @acceptedOp WHERE fs = @fs`;
    this.#sql.run(query, { fs, mark, acceptedOp });
  }

  /** From now on a file that is gone was deleted, whenever it was archived. */
  acceptDeleted(fs: FsId): void {
    this.#sql.run('UPDATE filesystem SET kept_op = 0 WHERE fs = ?', [fs]);
  }

  find(fs: FsId): FilesystemRow | undefined {
    const row = this.#sql.get('SELECT * FROM filesystem WHERE fs = ?', [fs]);
    return row && toRow(row);
  }

  findByRandomId(randomId: Buffer): FilesystemRow | undefined {
    const row = this.#sql.get('SELECT * FROM filesystem WHERE random_id = ?', [randomId]);
    return row && toRow(row);
  }

  list(): FilesystemRow[] {
    return this.#sql.all('SELECT * FROM filesystem ORDER BY registered_ms, fs').map(toRow);
  }

  /** The filesystems whose files go to a store: their scans decide whether one of its objects may be dropped. */
  listByStore(storeId: string): FilesystemRow[] {
    return this.#sql.all('SELECT * FROM filesystem WHERE store_id = ? ORDER BY fs', [uuidToBytes(storeId)]).map(toRow);
  }
}
