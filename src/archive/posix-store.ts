import type { ObjectId } from '../dm/identity.js';
import type { HsmckError } from '../errors.js';
import type { PathBytes } from '../native/io.js';
import { isRegularFile, statIfPresent } from '../native/statx.js';
import type {
  ArchiveStore,
  ExpectedObject,
  ObjectStat,
  ObjectVerdict,
  PurgeResult,
  StoreEntry,
  TrashRequest,
} from './archive-store.js';
import type { ChunkHook, ContentSource } from './content-reader.js';
import type { ContentDestination } from './copy-content.js';
import { createStore, STORE_FOLDERS, type NewStore } from './create-store.js';
import { DurableFolders } from './durable-folders.js';
import { PosixBatch } from './posix-batch.js';
import { assertFolderWritable, readRecord, statUnlessBroken } from './posix-files.js';
import { listStore } from './posix-list.js';
import { writeStoreMark } from './posix-mark.js';
import { fetchObject, verifyObject, withOpenObject } from './posix-read.js';
import { secureObjects } from './posix-secure.js';
import { purgeObject, restoreObject, restoreObjects, trashObject, trashObjects } from './posix-trash.js';
import { parseSidecar, type Sidecar } from './sidecar.js';
import type { BatchOptions, StoreBatch } from './store-batch.js';
import { StoreError } from './store-error.js';
import type { StoreIdentity, StoreMark } from './store-identity.js';
import { joinPath, objectPaths } from './store-paths.js';
import { assertPresent, identityOf, readStoreIdentity, type StoreRoot } from './store-presence.js';
import { sweepRuns } from './temporary-run.js';
import type { TrashReason } from './trash-record.js';

/**
 * An archive store in a folder, best on a filesystem of its own (docs/format.md, "The archive store"). Objects are plain
 * files with the archived bytes: an administrator can copy one back by hand.
 */
export class PosixStore implements ArchiveStore {
  readonly location: string;
  readonly storeId: string;
  readonly #root: StoreRoot;
  readonly #folders: DurableFolders;

  private constructor(dir: PathBytes, storeId: string) {
    this.location = dir.toString();
    this.storeId = storeId;
    this.#root = { dir, storeId };
    this.#folders = new DurableFolders(dir);
  }

  /**
   * Opens the store in a folder.
   * @throws StoreError ESTORE_UNREACHABLE if there is no store.json, ESTORE_FOREIGN if it is not one of this version
   */
  static async open(dir: PathBytes): Promise<PosixStore> {
    return new PosixStore(dir, readStoreIdentity(dir).storeId);
  }

  /**
   * Makes a store in an empty or new folder; the same catalog's store is opened as it is, its mark untouched.
   * @throws StoreError ESTORE_NOT_EMPTY, ESTORE_FOREIGN; NativeError
   */
  static async create(dir: PathBytes, owner: NewStore): Promise<PosixStore> {
    return new PosixStore(dir, (await createStore(dir, owner)).storeId);
  }

  async identity(): Promise<StoreIdentity> {
    return identityOf(this.#root);
  }

  async assertWritable(): Promise<void> {
    assertPresent(this.#root);
    assertFolderWritable(this.#root.dir);
    for (const place of STORE_FOLDERS) {
      const folder = joinPath(this.#root.dir, place);
      if (statIfPresent(folder) !== undefined) assertFolderWritable(folder);
    }
  }

  async writeMark(mark: StoreMark, options: { readonly replacesEpoch?: bigint } = {}): Promise<StoreIdentity> {
    return writeStoreMark(this.#root, mark, options.replacesEpoch);
  }

  async beginBatch(options: BatchOptions = {}): Promise<StoreBatch> {
    assertPresent(this.#root);
    return new PosixBatch({ root: this.#root, folders: this.#folders }, options);
  }

  async stat(objectId: ObjectId): Promise<ObjectStat> {
    assertPresent(this.#root);
    for (const where of ['objects', 'trash'] as const) {
      const paths = objectPaths(this.#root.dir, where, objectId);
      const data = statIfPresent(paths.data);
      if (data && isRegularFile(data.mode))
        return { where, sizeBytes: data.sizeBytes, hasSidecar: statUnlessBroken(paths.sidecar) !== undefined };
    }
    const { sidecar } = objectPaths(this.#root.dir, 'objects', objectId);
    const hasSidecar = statUnlessBroken(sidecar) !== undefined;
    assertPresent(this.#root);
    return { where: 'missing', sizeBytes: 0n, hasSidecar };
  }

  async verify(
    objectId: ObjectId,
    expected: ExpectedObject,
    onChunk?: ChunkHook,
    place: 'objects' | 'trash' = 'objects',
  ): Promise<ObjectVerdict> {
    return verifyObject(this.#root, { objectId, place }, expected, onChunk);
  }

  async secure(objectIds: readonly ObjectId[]): Promise<void> {
    secureObjects(this.#root, this.#folders, objectIds);
  }

  async withObject<T>(
    objectId: ObjectId,
    use: (object: ContentSource) => Promise<T>,
    place: 'objects' | 'trash' = 'objects',
  ): Promise<T> {
    // Boxed, so that what `use` returns is never taken for "no such object".
    const box = await withOpenObject(this.#root, { objectId, place }, async (object) => ({ value: await use(object) }));
    if (box) return box.value;
    throw new StoreError('ESTORE_OBJECT_MISSING', `the archive store ${this.location} has no object ${objectId}`);
  }

  async fetch(
    objectId: ObjectId,
    destination: ContentDestination,
    expected: ExpectedObject,
    onChunk?: ChunkHook,
  ): Promise<ObjectVerdict> {
    return fetchObject(this.#root, objectId, destination, expected, onChunk);
  }

  async readSidecar(objectId: ObjectId, place: 'objects' | 'trash' = 'objects'): Promise<Sidecar | undefined> {
    assertPresent(this.#root);
    const path = objectPaths(this.#root.dir, place, objectId).sidecar;
    const text = readRecord(path);
    if (text === undefined) {
      assertPresent(this.#root);
      return undefined;
    }
    const sidecar = parseSidecar(text, path.toString());
    if (sidecar.objectId === objectId) return sidecar;
    throw new StoreError(
      'ESTORE_MISPLACED',
      `${path.toString()} describes object ${sidecar.objectId}: it was misplaced`,
    );
  }

  async trash(objectId: ObjectId, why: TrashReason): Promise<'trashed' | 'already' | 'missing'> {
    return trashObject(this.#root, this.#folders, objectId, why);
  }

  async trashMany(requests: readonly TrashRequest[]): Promise<ReadonlyMap<ObjectId, HsmckError>> {
    return trashObjects(this.#root, this.#folders, requests);
  }

  async restore(objectId: ObjectId): Promise<'restored' | 'already' | 'missing'> {
    return restoreObject(this.#root, this.#folders, objectId);
  }

  async restoreMany(objectIds: readonly ObjectId[]): Promise<ReadonlyMap<ObjectId, HsmckError>> {
    return restoreObjects(this.#root, this.#folders, objectIds);
  }

  async purge(objectId: ObjectId, trashedAtMs: number): Promise<PurgeResult> {
    return purgeObject(this.#root, objectId, trashedAtMs);
  }

  list(): AsyncIterable<StoreEntry> {
    return listStore(this.#root);
  }

  async sweepTemporary(olderThanMs: number): Promise<number> {
    assertPresent(this.#root);
    return sweepRuns(this.#root.dir, olderThanMs);
  }
}
