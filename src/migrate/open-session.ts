import { PosixStore } from '../archive/posix-store.js';
import { StoreError } from '../archive/store-error.js';
import type { Catalog } from '../catalog/catalog.js';
import { becomeOwner, ownerIsAlive, removeLockFile } from '../catalog/owner-lock.js';
import { OperationalError } from '../errors.js';
import type { PathBytes } from '../native/io.js';
import { compareMark, type Mark, type MarkVerdict } from '../reconcile/marks.js';
import {
  isFormerEpochOf,
  judgeRootMark,
  openRegistered,
  type RegisteredFilesystem,
} from '../reconcile/registered-filesystem.js';
import type { OpenMount } from '../scan/open-mount.js';
import type { ArchiveStore } from '../archive/archive-store.js';
import type { PassStep } from './faults.js';
import { startRun } from './operation-marks.js';
import { rollbackOf, type Rollback } from './rollback.js';
import type { Session } from './session.js';

export interface OpenSessionOptions {
  readonly catalogPath: string;
  readonly mountPath: PathBytes;
  /** For the owner's row: what the process is doing. */
  readonly command: string;
  readonly passStep: PassStep;
  readonly signal: AbortSignal;
  readonly onBytes?: Session['onBytes'];
  /** Opens it though the marks disagree: `rollback` says so then, and the marks stay as they are. Default false. */
  readonly adopt?: boolean;
}

export interface OpenSession extends Session {
  readonly subject: RegisteredFilesystem;
  /** Lets go of everything; intents that are still open become `interrupted`. */
  close(): void;
}

const ROLLED_BACK = {
  'catalog-behind': 'is further than the catalog: an older catalog was put back',
  'mark-behind': 'is behind the catalog: an older filesystem was put back, or a snapshot is mounted',
  copied:
    'was copied from another filesystem together with its files: mount that one, unless this is to take its place',
  'other-epoch':
    'is of another epoch: another catalog has taken the filesystem over, and is the one to use (--catalog)',
} as const;

const wayOn = (mount: OpenMount): string =>
  `Nothing is touched. To go on with this one, "hsmck recover ${mount.mountPath.toString()}" says what it would adopt, and with --accept-epoch how`;

/** @throws OperationalError EROLLBACK: acting on records of different ages would destroy what only one of them knows */
export function assertMarksAgree(markVerdict: MarkVerdict, mount: OpenMount): void {
  if (markVerdict === 'agree') return;
  throw new OperationalError(
    'EROLLBACK',
    `the mark on ${mount.mountPath.toString()} ${ROLLED_BACK[markVerdict]}. ${wayOn(mount)}`,
  );
}

/** A store together with its mark. */
export interface ReachedStore {
  readonly store: ArchiveStore;
  readonly mark: Mark;
  /** The store's mark held against the catalog. */
  readonly verdict: MarkVerdict;
}

/**
 * Opens the store that a registered filesystem's files go to, whatever its age, and makes sure that it is that very one.
 * @throws StoreError ESTORE_UNREACHABLE, ESTORE_FOREIGN
 */
export async function reachStoreOf(
  subject: Pick<RegisteredFilesystem, 'catalog' | 'filesystem'>,
): Promise<ReachedStore> {
  const { catalog, filesystem } = subject;
  const row = catalog.stores.find(filesystem.storeId);
  if (row === undefined)
    throw new OperationalError('ENOSTORE', `the catalog does not know store ${filesystem.storeId}`);
  const store = await PosixStore.open(row.location);
  const identity = await store.identity();
  if (identity.storeId !== filesystem.storeId || identity.catalogId !== catalog.catalogId()) {
    throw new StoreError('ESTORE_FOREIGN', `${store.location} is another store than the one that was registered`);
  }
  const { epoch, opLimit, announcedLimit } = catalog.ops.state();
  const known = { epoch, isFormerEpoch: isFormerEpochOf(catalog), reached: opLimit, announced: announcedLimit };
  return { store, mark: identity, verdict: compareMark(known, identity) };
}

/**
 * Opens the store that a registered filesystem's files go to. Its mark may be behind, for a store that is full or
 * read-only does not take a new one.
 * @throws StoreError ESTORE_UNREACHABLE, ESTORE_FOREIGN; OperationalError EROLLBACK
 */
export async function openStoreOf(subject: RegisteredFilesystem): Promise<ArchiveStore> {
  const { store, verdict } = await reachStoreOf(subject);
  if (verdict === 'agree' || verdict === 'mark-behind') return store;
  const why = `the mark of store ${store.location} ${ROLLED_BACK[verdict]}`;
  throw new OperationalError('EROLLBACK', `${why}. ${wayOn(subject.mount)}`);
}

/**
 * The store for writing, once the marks are moved; or, where they disagree and that is to be borne with, untouched.
 * @throws OperationalError EROLLBACK unless the marks agree or `adopt` is set
 */
async function openForWriting(
  subject: RegisteredFilesystem,
  adopt: boolean,
): Promise<{ readonly store: ArchiveStore; readonly rollback?: Rollback }> {
  if (adopt) {
    const { store, mark, verdict } = await reachStoreOf(subject);
    const rollback = rollbackOf({
      root: subject.rootMark,
      rootVerdict: subject.markVerdict,
      store: mark,
      storeVerdict: verdict,
    });
    if (rollback !== undefined) return { store, rollback };
  }
  assertMarksAgree(subject.markVerdict, subject.mount);
  const store = await openStoreOf(subject);
  const { fs: fsId } = subject.filesystem;
  await startRun(subject, store, () =>
    assertMarksAgree(judgeRootMark(subject.catalog, subject.mount, fsId), subject.mount),
  );
  return { store };
}

/** Owners that died and have nothing open any more, and the lock files that they left. */
function forgetDeadOwners(catalog: Catalog): void {
  for (const owner of catalog.owners.list()) {
    if (!ownerIsAlive(owner, catalog.path) && catalog.owners.removeIfIdle(owner.ownerId))
      removeLockFile(owner.lockFile);
  }
}

/**
 * Opens everything for operations that write.
 * @throws OperationalError, CatalogError, StoreError, NativeError: nothing was changed then
 */
export async function openSession(options: OpenSessionOptions): Promise<OpenSession> {
  const subject = openRegistered({ ...options, mode: 'write' });
  try {
    const { store, rollback } = await openForWriting(subject, options.adopt === true);
    const { catalog, filesystem, access } = subject;
    forgetDeadOwners(catalog);
    const owner = becomeOwner(catalog.path);
    try {
      catalog.owners.add({ ...owner.facts, command: options.command, startedMs: Date.now() });
    } catch (error) {
      owner.lock.release();
      throw error;
    }
    const { ownerId } = owner.facts;
    return {
      subject,
      mount: subject.mount,
      access,
      filesystem,
      catalog,
      store,
      ownerId,
      passStep: options.passStep,
      signal: options.signal,
      nowMs: () => Date.now(),
      ...(options.onBytes && { onBytes: options.onBytes }),
      ...(rollback && { rollback }),
      close: () => {
        try {
          catalog.owners.removeIfIdle(ownerId);
        } finally {
          try {
            owner.lock.release();
          } finally {
            subject.close();
          }
        }
      },
    };
  } catch (error) {
    subject.close();
    throw error;
  }
}
