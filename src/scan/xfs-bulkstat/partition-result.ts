import type { Ino } from '../../native/inode-id.js';

/** An allocated inode that the kernel cannot read. It is never judged missing: xfs_repair may save it. */
export interface UnreadableInode {
  readonly ino: Ino;
  /** The error's name: EUCLEAN, EBADMSG or EIO. */
  readonly code: string;
}

/** How many unreadable inodes a result names; the count is exact whatever it is. */
export const UNREADABLE_NAMED_MAX = 100;

/** What came of one partition. Every inode that was allocated all the while is in exactly one of the counts. */
export interface PartitionResult {
  readonly agno: number;
  /** Delivered in batches. */
  readonly inodes: number;
  /** Of these, with a DM attribute, valid or not. */
  readonly managed: number;
  /** Of these, with an attribute that the kernel would not give. */
  readonly attributesUnreadable: number;
  /** Of these, passed over by the source's reading in bulk and fetched singly. */
  readonly fetchedSingly: number;
  /** Of these, with an attribute that lies outside of the inode and was asked for by handle; of device scans only. */
  readonly attributesElsewhere: number;
  /** In no folder: deleted while open, or just being made. Left out. */
  readonly unlinked: number;
  /** Freed between one look and the next. */
  readonly freed: number;
  /** The filesystem's own inodes. Left out. */
  readonly internal: number;
  readonly unreadable: number;
  /** The first of them. */
  readonly unreadableInodes: readonly UnreadableInode[];
  /** True when every inode of the partition was looked at. False: nothing may be judged missing from it. */
  readonly complete: boolean;
  /** Why it is not complete, unless it was cancelled. */
  readonly failure?: { readonly code: string; readonly message: string };
}

/** A result's counts while they grow. */
export type PartitionCounts = {
  -readonly [K in keyof PartitionResult as PartitionResult[K] extends number ? K : never]: number;
};

/** The counts of a partition that is about to be scanned. */
export function noCounts(agno: number): PartitionCounts {
  const attributes = { managed: 0, attributesUnreadable: 0, attributesElsewhere: 0 };
  return { agno, inodes: 0, ...attributes, fetchedSingly: 0, unlinked: 0, freed: 0, internal: 0, unreadable: 0 };
}
