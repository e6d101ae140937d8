import type { ArchiveStore } from '../archive/archive-store.js';
import type { Catalog } from '../catalog/catalog.js';
import type { FilesystemRow } from '../catalog/filesystem-rows.js';
import type { InodeAccess } from '../reconcile/inode-access.js';
import type { OpenMount } from '../scan/open-mount.js';
import type { PassStep } from './faults.js';
import type { Rollback } from './rollback.js';

/** Everything that an operation on one registered filesystem needs. */
export interface Session {
  readonly mount: OpenMount;
  readonly access: InodeAccess;
  readonly filesystem: FilesystemRow;
  readonly catalog: Catalog;
  readonly store: ArchiveStore;
  /** This process, as the owner of the intents that it opens. */
  readonly ownerId: string;
  readonly passStep: PassStep;
  /** Aborted when the user wants to stop: between batches, or at the next chunk of a long copy. */
  readonly signal: AbortSignal;
  readonly nowMs: () => number;
  /** Hears how far the reading of one file or copy has come. */
  readonly onBytes?: (doneBytes: number, sizeBytes: number) => void;
  /** The marks disagree: only what takes nothing away may be done, and no operation begun. */
  readonly rollback?: Rollback;
}
