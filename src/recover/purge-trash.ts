/**
 * The only place that deletes archived bytes. An object goes only if it has lain in the trash for long enough, reads back as
 * what its name says, and a complete scan of every filesystem of the catalog, made now, found no attribute that names it.
 */
import { setImmediate } from 'node:timers/promises';
import { PosixStore } from '../archive/posix-store.js';
import type { ArchiveStore, PurgeResult } from '../archive/archive-store.js';
import { isOfMedium, StoreError } from '../archive/store-error.js';
import type { Catalog } from '../catalog/catalog.js';
import type { StoreRow } from '../catalog/store-rows.js';
import type { ObjectId } from '../dm/identity.js';
import { HsmckError, OperationalError } from '../errors.js';
import { CancelledError } from '../migrate/busy-error.js';
import { NativeError } from '../native/native-error.js';
import { compareMark } from '../reconcile/marks.js';
import { counter, type OnReading } from '../reconcile/reading-progress.js';
import { isFormerEpochOf } from '../reconcile/registered-filesystem.js';
import { isLastOfItsFile } from './copy-stands.js';
import { doubtOf, type TrashedCopy } from './doubtful-trash.js';
import { isKept } from './history.js';
import { assertScannable, namedObjects } from './named-objects.js';

export interface PurgeOptions {
  readonly catalog: Catalog;
  readonly olderThanMs: number;
  /** Says what would go, and deletes nothing. */
  readonly dryRun: boolean;
  /** Deletes copies too of which nobody knows whose bytes they have: nothing is read. */
  readonly damaged: boolean;
  readonly threads: number;
  readonly signal: AbortSignal;
  readonly nowMs: number;
  readonly onObject: (object: PurgedObject) => void;
  readonly onReading?: OnReading;
}

export interface PurgedObject {
  readonly objectId: ObjectId;
  readonly result: 'purged' | 'planned' | 'kept' | 'failed';
  readonly why?: string;
  readonly sizeBytes: bigint;
}

interface Candidate extends TrashedCopy {
  readonly sizeBytes: bigint;
  readonly trashedAtMs: number;
}

/** Scanning every filesystem for each round is dear, so a round is large; memory stays bounded all the same. */
const ROUND_OBJECTS_MAX = 100_000;

