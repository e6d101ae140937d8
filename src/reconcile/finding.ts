import type { FindingFacts } from '../catalog/finding-facts.js';
import type { Gen, Ino } from '../native/inode-id.js';

/** Every class of finding; the names are stable, scripts match on them. */
export const FINDING_CLASSES = [
  'interrupted',
  'open-intent',
  'busy',
  'attribute-without-row',
  'row-without-inode',
  'inode-reused',
  'inode-unreadable',
  'duplicate-binding',
  'state-mismatch',
  'stale-copy',
  'metadata-changed',
  'offline-with-data',
  'resident-with-hole',
  'attribute-corrupt',
  'attribute-copied',
  'attribute-foreign',
  'attribute-newer',
  'archive-missing',
  'archive-size-mismatch',
  'archive-digest-mismatch',
  'archive-orphan',
  'archive-other-owner',
  'catalog-behind',
  'filesystem-behind',
  'filesystem-renamed',
  'data-lost',
  'conflict',
  'changing',
] as const;

export type FindingClass = (typeof FINDING_CLASSES)[number];

/**
 * `info` is no drift and leaves the exit status 0. `warning`: records differ, no data is at risk. `error`: somebody reads
 * something wrong, or an operation is half done. `critical`: data is missing and no good copy is known.
 */
export type Severity = 'info' | 'warning' | 'error' | 'critical';

/**
 * What `recover` would do: `settle` completes or reverts by comparing bytes, `repair` mends by comparing bytes,
 * `forget` drops what a deleted file left behind, `rebaseline` renews reference times once the bytes are proven equal, `wait` leaves it to its living owner, `report`
 * leaves it to a person, `none` needs nothing.
 */
export type FindingAction = 'settle' | 'repair' | 'rebaseline' | 'forget' | 'wait' | 'report' | 'none';

/** Something that does not agree, with the facts that say so. */
export interface Finding {
  readonly class: FindingClass;
  readonly severity: Severity;
  readonly ino?: Ino;
  readonly gen?: Gen;
  /** Where the catalog last saw the file: a hint. */
  readonly path?: Buffer;
  /** The inode's state as its attribute says. */
  readonly state?: string;
  /** One sentence. */
  readonly why: string;
  readonly facts: FindingFacts;
  readonly action: FindingAction;
}
