import type { OpState } from '../catalog/operation-numbers.js';
import type { Op } from '../dm/identity.js';

/** A high-water mark as the root inode or the store has it. */
export interface Mark {
  readonly epoch: bigint;
  readonly opLimit: Op;
}

/**
 * `catalog-behind`: the mark was never announced by this catalog, so an older catalog was put back. `mark-behind`: the
 * catalog is further than the mark, so an older filesystem (or store) was put back. `other-epoch`: another catalog's.
 */
export type MarkVerdict = 'agree' | 'catalog-behind' | 'mark-behind' | 'other-epoch';

/** Holds a mark against the catalog's numbers. Pure. */
export function compareMark(catalog: OpState, mark: Mark): MarkVerdict {
  if (mark.epoch !== catalog.epoch) return 'other-epoch';
  if (mark.opLimit > catalog.announcedLimit) return 'catalog-behind';
  return mark.opLimit < catalog.opLimit ? 'mark-behind' : 'agree';
}
