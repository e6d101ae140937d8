import { ID_BYTES, objectIdToBytes, type FsId, type ObjectId } from '../dm/identity.js';
import { invariant } from '../errors.js';
import type { InodeId, Ino } from '../native/inode-id.js';
import { objectIdIn, unsigned63 } from './column-values.js';
import { FileFeed, type FeedOptions } from './file-feed.js';
import { FILE_COLUMNS, fileParameters, toFileRow, type BoundState, type FileRow, type NewFileRow } from './file-row.js';
import { PageFeed } from './pages/page-feed.js';
import type { PageSource } from './pages/page-source.js';
import { bigintIn, numberIn } from './row-reader.js';
import type { SqlSession } from './sql-session.js';

const KEY = 'fs = ? AND ino = ? AND gen = ?';

/** One object that more than one binding claims. */
export interface DuplicateBinding {
  readonly objectId: ObjectId;
  readonly files: readonly FileRow[];
}

export interface DuplicatesPage {
  /** Only objects behind this one, for the next page. */
  readonly after?: ObjectId | undefined;
  /** Only objects up to this one. */
  readonly upTo?: ObjectId | undefined;
  readonly limit: number;
}

export interface WithoutCopyPage {
  /** Only objects behind `after` and up to `upTo`. */
  readonly range?: { readonly after?: ObjectId | undefined; readonly upTo?: ObjectId | undefined };
  /** Only files behind this one, for the next page. */
  readonly after?: InodeId & { readonly objectId: ObjectId };
  readonly limit: number;
}

/** Before and behind every id: a blob of no bytes, and one that is longer than an id of the highest bytes. */
const BEFORE_ALL = Buffer.alloc(0);
const BEHIND_ALL = Buffer.alloc(ID_BYTES + 1, 0xff);
/** Behind every filesystem's id. */
const FS_END = 1n << 32n;

const idOr = (bound: Buffer, id: ObjectId | undefined): Buffer => (id === undefined ? bound : objectIdToBytes(id));

/** The bindings: one row for each managed inode. */
export class FileRows {
  readonly #sql: SqlSession;

  constructor(sql: SqlSession) {
    this.#sql = sql;
  }

