/** Why a settlement dropped a copy: what its trash record and the catalog say. */
export const TRASH_REASONS = {
  archive: 'replaced or not completed',
  remove: 'removed',
  recover: 'settled by recovery',
  /** What lies there may be another file's, and nobody has looked whose: `purge` leaves it unless told otherwise. */
  damaged: 'settled by recovery: it did not read back as it was archived',
} as const;