async function* roundsOf(store: ArchiveStore, options: PurgeOptions): AsyncGenerator<Candidate[]> {
  let round: Candidate[] = [];
  for await (const entry of store.list()) {
    // An entry without a record has no age: it stays.
    if (entry.where !== 'trash' || entry.objectId === undefined || entry.trashedAtMs === undefined) continue;
    if (options.nowMs - entry.trashedAtMs < options.olderThanMs) continue;
    const { objectId, sizeBytes, hasData, trashedAtMs, trashReason } = entry;
    round.push({ objectId, sizeBytes, hasData, trashedAtMs, trashReason });
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

/** Files that a catalog of that time has not heard of may live on a copy: on a filesystem, say, that was registered later. */
function keptSinceRollback({ filesystems, objects }: Catalog, objectId: ObjectId): string | undefined {
  const row = objects.find(objectId);
  const made = filesystems.list().filter(({ fs }) => row === undefined || fs === row.fs);
  if (!made.some((filesystem) => isKept(filesystem, [row?.op]))) return undefined;
  return (
    'it is from before a rollback that was accepted, so the catalog may not know which file needs it. ' +
    'If none does, run "hsmck recover --apply --accept-deleted" first'
  );
}

/** An earlier version is of no use as long as the later one is there, and all that there is once that is lost. */
async function lastOfFile(catalog: Catalog, store: ArchiveStore, objectId: ObjectId): Promise<string | undefined> {
  const made = catalog.objects.find(objectId);
  if (made === undefined || !(await isLastOfItsFile(catalog, store, made))) return undefined;
  return 'it is an earlier version of a file whose present copy is gone or not known to be good: see to that one first';
}

/** Why copies have to stay whose bytes may be another file's. They are read for it, unless told otherwise. */
async function doubtsIn(
  store: ArchiveStore,
  { catalog, damaged, signal, onReading }: PurgeOptions,
  round: readonly Candidate[],
): Promise<ReadonlyMap<ObjectId, string>> {
  const doubts = new Map<ObjectId, string>();
  if (damaged) return doubts;
  const isRead = counter(onReading, 'copies', () => round.length);
  const stopIfCancelled = (): void => {
    if (signal.aborted) throw new CancelledError();
  };
  for (const candidate of round) {
    // Signals get their turn: what is done for small copies never waits for anything.
    await setImmediate();
    stopIfCancelled();
    const { objectId } = candidate;
    // What stays anyway is not read.
    const isNeeded = catalogNeed(catalog, objectId) ?? (await lastOfFile(catalog, store, objectId));
    if (isNeeded === undefined) {
      const doubt = await doubtOf(catalog, store, candidate, stopIfCancelled);
      if (doubt !== undefined) doubts.set(objectId, doubt);
    }
    isRead();
  }
  return doubts;
}

/** On the filesystems of every store: a file can be moved between those whose copies lie in different ones. */
async function namedIn(
  { catalog, threads, signal }: PurgeOptions,
  round: readonly Candidate[],
): Promise<ReadonlySet<ObjectId>> {
  const objects = round.map(({ objectId }) => objectId);
  const named = new Set<ObjectId>();
  for (const filesystem of catalog.filesystems.list()) {
    for (const objectId of await namedObjects({ catalog, filesystem, objects, threads, signal })) named.add(objectId);
  }
  return named;
}

/** A broken inode of the archive must not keep all others from being deleted: what there is to say of it is returned. */
async function purgeUnlessBroken(
  store: ArchiveStore,
  { objectId, trashedAtMs }: Candidate,
): Promise<PurgeResult | HsmckError> {
  try {
    return await store.purge(objectId, trashedAtMs);
  } catch (error) {
    // A sync that failed is no matter of one inode, and is not passed over.
    if (!(error instanceof NativeError) || !isOfMedium(error) || error.call === 'fsync') throw error;
    // A store whose filesystem has shut down gives errors for every name in it.
    await store.identity();
    return error;
  }
}

async function deleteOne(
  store: ArchiveStore,
  { catalog, dryRun, onObject }: PurgeOptions,
  candidate: Candidate,
): Promise<void> {
  const { objectId, sizeBytes } = candidate;
  if (dryRun) return onObject({ objectId, result: 'planned', sizeBytes });
  // The bytes first: a row that says `purged` over bytes that are there would hide them for ever.
  const purged = await purgeUnlessBroken(store, candidate);
  if (purged instanceof HsmckError)
    return onObject({
      objectId,
      result: 'failed',
      why: `the medium does not let go of it: ${purged.message}`,
      sizeBytes,
    });
  const { result, freedBytes } = purged;
  if (result === 'newer')
    return onObject({ objectId, result: 'kept', why: 'it was dropped anew meanwhile', sizeBytes });
  // Not there any more: whoever took it has told the catalog.
  if (result === 'missing') return;
  catalog.objects.setStatus(objectId, 'purged');
  onObject({ objectId, result: 'purged', sizeBytes: freedBytes });
}

/** Reading may take hours, so it comes before the scan: what a file names when the scan ends is kept. */
async function purgeRound(store: ArchiveStore, options: PurgeOptions, round: readonly Candidate[]): Promise<void> {
  // What would end it behind hours of reading ends it here.
  for (const filesystem of options.catalog.filesystems.list()) assertScannable(options.catalog, filesystem);
  const doubts = await doubtsIn(store, options, round);
  const named = await namedIn(options, round);
  for (const candidate of round) {
    await setImmediate();
    if (options.signal.aborted) return;
    const { objectId, sizeBytes } = candidate;
    const need = named.has(objectId) ? 'a file still names it' : catalogNeed(options.catalog, objectId);
    const why =
      need ??
      keptSinceRollback(options.catalog, objectId) ??
      doubts.get(objectId) ??
      (await lastOfFile(options.catalog, store, objectId));
    if (why === undefined) await deleteOne(store, options, candidate);
    else options.onObject({ objectId, result: 'kept', why, sizeBytes });
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
 * @throws StoreError, OperationalError ENOTMOUNTED, EINCOMPLETE, CancelledError: what was not certain was not deleted
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
