import type { Op } from '../dm/identity.js';

/** A high-water mark as the root inode or the store has it. */
export interface Mark {
  readonly epoch: bigint;
  readonly opLimit: Op;
  /** The mark was written to another filesystem, and copied to this one with its files. Default false. */
  readonly isCopied?: boolean;
}

/** What the catalog knows of a mark: how far it was written for certain, and how far it was about to be. */
export interface KnownMark {
  readonly epoch: bigint;
  /** True for the epochs before the present one: their numbers are lower than all of the present one. */
  readonly isFormerEpoch: (epoch: bigint) => boolean;
  readonly reached: Op;
  readonly announced: Op;
}

/**
 * `catalog-behind`: the mark was never announced by this catalog, so an older catalog was put back. `mark-behind`: the
 * catalog is further than the mark, so an older filesystem (or store) was put back. `other-epoch`: another catalog's.
 * `copied`: the filesystem is another one, with a copy of the mark.
 */
export type MarkVerdict = 'agree' | 'catalog-behind' | 'mark-behind' | 'other-epoch' | 'copied';

/** Holds a mark against what the catalog knows of it. Pure. */
export function compareMark(known: KnownMark, mark: Mark): MarkVerdict {
  if (mark.epoch !== known.epoch && !known.isFormerEpoch(mark.epoch)) return 'other-epoch';
  if (mark.isCopied) return 'copied';
  if (mark.opLimit > known.announced) return 'catalog-behind';
  return mark.opLimit < known.reached ? 'mark-behind' : 'agree';
}
