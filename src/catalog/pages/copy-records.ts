/**
 * What the proof of the copies reads of the index `file_by_object` and of the table `object`, both in the order of the
 * objects' ids.
 */
import { ID_BYTES } from '../../dm/identity.js';
import { ObjectKey } from './object-key.js';
import { IrregularPages } from './page-reader.js';
import { RecordCursor, textType } from './record-cursor.js';
import type { PageRecord } from './tree-walk.js';

/** Columns of an index over a WITHOUT ROWID table: the indexed one, and those of the table's key. */
export const BOUND_RECORD_COLUMNS = ['object_id', 'fs', 'ino', 'gen'] as const;

/** The columns of an object that are read, in the order in which they lie in a record. */
export const OBJECT_RECORD_COLUMNS = [
  ['object_id', 'BLOB'],
  ['store_id', 'BLOB'],
  ['fs', 'INTEGER'],
  ['ino', 'INTEGER'],
  ['gen', 'INTEGER'],
  ['status', 'TEXT'],
] as const;

const [OBJECT_ID, FS] = [0, 1] as const;

/** That a file is bound to an object. */
export class BoundRecord implements PageRecord {
  readonly #cursor: RecordCursor;
  readonly key = new ObjectKey();
  fs = 0;

  constructor(page: Uint8Array, usableBytes: number) {
    this.#cursor = new RecordCursor(page, usableBytes);
  }

  open(at: number): void {
    const cursor = this.#cursor;
    cursor.open(at, BOUND_RECORD_COLUMNS.length);
    this.key.read(cursor.view, cursor.blob(OBJECT_ID, ID_BYTES));
    this.fs = cursor.word(FS);
    cursor.assertWithin();
    if (cursor.overflowPages > 0) throw new IrregularPages('a binding longer than a page');
  }
}

const COLUMN = { objectId: 0, storeId: 1, fs: 2, ino: 3, gen: 4, status: 5 } as const;

/** What is asked of an object's status. */
export const STATUS = { verified: 0, finished: 1, incompleteOrOdd: 2 } as const;

const VERIFIED = Buffer.from('verified');
const [VERIFIED_HIGH, VERIFIED_LOW] = [VERIFIED.readUInt32BE(0), VERIFIED.readUInt32BE(4)];
/** Of `complete`, too. */
const TYPE_VERIFIED = textType(VERIFIED.length);
const TYPE_TRASH = textType('trash'.length);
const TYPE_PURGED = textType('purged'.length);

/** An archived object. */
export class ObjectRecord implements PageRecord {
  readonly #cursor: RecordCursor;
  readonly key = new ObjectKey();
  readonly store = new ObjectKey();
  fs = 0;
  status: number = STATUS.incompleteOrOdd;

  constructor(page: Uint8Array, usableBytes: number) {
    this.#cursor = new RecordCursor(page, usableBytes);
  }

  open(at: number): void {
    const cursor = this.#cursor;
    cursor.open(at, OBJECT_RECORD_COLUMNS.length);
    this.key.read(cursor.view, cursor.blob(COLUMN.objectId, ID_BYTES));
    this.store.read(cursor.view, cursor.blob(COLUMN.storeId, ID_BYTES));
    this.fs = cursor.word(COLUMN.fs);
    cursor.skipInteger(COLUMN.ino);
    cursor.skipInteger(COLUMN.gen);
    this.status = this.#status();
    cursor.assertWithin();
  }

  /** As RecordCursor has them. */
  get overflowPage(): number {
    return this.#cursor.overflowPage;
  }

  get overflowPages(): number {
    return this.#cursor.overflowPages;
  }

  /** Lengths tell most of them apart. */
  #status(): number {
    const cursor = this.#cursor;
    const { at, view } = cursor;
    const type = cursor.type(COLUMN.status);
    if (type === TYPE_VERIFIED) {
      cursor.at = at + VERIFIED.length;
      const isVerified = view.getUint32(at) === VERIFIED_HIGH && view.getUint32(at + 4) === VERIFIED_LOW;
      return isVerified ? STATUS.verified : STATUS.finished;
    }
    return type === TYPE_TRASH || type === TYPE_PURGED ? STATUS.finished : STATUS.incompleteOrOdd;
  }
}
