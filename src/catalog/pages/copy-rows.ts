/** What is read of archived copies, as columns that compiled code writes (assembly/copy-rows.ts): row i is index i of each. */
import { ID_BYTES, type FsId } from '../../dm/identity.js';
import type { PageReader } from './page-reader.js';
import type { PageSource } from './page-source.js';
import { RangeRows, type CopyRange } from './range-rows.js';

/** What a status says of a copy, as far as it is asked. */
export const OBJECT_STATUS = { verifiedHere: 0, finished: 1, incompleteOrOdd: 2 } as const;

/** Words of an object's id. */
export const ID_WORDS = ID_BYTES >> 2;
const CAPACITY = 4096;

const blockBytesOf = (words: number): number => CAPACITY * (words * 4 + ID_BYTES);

const wordColumn = ({ block: { buffer, at } }: RangeRows, index: number): Uint32Array =>
  new Uint32Array(buffer, at + index * CAPACITY * 4, CAPACITY);

/** Ids come behind so many columns of words; four words a row. */
const idColumn = ({ block: { buffer, at } }: RangeRows, behind: number): Int32Array =>
  new Int32Array(buffer, at + behind * CAPACITY * 4, CAPACITY * ID_WORDS);

export interface IdRowsOptions {
  readonly source: PageSource;
  readonly reader?: PageReader | undefined;
  readonly range: CopyRange;
  readonly fs: FsId;
  readonly store: Uint8Array | undefined;
}

/** The index `file_by_object`: bindings in the order of their objects. */
export class BoundRows {
  readonly rows: RangeRows;
  readonly fs: Uint32Array;
  /** 1 where the binding before is of the same object. */
  readonly isRepeated: Uint32Array;
  /** Ids as words that compare as signed numbers the way ids do. */
  readonly keys: Int32Array;

  constructor({ range: ids, ...options }: IdRowsOptions, root: number) {
    const blockBytes = blockBytesOf(2);
    this.rows = new RangeRows({ ...options, tree: 'fileByObject', ids, root, capacity: CAPACITY, blockBytes });
    this.fs = wordColumn(this.rows, 0);
    this.isRepeated = wordColumn(this.rows, 1);
    this.keys = idColumn(this.rows, 2);
  }

  /** The object ids of records that cut the tree into parts, as RangeRows.cuts. @throws IrregularPages */
  cuts(wanted: number): readonly Uint8Array[] {
    return this.rows.cuts(wanted, () => {
      const id = Buffer.alloc(ID_BYTES);
      for (let word = 0; word < ID_WORDS; word++) id.writeUInt32BE(((this.keys[word] ?? 0) ^ TOP_BIT) >>> 0, word * 4);
      return id;
    });
  }
}

const TOP_BIT = 0x8000_0000;

/** The table `object`, in the order of ids. */
export class ObjectRows {
  readonly rows: RangeRows;
  /** Of the filesystem and the store that are asked of: what is verified elsewhere counts as finished. */
  readonly status: Uint32Array;
  /** The first of the pages that hold what of a row does not fit into its own, and how many there are. */
  readonly overflowPage: Uint32Array;
  readonly overflowPages: Uint32Array;
  /** As those of BoundRows. */
  readonly keys: Int32Array;

  constructor({ range: ids, ...options }: IdRowsOptions, root: number) {
    const blockBytes = blockBytesOf(3);
    this.rows = new RangeRows({ ...options, tree: 'object', ids, root, capacity: CAPACITY, blockBytes });
    this.status = wordColumn(this.rows, 0);
    this.overflowPage = wordColumn(this.rows, 1);
    this.overflowPages = wordColumn(this.rows, 2);
    this.keys = idColumn(this.rows, 3);
  }
}
