/**
 * Proof, from the pages of the catalog's file, that a range of objects is in order: each bound by one file at most, each
 * bound one recorded. The index `file_by_object` and the table `object` are walked side by side in the order of their keys,
 * several times as fast as SQLite gives the rows. It names nothing: what it cannot prove, SQLite is asked.
 */
import type { FsId } from '../../dm/identity.js';
import { BoundRecord, ObjectRecord, STATUS } from './copy-records.js';
import type { CopyRange } from './copy-range.js';
import { ObjectKey } from './object-key.js';
import { OverflowChain } from './overflow-chain.js';
import { PageLease } from './page-lease.js';
import { IrregularPages, isNoVerdict, PageReader } from './page-reader.js';
import { stampOf, type CopyRoots, type PageSource } from './page-source.js';
import { TreeWalk, type MakeRecord } from './tree-walk.js';

/** Where a walk began and ended, as TreeWalk.place: with the walks of the ranges beside it, it has to cover the tree. */
interface Stretch {
  readonly from: number;
  readonly end: number;
}

/** What is proven of a range. What is false says nothing at all. */
export interface CopyProof {
  readonly range: CopyRange;
  readonly bindings: Stretch;
  readonly objects: Stretch | undefined;
  /** No object is bound by more than one file, of any filesystem. */
  readonly boundOnce: boolean;
  /** Each object that a file of the filesystem is bound to has a row, which does not say `incomplete`. */
  readonly recorded: boolean;
  /** No object of the filesystem is `verified` in the store. */
  readonly noneVerified: boolean;
}

export interface CopyProofOptions {
  readonly source: PageSource;
  readonly range: CopyRange;
  readonly fs: FsId;
  /** The store's id, 16 bytes; without it, nothing is proven but `boundOnce`. */
  readonly store: Uint8Array | undefined;
  readonly cancelled: () => boolean;
}

/** Bindings between two looks at whether the pages may still be read. */
const BINDINGS_PER_LEASE = 16_384;

/** A tree's records within a range, ascending. */
class RangeWalk<Record extends BoundRecord | ObjectRecord> {
  readonly #walk: TreeWalk<Record>;
  readonly #upTo: ObjectKey | undefined;
  readonly #last = new ObjectKey();
  #from: number | undefined;
  /** The record at hand; undefined behind the last one. */
  record: Record | undefined;

  constructor(
    { source, range: { after, upTo } }: CopyProofOptions,
    root: number,
    makeRecord: MakeRecord<Record>,
    reader: PageReader,
  ) {
    this.#walk = new TreeWalk(source, root, makeRecord, reader);
    const from = after && ObjectKey.of(after);
    this.#upTo = upTo && ObjectKey.of(upTo);
    this.#walk.seek(({ key }) => from !== undefined && key.compare(from) <= 0);
    this.next();
  }

