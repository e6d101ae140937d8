import type { CopyProof } from '../catalog/pages/copy-proof.js';
import type { CopyRange } from '../catalog/pages/range-rows.js';
import { objectIdFromBytes, type ObjectId } from '../dm/identity.js';

/** Objects by their ids: those behind `after`, up to and with `upTo`; without a bound where there is none. */
export interface IdRange {
  readonly after: ObjectId | undefined;
  readonly upTo: ObjectId | undefined;
}

export const ALL_IDS: IdRange = { after: undefined, upTo: undefined };

/** What SQLite is still to be asked of the archived copies: where a look at the catalog's pages did not prove them in order. */
export interface CopiesLeft {
  /** Objects that may be bound by more than one file. */
  readonly duplicates: readonly IdRange[];
  /** Objects that a file may be bound to without their having a row that counts. */
  readonly unrecorded: readonly IdRange[];
  /** Objects that may be `verified`, so that the store has to have them. */
  readonly verified: readonly IdRange[];
}

export const ALL_LEFT: CopiesLeft = { duplicates: [ALL_IDS], unrecorded: [ALL_IDS], verified: [ALL_IDS] };

const idOf = (bytes: Uint8Array | undefined): ObjectId | undefined => bytes && objectIdFromBytes(bytes);

/** Ranges that ascend, neighbours made one. */
function merge(ranges: readonly CopyRange[]): IdRange[] {
  const merged: IdRange[] = [];
  for (const range of ranges) {
    const [after, upTo] = [idOf(range.after), idOf(range.upTo)];
    const last = merged.at(-1);
    if (last?.upTo !== undefined && last.upTo === after) merged[merged.length - 1] = { after: last.after, upTo };
    else merged.push({ after, upTo });
  }
  return merged;
}

/** @param proofs ascending, of all objects; undefined if nothing is proven */
export function copiesLeft(proofs: readonly CopyProof[] | undefined): CopiesLeft {
  if (proofs === undefined) return ALL_LEFT;
  const without = (proven: 'boundOnce' | 'recorded' | 'noneVerified'): IdRange[] =>
    merge(proofs.filter((proof) => !proof[proven]).map(({ range }) => range));
  return {
    duplicates: without('boundOnce'),
    unrecorded: without('recorded'),
    verified: without('noneVerified'),
  };
}