  /** Binds an inode, in place of what it was bound to. Returns the row's change number. */
  put(file: NewFileRow): bigint {
    return this.#sql.atomic(() => {
      const changeSeq = this.#nextChange();
      this.#sql.run(
        `INSERT INTO file (${FILE_COLUMNS.names}) VALUES (${FILE_COLUMNS.parameters})
         ON CONFLICT (fs, ino, gen) DO UPDATE SET ${FILE_COLUMNS.updates}`,
        fileParameters(file, changeSeq),
      );
      return changeSeq;
    });
  }

  /** Unbinds an inode; false if it was not bound. */
  delete(fs: FsId, id: InodeId): boolean {
    return this.#sql.atomic(() => {
      this.#nextChange();
      return this.#sql.run(`DELETE FROM file WHERE ${KEY}`, [fs, id.ino, id.gen]) > 0;
    });
  }

  find(fs: FsId, id: InodeId): FileRow | undefined {
    const row = this.#sql.get(`SELECT * FROM file WHERE ${KEY}`, [fs, id.ino, id.gen]);
    return row && toFileRow(row);
  }

  /** The bindings of an inode number in any generation: more than one after the number was used again. */
  findByIno(fs: FsId, ino: Ino): FileRow[] {
    return this.#sql.all('SELECT * FROM file WHERE fs = ? AND ino = ? ORDER BY gen', [fs, ino]).map(toFileRow);
  }

  /** Every inode that is bound to an object, on any filesystem; one, if all is well. */
  findByObject(objectId: ObjectId): FileRow[] {
    const query = 'SELECT * FROM file WHERE object_id = ? ORDER BY fs, ino, gen';
    return this.#sql.all(query, [objectIdToBytes(objectId)]).map(toFileRow);
  }

  /** Rows in the order of their inodes, behind `after`. No transaction stays open between pages. */
  page(fs: FsId, options: { readonly after?: InodeId; readonly limit: number }): FileRow[] {
    const { after, limit } = options;
    const query = 'SELECT * FROM file WHERE fs = ? AND (ino, gen) > (?, ?) ORDER BY ino, gen LIMIT ?';
    return this.#sql.all(query, [fs, after?.ino ?? -1n, after?.gen ?? 0, limit]).map(toFileRow);
  }

  /**
   * Files whose object has no row of its own, or one that says that it was never completed; in the order of the objects,
   * for both tables can be walked through in it side by side. At most `limit`, of the files behind `after`.
   */
  pageWithoutCopy(fs: FsId, { range, after, limit }: WithoutCopyPage): FileRow[] {
    // CROSS: in this order, and not through all files for each page.
    const query = `SELECT file.* FROM (
        SELECT bound.object_id, bound.ino, bound.gen FROM file AS bound INDEXED BY file_by_object
        LEFT JOIN object ON object.object_id = bound.object_id
        WHERE (bound.object_id, bound.fs, bound.ino, bound.gen) > (?, ?, ?, ?) AND bound.object_id <= ? AND bound.fs = ?
          AND (object.status IS NULL OR object.status = 'incomplete')
        ORDER BY bound.object_id, bound.fs, bound.ino, bound.gen LIMIT ?
      ) AS bare CROSS JOIN file ON file.fs = ? AND file.ino = bare.ino AND file.gen = bare.gen
      ORDER BY bare.object_id, bare.ino, bare.gen`;
    const from =
      after === undefined
        ? [idOr(BEFORE_ALL, range?.after), FS_END, 0n, 0n]
        : [objectIdToBytes(after.objectId), fs, after.ino, after.gen];
    const values = [...from, idOr(BEHIND_ALL, range?.upTo), fs, limit, fs];
    return this.#sql.all(query, values).map(toFileRow);
  }

  /** The packed stream of bindings that a scan is merged with. */
  feed(options: FeedOptions): FileFeed {
    return new FileFeed(this.#sql, options);
  }

  /** The same from the pages of the catalog's file, several times as fast, and from SQLite where that is not possible. */
  pageFeed(source: PageSource, options: FeedOptions): PageFeed {
    const { fs, fromIno, toIno, limit } = options;
    const bySql = (after: InodeId | undefined): FileFeed => this.feed({ ...options, after });
    return new PageFeed({ source, fs, fromIno, toIno, ...(limit !== undefined && { limit }), bySql });
  }

  /** How many bindings a filesystem has in each state. Reads all of them. */
  countByState(fs: FsId): Readonly<Record<BoundState, number>> {
    const row = this.#sql.get(
      `SELECT count(*) AS all_rows, count(*) FILTER (WHERE state = 'dual') AS dual FROM file WHERE fs = ?`,
      [fs],
    );
    invariant(row !== undefined, 'a count is a row');
    const dual = numberIn(row, 'dual');
    return { dual, offline: numberIn(row, 'all_rows') - dual };
  }

  /** Objects bound by more than one inode, on whatever filesystems, in the order of their ids. */
  duplicateBindings(page: DuplicatesPage): DuplicateBinding[] {
    const rows = this.#sql.all(
      `SELECT object_id FROM file WHERE object_id > ? AND object_id <= ? GROUP BY object_id HAVING count(*) > 1
       ORDER BY object_id LIMIT ?`,
      [idOr(BEFORE_ALL, page.after), idOr(BEHIND_ALL, page.upTo), page.limit],
    );
    return rows.map((row) => {
      const objectId = objectIdIn(row);
      return { objectId, files: this.findByObject(objectId) };
    });
  }

  /** The number of the last change of any binding. */
  changeSeq(): bigint {
    const row = this.#sql.get('SELECT change_seq FROM catalog');
    invariant(row !== undefined, 'the catalog describes itself');
    return bigintIn(row, 'change_seq');
  }

  #nextChange(): bigint {
    const row = this.#sql.returning('UPDATE catalog SET change_seq = change_seq + 1 RETURNING change_seq');
    invariant(row !== undefined, 'the catalog describes itself');
    return unsigned63(bigintIn(row, 'change_seq'), 'a change number');
  }
}
