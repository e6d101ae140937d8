import type { Op } from '../dm/identity.js';
import type { Mark, MarkVerdict } from '../reconcile/marks.js';

/**
 * Which side is of an earlier time. `catalog-behind`: filesystem or store know of operations that the catalog does not, or
 * are of another epoch. `filesystem-behind`: the catalog knows of operations that the filesystem does not, or it is another
 * filesystem, with copies of the files.
 */
export type RollbackKind = 'catalog-behind' | 'filesystem-behind';

/** Marks that disagree. */
export interface Rollback {
  readonly kind: RollbackKind;
  /** Every operation on the filesystem has a lower number, whichever catalog gave it out. */
  readonly rootLimit: Op;
}

/** Both marks, each held against the catalog. */
export interface JudgedMarks {
  readonly root: Mark;
  readonly rootVerdict: MarkVerdict;
  readonly store: Mark;
  readonly storeVerdict: MarkVerdict;
}

const isBehind = (verdict: MarkVerdict): boolean => verdict === 'catalog-behind' || verdict === 'other-epoch';

/**
 * What the marks say together, undefined if they agree. Pure. A store's mark that is behind says nothing: one that was
 * full or read-only did not take it. Where both sides are behind each other, the stricter reading holds: the filesystem's.
 */
export function rollbackOf({ root, rootVerdict, storeVerdict }: JudgedMarks): Rollback | undefined {
  if (rootVerdict === 'mark-behind' || rootVerdict === 'copied')
    return { kind: 'filesystem-behind', rootLimit: root.opLimit };
  if (!isBehind(rootVerdict) && !isBehind(storeVerdict)) return undefined;
  return { kind: 'catalog-behind', rootLimit: root.opLimit };
}
