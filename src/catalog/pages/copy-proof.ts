/**
 * Proof, from the pages of the catalog's file, that a range of objects is in order: each bound by one file at most, each
 * bound one recorded. The index `file_by_object` and the table `object` are walked side by side in the order of their keys,
 * several times as fast as SQLite gives the rows. It names nothing: what it cannot prove, SQLite is asked.
 */
import type { FsId } from '../../dm/identity.js';
import type { CopyRange, Stretch } from './range-rows.js';
import { BoundRows, ID_WORDS, OBJECT_STATUS, ObjectRows } from './copy-rows.js';
import { OverflowChain } from './overflow-chain.js';
import { PageLease } from './page-lease.js';
import { IrregularPages, isNoVerdict, PageReader, type Irregular } from './page-reader.js';
import { stampOf, type CopyRoots, type PageSource } from './page-source.js';

/** What is proven of a range. What is false says nothing at all. */
export interface CopyProof {
  readonly range: CopyRange;
  readonly bindings: Stretch;
  /** How many of the bindings are the filesystem's: as many rows has the table `file`, if both are whole. */
  readonly ownBindings: number;
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

/** Below zero if key `a` of one list comes before key `b` of another one; 0 if they are the same. */
function compareKeys(keys: Int32Array, a: number, others: Int32Array, b: number): number {
  for (let word = 0; word < ID_WORDS; word++) {
    const one = keys[a * ID_WORDS + word] ?? 0;
    const other = others[b * ID_WORDS + word] ?? 0;
    if (one !== other) return one < other ? -1 : 1;
  }
  return 0;
}

class Prover {
  readonly #options: CopyProofOptions;
  readonly #bound: BoundRows;
  readonly #objects: ObjectRows | undefined;
  readonly #overflow: OverflowChain;
  #ownBindings = 0;
  #boundOnce = true;
  #recorded: boolean;
  #noneVerified: boolean;

  constructor(options: CopyProofOptions, roots: CopyRoots) {
    const { source, store } = options;
    this.#options = options;
    this.#overflow = new OverflowChain(source);
    // Index and table grow together: most of what one walk reads ahead, the other one needs soon.
    const reader = new PageReader(source);
    this.#bound = new BoundRows({ ...options, reader }, roots.fileByObject);
    if (store !== undefined) this.#objects = new ObjectRows({ ...options, reader }, roots.object);
    this.#recorded = store !== undefined;
    this.#noneVerified = store !== undefined;
  }

  /** Goes on by some bindings; true at the end. */
  advance(): boolean {
    const { rows, fs, isRepeated } = this.#bound;
    for (let left = BINDINGS_PER_LEASE; left > 0; left--) {
      const hasBinding = rows.has();
      // Many rows may lie between two bindings: of copies that were dropped.
      if (!this.#passObjects(hasBinding, BINDINGS_PER_LEASE)) return false;
      if (!hasBinding) return true;
      if (fs[rows.at] === this.#options.fs) {
        this.#ownBindings += 1;
        this.#recorded &&= this.#isRecorded();
      }
      if (isRepeated[rows.at] === 1) this.#boundOnce = false;
      rows.at += 1;
    }
    return false;
  }

  /** Goes to the first object that is not below the binding at hand, or behind all; false if there are more than `max` on the way. */
  #passObjects(toBinding: boolean, max: number): boolean {
    const objects = this.#objects;
    if (objects === undefined) return true;
    const { rows, keys, status, overflowPage, overflowPages } = objects;
    for (let left = max; left > 0; left--) {
      if (!rows.has()) return true;
      const { at } = rows;
      if (toBinding && compareKeys(keys, at, this.#bound.keys, this.#bound.rows.at) >= 0) return true;
      if (status[at] === OBJECT_STATUS.verifiedHere) this.#noneVerified = false;
      const pages = overflowPages[at] ?? 0;
      if (pages > 0) this.#overflow.assertWhole(overflowPage[at] ?? 0, pages);
      rows.at += 1;
    }
    return false;
  }

  /** The binding at hand has its object at hand. */
  #isRecorded(): boolean {
    const objects = this.#objects;
    if (objects === undefined || !objects.rows.has()) return false;
    const { rows, keys, status } = objects;
    const isIts = compareKeys(keys, rows.at, this.#bound.keys, this.#bound.rows.at) === 0;
    return isIts && status[rows.at] !== OBJECT_STATUS.incompleteOrOdd;
  }

  /** Of one that has come to its end. */
  get proof(): CopyProof | undefined {
    const bindings = this.#bound.rows.stretch;
    const objects = this.#objects?.rows.stretch;
    if (bindings === undefined || (this.#objects !== undefined && objects === undefined)) return undefined;
    return {
      range: this.#options.range,
      bindings,
      objects,
      ownBindings: this.#ownBindings,
      boundOnce: this.#boundOnce,
      recorded: this.#recorded,
      noneVerified: this.#noneVerified,
    };
  }
}

/** Undefined where nothing can be said, because the pages may not be read any more. Throws nothing for irregular ones. */
export function proveCopies(options: CopyProofOptions): CopyProof | Irregular | undefined {
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
      return error instanceof IrregularPages ? 'irregular' : undefined;
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
export function joinProofs(proofs: readonly (CopyProof | Irregular | undefined)[]): readonly CopyProof[] | undefined {
  const made = proofs.filter((proof) => typeof proof === 'object');
  if (made.length < proofs.length || !doJoin(made.map(({ bindings }) => bindings))) return undefined;
  const objects = made.flatMap((proof) => proof.objects ?? []);
  return objects.length === 0 || (objects.length === made.length && doJoin(objects)) ? made : undefined;
}
