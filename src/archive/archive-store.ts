/** What every archive store can do, whatever it keeps its objects in. test/contract holds the suite that all of them pass. */
import type { ObjectId } from '../dm/identity.js';
import type { HsmckError } from '../errors.js';
import type { ChunkHook, ContentSource } from './content-reader.js';
import type { ContentDestination } from './copy-content.js';
import type { StoreBatch, BatchOptions } from './store-batch.js';
import type { Sidecar } from './sidecar.js';
import type { StoreIdentity, StoreMark } from './store-identity.js';
import type { TrashReason } from './trash-record.js';

/** Where in a store something lies. */
export type StorePlace = 'objects' | 'trash' | 'tmp';

/** What an object's bytes have to be. */
export interface ExpectedObject {
  readonly sizeBytes: bigint;
  /** 32 bytes. */
  readonly sha256: Buffer;
}

/** An object to be moved to trash, and why. */
export interface TrashRequest {
  readonly objectId: ObjectId;
  readonly why: TrashReason;
}

/** `good` is the only one that lets anything be punched (docs/protocol.md: right size is not enough). */
export type ObjectVerdict = 'good' | 'missing' | 'size-differs' | 'digest-differs';

export interface ObjectStat {
  /** Where the data is; `missing` if it is in neither place. */
  readonly where: 'objects' | 'trash' | 'missing';
  /** Of the data; 0 when it is missing. */
  readonly sizeBytes: bigint;
  /** A sidecar lies beside the data, or where the data should be. */
  readonly hasSidecar: boolean;
}

/** One object, or one name that belongs to none, as `list` finds it. */
export interface StoreEntry {
  readonly where: StorePlace;
  /** Not there for a name that is no object's, or lies where that object is not looked for. */
  readonly objectId?: ObjectId;
  /** Path within the store, without the sidecar's ending; lossy if it is not UTF-8. */
  readonly name: string;
  readonly hasData: boolean;
  readonly hasSidecar: boolean;
  /** Of the data; 0 without data. */
  readonly sizeBytes: bigint;
  /** In trash/ only; not there if the trash record is missing or broken: such an entry has no age. */
  readonly trashedAtMs?: number;
  /** In trash/ only, from the same record. */
  readonly trashReason?: string;
}

export interface PurgeResult {
  /** `newer`: its record is not the one that the caller saw, since it was restored and dropped again. */
  readonly result: 'purged' | 'missing' | 'newer';
  readonly freedBytes: bigint;
}

/**
 * An archive store. Every method first makes sure that the store is there and still the one that was opened: it throws
 * StoreError ESTORE_UNREACHABLE or ESTORE_FOREIGN rather than say `missing` of a store that is not mounted. Failures of
 * the system (ENOSPC, EROFS, EDQUOT, EIO, ...) are NativeErrors that name the path.
 */
export interface ArchiveStore {
  /** For messages: a path or an address. */
  readonly location: string;
  readonly storeId: string;

  /** Whose store it is, read anew. */
  identity(): Promise<StoreIdentity>;

  /**
   * Makes sure that the store takes writes, as far as that can be known without one: to be asked before anything is given
   * up that a write to the store has to follow.
   * @throws NativeError EROFS, EACCES and others
   */
  assertWritable(): Promise<void>;

  /**
   * Advances the owner's mark, atomically and durably. The limit never goes down within an epoch, and the epoch only
   * changes from the one that `replacesEpoch` names.
   * @throws StoreError ESTORE_ROLLBACK, ESTORE_EPOCH, ESTORE_BUSY
   */
  writeMark(mark: StoreMark, options?: { readonly replacesEpoch?: bigint }): Promise<StoreIdentity>;

  /** Begins a series of puts, which become durable together. Must be closed. */
  beginBatch(options?: BatchOptions): Promise<StoreBatch>;

  stat(objectId: ObjectId): Promise<ObjectStat>;

  /** Reads an object back from the medium, past the page cache, and compares. It is looked for in that place alone. */
  verify(
    objectId: ObjectId,
    expected: ExpectedObject,
    onChunk?: ChunkHook,
    place?: 'objects' | 'trash',
  ): Promise<ObjectVerdict>;

  /**
   * Makes objects durable that are in the store, their names included: whoever put one may have died before its last sync,
   * and then it reads back well and is gone with the next power cut.
   * @throws StoreError ESTORE_OBJECT_MISSING; a failed sync is a NativeError, and nothing may rely on these objects
   */
  secure(objectIds: readonly ObjectId[]): Promise<void>;

  /**
   * Opens an object for reading while `use` runs, to be compared or copied by ranges.
   * @throws StoreError ESTORE_OBJECT_MISSING
   */
  withObject<T>(
    objectId: ObjectId,
    use: (object: ContentSource) => Promise<T>,
    place?: 'objects' | 'trash',
  ): Promise<T>;

  /**
   * Copies an object into an empty file, keeping holes. The destination may be used only after `good`; it is not synced.
   */
  fetch(
    objectId: ObjectId,
    destination: ContentDestination,
    expected: ExpectedObject,
    onChunk?: ChunkHook,
  ): Promise<ObjectVerdict>;

  /**
   * The sidecar, or undefined if there is none.
   * @throws StoreError ESTORE_RECORD if it is broken, ESTORE_MISPLACED if it is another object's
   */
  readSidecar(objectId: ObjectId, place?: 'objects' | 'trash'): Promise<Sidecar | undefined>;

  /** Moves an object to trash. Run again, it completes what a crash cut short. `already` keeps the first run's record. */
  trash(objectId: ObjectId, why: TrashReason): Promise<'trashed' | 'already' | 'missing'>;

  /**
   * Moves many objects to trash with few syncs. Those that are not among the live ones are passed over. It names those that
   * stay where they are, one by one: the medium does not give their names, or both places have them (ESTORE_CONFLICT). Any
   * other failure may leave some of them moved: run again, it completes the rest.
   */
  trashMany(requests: readonly TrashRequest[]): Promise<ReadonlyMap<ObjectId, HsmckError>>;

  /** Moves an object back from trash; completes what a crash cut short. */
  restore(objectId: ObjectId): Promise<'restored' | 'already' | 'missing'>;

  /**
   * Moves many objects back, sharing the syncs: all are durably in their place when it returns, but for those that it
   * names, of which nothing was moved (ESTORE_CONFLICT, errors of the medium). What is there already, or nowhere, is passed over.
   * @throws StoreError ESTORE_UNREACHABLE; NativeError: then nothing is known of any of them
   */
  restoreMany(objectIds: readonly ObjectId[]): Promise<ReadonlyMap<ObjectId, HsmckError>>;

  /** Deletes an object for good that was dropped at that time. Only from trash, never from objects. */
  purge(objectId: ObjectId, trashedAtMs: number): Promise<PurgeResult>;

  /**
   * Everything in the store: objects, then trash, then tmp. Memory is bounded by one folder. Fails rather than end
   * early when the store goes away.
   */
  list(): AsyncIterable<StoreEntry>;

  /**
   * Deletes temporary files of dead runs that are at least so old. Never touches objects or trash.
   * @returns the number of runs swept
   */
  sweepTemporary(olderThanMs: number): Promise<number>;
}
