/**
 * The only place that deletes archived bytes. An object goes only if it has lain in the trash for long enough and a
 * complete scan of every filesystem of its store, made now, found no attribute that names it.
 */
import { PosixStore } from '../archive/posix-store.js';
import type { ArchiveStore } from '../archive/archive-store.js';
import { isBadRecord, isOfMedium, StoreError } from '../archive/store-error.js';
import type { Catalog } from '../catalog/catalog.js';
import type { StoreRow } from '../catalog/store-rows.js';
import type { ObjectId } from '../dm/identity.js';
import { OperationalError } from '../errors.js';
import { TRASH_REASONS } from '../migrate/trash-reasons.js';
import { compareMark } from '../reconcile/marks.js';
import { isFormerEpochOf } from '../reconcile/registered-filesystem.js';
import { namedObjects } from './named-objects.js';

export interface PurgeOptions {
  readonly catalog: Catalog;
  readonly olderThanMs: number;
  /** Says what would go, and deletes nothing. */
  readonly dryRun: boolean;
  /** Deletes copies too of which nobody knows whose bytes they have. */
  readonly damaged: boolean;
  readonly threads: number;
  readonly signal: AbortSignal;
  readonly nowMs: number;
  readonly onObject: (object: PurgedObject) => void;
}

export interface PurgedObject {
  readonly objectId: ObjectId;
  readonly result: 'purged' | 'planned' | 'kept';
  readonly why?: string;
  readonly sizeBytes: bigint;
}

interface Candidate {
  readonly objectId: ObjectId;
  readonly sizeBytes: bigint;
  readonly trashReason: string | undefined;
}

/** Scanning every filesystem for each round is dear, so a round is large; memory stays bounded all the same. */
const ROUND_OBJECTS_MAX = 100_000;

async function* roundsOf(store: ArchiveStore, options: PurgeOptions): AsyncGenerator<Candidate[]> {
  let round: Candidate[] = [];
  for await (const entry of store.list()) {
    // An entry without a record has no age: it stays.
    if (entry.where !== 'trash' || entry.objectId === undefined || entry.trashedAtMs === undefined) continue;
    if (options.nowMs - entry.trashedAtMs < options.olderThanMs) continue;
    const { objectId, sizeBytes, trashReason } = entry;
    round.push({ objectId, sizeBytes, trashReason });
    if (round.length < ROUND_OBJECTS_MAX) continue;
    yield round;
    round = [];
  }
  if (round.length > 0) yield round;
}

/** Why the catalog itself still needs an object, undefined if it does not. */
function catalogNeed(catalog: Catalog, objectId: ObjectId): string | undefined {
  if (catalog.files.findByObject(objectId).length > 0) return 'a file is bound to it';
  const row = catalog.objects.find(objectId);
  if (row !== undefined && catalog.intents.findByInode(row.fs, row) !== undefined)
    return 'an operation on its file is open';
  return undefined;
}

const DOUBTFUL =
  'it did not read back as it was archived, or a sidecar lies beside it that is another object’s or cannot be read: it may be the only copy of another file. ' +
  '"hsmck purge --damaged" deletes it too';

/** A copy that was put into another one's place goes by a wrong name: that nobody names it says nothing of its bytes. */
async function isDoubtful(store: ArchiveStore, { objectId, trashReason }: Candidate): Promise<boolean> {
  if (trashReason === TRASH_REASONS.damaged) return true;
  try {
    await store.readSidecar(objectId, 'trash');
    return false;
  } catch (error) {
    if (isOfMedium(error)) return true;
    if (isBadRecord(error)) return error.code === 'ESTORE_MISPLACED';
    throw error;
  }
}

async function purgeRound(store: ArchiveStore, options: PurgeOptions, round: readonly Candidate[]): Promise<void> {
  const { catalog, threads, signal, onObject, dryRun, damaged } = options;
  const objects = round.map(({ objectId }) => objectId);
  const named = new Set<ObjectId>();
  for (const filesystem of catalog.filesystems.listByStore(store.storeId)) {
    for (const objectId of await namedObjects({ catalog, filesystem, objects, threads, signal })) named.add(objectId);
  }
  for (const candidate of round) {
    if (signal.aborted) return;
    const { objectId, sizeBytes } = candidate;
    const need = named.has(objectId) ? 'a file still names it' : catalogNeed(catalog, objectId);
    const why = need ?? (!damaged && (await isDoubtful(store, candidate)) ? DOUBTFUL : undefined);
    if (why !== undefined) {
      onObject({ objectId, result: 'kept', why, sizeBytes });
    } else if (dryRun) {
      onObject({ objectId, result: 'planned', sizeBytes });
    } else {
      // The bytes first: a row that says `purged` over bytes that are there would hide them for ever.
      const { freedBytes } = await store.purge(objectId);
      catalog.objects.setStatus(objectId, 'purged');
      onObject({ objectId, result: 'purged', sizeBytes: freedBytes });
    }
  }
}

/**
 * The store that the catalog knows, and no other that happens to lie at its place: a swapped disk, another catalog's. And
 * only with a catalog of the same age: one that was put back does not know who needs what.
 * @throws StoreError ESTORE_FOREIGN, ESTORE_UNREACHABLE; OperationalError EROLLBACK, ENOFILESYSTEM
 */
async function openOwnStore(catalog: Catalog, row: StoreRow): Promise<ArchiveStore> {
  const store = await PosixStore.open(row.location);
  const identity = await store.identity();
  if (identity.storeId !== row.storeId || identity.catalogId !== catalog.catalogId()) {
    throw new StoreError('ESTORE_FOREIGN', `${store.location} is another store than the one that was registered`);
  }
  const { epoch, opLimit, announcedLimit } = catalog.ops.state();
  const verdict = compareMark(
    { epoch, isFormerEpoch: isFormerEpochOf(catalog), reached: opLimit, announced: announcedLimit },
    identity,
  );
  if (verdict === 'catalog-behind' || verdict === 'other-epoch') {
    throw new OperationalError(
      'EROLLBACK',
      `the mark of store ${store.location} is further than the catalog: an older catalog was put back. Nothing was deleted`,
    );
  }
  if (catalog.filesystems.listByStore(row.storeId).length === 0) {
    throw new OperationalError(
      'ENOFILESYSTEM',
      `no filesystem is registered for store ${store.location}, so nobody can say what is needed. Nothing was deleted`,
    );
  }
  if (catalog.objects.hasStrangers(row.storeId)) {
    throw new OperationalError(
      'ENOFILESYSTEM',
      `store ${store.location} has copies of a filesystem that this catalog does not know, since it was rebuilt: nobody can say what is needed there. Nothing was deleted`,
    );
  }
  return store;
}

/**
 * Deletes what has lain in the trash of the catalog's stores for long enough.
 * @throws StoreError, OperationalError ENOTMOUNTED, EINCOMPLETE: what was not certain was not deleted
 */
export async function purgeTrash(options: PurgeOptions): Promise<void> {
  for (const row of options.catalog.stores.list()) {
    const store = await openOwnStore(options.catalog, row);
    for await (const round of roundsOf(store, options)) {
      if (options.signal.aborted) return;
      await purgeRound(store, options, round);
    }
  }
}