  /** Goes on; true if the record before was of the same object. @throws IrregularPages if the order is not ascending */
  next(): boolean {
    if (this.record !== undefined) this.#last.copy(this.record.key);
    const record = this.#walk.next();
    this.record = record;
    const isFirst = this.#from === undefined;
    this.#from ??= this.#walk.place;
    if (record === undefined) return false;
    const order = isFirst ? 1 : record.key.compare(this.#last);
    if (order < 0) throw new IrregularPages('records out of order');
    if (this.#upTo !== undefined && record.key.compare(this.#upTo) > 0) this.record = undefined;
    return order === 0;
  }

  /** Of a walk that has come to its end. */
  get stretch(): Stretch {
    return { from: this.#from ?? -1, end: this.#walk.place };
  }
}

class Prover {
  readonly #options: CopyProofOptions;
  readonly #store: ObjectKey | undefined;
  readonly #bound: RangeWalk<BoundRecord>;
  readonly #objects: RangeWalk<ObjectRecord> | undefined;
  readonly #overflow: OverflowChain;
  #boundOnce = true;
  #recorded: boolean;
  #noneVerified: boolean;

  constructor(options: CopyProofOptions, roots: CopyRoots) {
    const { source, store } = options;
    this.#options = options;
    this.#overflow = new OverflowChain(source);
    this.#store = store && ObjectKey.of(store);
    // Index and table grow together: most of what one walk reads ahead, the other one needs soon.
    const reader = new PageReader(source);
    const makeBound = (page: Uint8Array, bytes: number): BoundRecord => new BoundRecord(page, bytes);
    const makeObject = (page: Uint8Array, bytes: number): ObjectRecord => new ObjectRecord(page, bytes);
    this.#bound = new RangeWalk(options, roots.fileByObject, makeBound, reader);
    if (store !== undefined) this.#objects = new RangeWalk(options, roots.object, makeObject, reader);
    this.#recorded = store !== undefined;
    this.#noneVerified = store !== undefined;
  }

  /** Goes on by some bindings; true at the end. */
  advance(): boolean {
    for (let left = BINDINGS_PER_LEASE; left > 0; left--) {
      const { record } = this.#bound;
      if (record === undefined) return this.#advanceObjects(undefined, BINDINGS_PER_LEASE);
      // Many rows may lie between two bindings: of copies that were dropped.
      if (!this.#advanceObjects(record.key, BINDINGS_PER_LEASE)) return false;
      if (this.#recorded && record.fs === this.#options.fs) this.#recorded = this.#isRecorded(record.key);
      if (this.#bound.next()) this.#boundOnce = false;
    }
    return false;
  }

  /** Goes to the first object that is not below a key, or behind all; false if there are more than `max` on the way. */
  #advanceObjects(key: ObjectKey | undefined, max: number): boolean {
    const objects = this.#objects;
    if (objects === undefined) return true;
    for (let left = max; left > 0; left--) {
      const { record } = objects;
      if (record === undefined || (key !== undefined && record.key.compare(key) >= 0)) return true;
      if (record.status === STATUS.verified && record.fs === this.#options.fs && this.#isOfStore(record))
        this.#noneVerified = false;
      if (record.overflowPages > 0) this.#overflow.assertWhole(record.overflowPage, record.overflowPages);
      if (objects.next()) throw new IrregularPages('two rows of one key');
    }
    return false;
  }

  #isOfStore({ store }: ObjectRecord): boolean {
    return this.#store !== undefined && store.compare(this.#store) === 0;
  }

  #isRecorded(key: ObjectKey): boolean {
    const record = this.#objects?.record;
    return record !== undefined && record.key.compare(key) === 0 && record.status !== STATUS.incompleteOrOdd;
  }

  get proof(): CopyProof {
    return {
      range: this.#options.range,
      bindings: this.#bound.stretch,
      objects: this.#objects?.stretch,
      boundOnce: this.#boundOnce,
      recorded: this.#recorded,
      noneVerified: this.#noneVerified,
    };
  }
}

/** Undefined where nothing can be said: the pages are damaged, or may not be read any more. Throws nothing for that. */
export function proveCopies(options: CopyProofOptions): CopyProof | undefined {
  const { source, cancelled } = options;
  const roots = source.roots.copies;
  const lease = new PageLease(source.lease);
  let prover: Prover | undefined;
  while (roots !== undefined && !cancelled() && lease.enter()) {
    try {
      prover ??= new Prover(options, roots);
      const isOver = prover.advance();
      // Whatever was read of a file that was written to meanwhile is worth nothing.
      if (stampOf(source.fd) !== source.stamp) return undefined;
      if (isOver) return prover.proof;
    } catch (error) {
      if (!isNoVerdict(error)) throw error;
      return undefined;
    } finally {
      lease.leave();
    }
  }
  return undefined;
}

/** Each walk ended where the next one began, the first at the beginning by its seek, the last at the end. */
const doJoin = (stretches: readonly (Stretch | undefined)[]): boolean =>
  stretches.every((stretch, index) => stretch?.end === (stretches[index + 1] ?? { from: -1 }).from);

/**
 * The proofs of ranges that together cover all objects, ascending: all of them, or nothing is proven of anything. A tree that
 * is damaged in one place may show its records in another one.
 */
export function joinProofs(proofs: readonly (CopyProof | undefined)[]): readonly CopyProof[] | undefined {
  const made = proofs.flatMap((proof) => proof ?? []);
  if (made.length < proofs.length || !doJoin(made.map(({ bindings }) => bindings))) return undefined;
  const objects = made.flatMap((proof) => proof.objects ?? []);
  return objects.length === 0 || (objects.length === made.length && doJoin(objects)) ? made : undefined;
}
