/** A catalog that is rebuilt: what it is rebuilt from. */
import { PosixStore } from '../archive/posix-store.js';
import type { ArchiveStore } from '../archive/archive-store.js';
import type { StoreIdentity } from '../archive/store-identity.js';
import { assertCatalogElsewhere } from '../catalog/catalog-place.js';
import type { NewFilesystemRow } from '../catalog/filesystem-rows.js';
import { ATTRIBUTE_NAME } from '../dm/attribute-layout.js';
import type { RootMark } from '../dm/root-mark.js';
import { OperationalError, UsageError } from '../errors.js';
import type { PassStep } from '../migrate/faults.js';
import type { PathBytes } from '../native/io.js';
import { readRootMark, refuseTwins } from '../reconcile/registered-filesystem.js';
import { findAttributeName } from '../scan/attribute-name.js';
import { openMount, type OpenMount } from '../scan/open-mount.js';
import type { ActionRecord } from './action-record.js';

export interface RebuildOptions {
  readonly catalogPath: string;
  /** Every filesystem whose files went to the store. */
  readonly mountPaths: readonly PathBytes[];
  readonly archiveDir: PathBytes;
  /** Release is allowed though no recall daemon answers readers. */
  readonly unguarded: boolean;
  /** The catalog that owns the store is lost for certain. */
  readonly takeOver: boolean;
  /** Says what would be bound; nothing is left of it. */
  readonly dryRun: boolean;
  readonly threads: number;
  readonly signal: AbortSignal;
  readonly passStep: PassStep;
  readonly onAction: (record: ActionRecord) => void;
}

/** A filesystem, and the mark that it carries. */
export interface MarkedMount {
  readonly mount: OpenMount;
  readonly mark: RootMark;
}

export interface RebuildParts {
  readonly mounts: readonly MarkedMount[];
  readonly store: ArchiveStore;
  readonly identity: StoreIdentity;
}

/** @throws OperationalError ESTORE_OWNED */
export function assertMayTakeOver({ store, identity }: RebuildParts, { takeOver, dryRun }: RebuildOptions): void {
  if (takeOver || dryRun) return;
  throw new OperationalError(
    'ESTORE_OWNED',
    `store ${store.location} belongs to catalog ${identity.catalogId} (epoch ${identity.epoch}). Only if that catalog is lost ` +
      'for certain: run this again with --take-over, and it is refused from then on; --dry-run says what would be found',
  );
}

/** The row of a filesystem, with the mark that it has. */
export function registration(
  { mount, mark }: MarkedMount,
  store: ArchiveStore,
  { unguarded }: RebuildOptions,
): NewFilesystemRow {
  const name = findAttributeName(mount.rootFd, mount.mountPath.toString());
  return {
    fs: mark.fsId,
    randomId: mark.randomId,
    type: mount.mount.type,
    uuid: mount.geometry.uuid,
    namespace: name === `user.${ATTRIBUTE_NAME}` ? 'user' : 'trusted',
    guarded: !unguarded,
    mountHint: mount.mountPath,
    storeId: store.storeId,
    root: mount.rootId,
    markLimit: mark.opLimit,
    markAnnounced: mark.opLimit,
    registeredMs: Date.now(),
  };
}

function openMounts({ mountPaths, catalogPath }: RebuildOptions): MarkedMount[] {
  const mounts: MarkedMount[] = [];
  try {
    for (const mountPath of mountPaths) {
      const mount = openMount(mountPath);
      try {
        assertCatalogElsewhere(catalogPath, mount.mount.device);
        const mark = readRootMark(mount);
        refuseTwins(mount, mark);
        if (mounts.some((other) => other.mark.fsId === mark.fsId))
          throw new UsageError(`${mountPath.toString()} is named twice`);
        mounts.push({ mount, mark });
      } catch (error) {
        mount.close();
        throw error;
      }
    }
    return mounts;
  } catch (error) {
    for (const { mount } of mounts) mount.close();
    throw error;
  }
}

/**
 * Opens filesystems and store. The mounts have to be closed.
 * @throws OperationalError ENOTMOUNT, ENOTXFS, ENOTREGISTERED, EROOTMARK, ETWINS; CatalogError; StoreError; NativeError
 */
export async function openParts(options: RebuildOptions): Promise<RebuildParts> {
  const mounts = openMounts(options);
  try {
    const store = await PosixStore.open(options.archiveDir);
    return { mounts, store, identity: await store.identity() };
  } catch (error) {
    for (const { mount } of mounts) mount.close();
    throw error;
  }
}
