/**
 * Moving objects between objects/ and trash/. Data and sidecar cannot move in one step, so each order is chosen such that
 * a second run finds out what is left to do: towards trash the record is durable first and the data goes before the
 * sidecar, so that objects/ never holds data of unknown origin; back it is the other way round, the record going last.
 */
import { randomUUID } from 'node:crypto';
import type { ObjectId } from '../dm/identity.js';
import { HsmckError } from '../errors.js';
import { closeFd, syncFilesystem, type PathBytes } from '../native/io.js';
import { statIfPresent } from '../native/statx.js';
import type { PurgeResult, TrashRequest } from './archive-store.js';
import type { DurableFolders } from './durable-folders.js';
import {
  makeFolder,
  openFolder,
  readRecord,
  removeFile,
  renamePath,
  replaceFile,
  syncFolder,
  writeNewFile,
} from './posix-files.js';
import { isOfMedium, StoreError } from './store-error.js';
import { joinPath, objectPaths, temporaryFolder, type ObjectPaths } from './store-paths.js';
import { assertPresent, type StoreRoot } from './store-presence.js';
import { encodeTrashRecord, parseTrashRecord, type TrashReason, type TrashRecord } from './trash-record.js';

const isThere = (path: PathBytes): boolean => statIfPresent(path) !== undefined;

interface Whereabouts {
  readonly live: ObjectPaths;
  readonly dropped: ObjectPaths;
  readonly liveData: boolean;
  readonly liveSidecar: boolean;
  readonly droppedData: boolean;
  readonly droppedSidecar: boolean;
}

/** @throws StoreError ESTORE_CONFLICT when a move would replace a file: both copies stay, a person decides */
function lookFor(root: StoreRoot, objectId: ObjectId): Whereabouts {
  assertPresent(root);
  const live = objectPaths(root.dir, 'objects', objectId);
  const dropped = objectPaths(root.dir, 'trash', objectId);
  const found = {
    live,
    dropped,
    liveData: isThere(live.data),
    liveSidecar: isThere(live.sidecar),
    droppedData: isThere(dropped.data),
    droppedSidecar: isThere(dropped.sidecar),
  };
  if ((found.liveData && found.droppedData) || (found.liveSidecar && found.droppedSidecar)) {
    throw new StoreError(
      'ESTORE_CONFLICT',
      `${live.data.toString()} and ${dropped.data.toString()} both exist: compare them and take one away`,
    );
  }
  // An unmounted store looks empty: what was seen counts only if the store was there all the while.
  assertPresent(root);
  return found;
}

/** The trash record of an object, undefined if there is none or it cannot be read: then the object has no age. */
export function readTrashRecord(root: StoreRoot, objectId: ObjectId): TrashRecord | undefined {
  const { trashRecord } = objectPaths(root.dir, 'trash', objectId);
  try {
    const text = readRecord(trashRecord);
    return text === undefined ? undefined : parseTrashRecord(text, trashRecord.toString());
  } catch (error) {
    if (error instanceof StoreError || isOfMedium(error)) return undefined;
    throw error;
  }
}

function writeTrashRecord(root: StoreRoot, paths: ObjectPaths, objectId: ObjectId, why: TrashReason): void {
  const top = temporaryFolder(root.dir);
  makeFolder(top);
  const temporary = joinPath(top, `${objectId}.trash.${randomUUID()}`);
  replaceFile(paths.trashRecord, paths.folder, temporary, encodeTrashRecord({ ...why, objectId }));
}

/** ArchiveStore.trash */
export function trashObject(
  root: StoreRoot,
  folders: DurableFolders,
  objectId: ObjectId,
  why: TrashReason,
): 'trashed' | 'already' | 'missing' {
  return trashFound(root, folders, { objectId, why }, lookFor(root, objectId));
}

function trashFound(
  root: StoreRoot,
  folders: DurableFolders,
  { objectId, why }: TrashRequest,
  found: Whereabouts,
): 'trashed' | 'already' | 'missing' {
  const { live, dropped } = found;
  const isLive = found.liveData || found.liveSidecar;
  if (!isLive && !found.droppedData && !found.droppedSidecar) return 'missing';
  if (isLive) folders.ensure('trash', objectId);
  // A record beside data that has not moved is left over from a restore: its age would let a purge come too early.
  if (found.liveData || !readTrashRecord(root, objectId)) writeTrashRecord(root, dropped, objectId, why);
  if (!isLive) return 'already';
  if (found.liveData) renamePath(live.data, dropped.data);
  if (found.liveSidecar) renamePath(live.sidecar, dropped.sidecar);
  // The new name first: a crash between the two syncs may show the object twice, never nowhere.
  syncFolder(dropped.folder);
  syncFolder(live.folder);
  return 'trashed';
}

/** Objects of a group that cannot be moved, each with its reason. */
type Unmoved = Map<ObjectId, HsmckError>;

/** As lookFor(), of one among many: where its own names are the trouble, the others go on. */
function lookForOne(root: StoreRoot, objectId: ObjectId, unmoved: Unmoved): Whereabouts | undefined {
  try {
    return lookFor(root, objectId);
  } catch (error) {
    const isItsOwn = isOfMedium(error) || (error instanceof StoreError && error.code === 'ESTORE_CONFLICT');
    if (!isItsOwn || !(error instanceof HsmckError)) throw error;
    // A store whose filesystem has shut down gives errors for every name in it.
    assertPresent(root);
    unmoved.set(objectId, error);
    return undefined;
  }
}

interface Move {
  readonly objectId: ObjectId;
  readonly found: Whereabouts;
  /** The record under a temporary name; undefined where a good one is there. */
  readonly temporary: PathBytes | undefined;
  readonly why: TrashReason;
}

function planMove(
  root: StoreRoot,
  folders: DurableFolders,
  { objectId, why }: TrashRequest,
  unmoved: Unmoved,
): Move | undefined {
  const found = lookForOne(root, objectId, unmoved);
  if (!found?.liveData && !found?.liveSidecar) return undefined;
  folders.ensure('trash', objectId);
  const needsRecord = found.liveData || !readTrashRecord(root, objectId);
  const top = temporaryFolder(root.dir);
  const temporary = needsRecord ? joinPath(top, `${objectId}.trash.${randomUUID()}`) : undefined;
  return { objectId, found, temporary, why };
}

/** Few objects are moved one by one; for more it is cheaper to sync the whole store. */
const TRASH_EACH_MAX = 2;

/**
 * ArchiveStore.trash for many objects: the same order as for one, with a sync of the whole filesystem in place of each
 * object's own. Objects that are not among the live ones are passed over: moved before, or never there.
 */
export function trashObjects(
  root: StoreRoot,
  folders: DurableFolders,
  requests: readonly TrashRequest[],
): ReadonlyMap<ObjectId, HsmckError> {
  const unmoved: Unmoved = new Map();
  if (requests.length <= TRASH_EACH_MAX) {
    for (const request of requests) {
      const found = lookForOne(root, request.objectId, unmoved);
      if (found !== undefined) trashFound(root, folders, request, found);
    }
    return unmoved;
  }
  makeFolder(temporaryFolder(root.dir));
  // Opened before the first write: syncfs(2) reports the write-back errors since its descriptor was opened.
  const syncFd = openFolder(root.dir);
  const sync = (): void => syncFilesystem(syncFd, root.dir.toString());
  try {
    const moves = requests.flatMap((request) => planMove(root, folders, request, unmoved) ?? []);
    for (const { objectId, temporary, why } of moves) {
      if (temporary) writeNewFile(temporary, encodeTrashRecord({ ...why, objectId }));
    }
    sync();
    for (const { temporary, found } of moves) if (temporary) renamePath(temporary, found.dropped.trashRecord);
    // The records before the data: what lies in the trash always has its age.
    sync();
    for (const { found } of moves) {
      if (found.liveData) renamePath(found.live.data, found.dropped.data);
      if (found.liveSidecar) renamePath(found.live.sidecar, found.dropped.sidecar);
    }
    sync();
    return unmoved;
  } finally {
    closeFd(syncFd);
  }
}

/** ArchiveStore.restore */
export function restoreObject(
  root: StoreRoot,
  folders: DurableFolders,
  objectId: ObjectId,
): 'restored' | 'already' | 'missing' {
  const found = lookFor(root, objectId);
  const { live, dropped } = found;
  const isDropped = found.droppedData || found.droppedSidecar;
  if (!isDropped && !found.liveData) return 'missing';
  if (isDropped) {
    folders.ensure('objects', objectId);
    if (found.droppedSidecar) renamePath(dropped.sidecar, live.sidecar);
    if (found.droppedData) renamePath(dropped.data, live.data);
    syncFolder(live.folder);
    syncFolder(dropped.folder);
  }
  if (removeFile(dropped.trashRecord)) syncFolder(dropped.folder);
  return isDropped ? 'restored' : 'already';
}

/** What is to be moved back: looked for before anything is moved. */
function planRestores(
  root: StoreRoot,
  objectIds: readonly ObjectId[],
  unmoved: Unmoved,
): ReadonlyMap<ObjectId, Whereabouts> {
  const due = new Map<ObjectId, Whereabouts>();
  for (const objectId of objectIds) {
    const found = lookForOne(root, objectId, unmoved);
    if (found?.droppedData || found?.droppedSidecar || found?.liveData) due.set(objectId, found);
  }
  return due;
}

/**
 * ArchiveStore.restoreMany: the same order as for one, with a sync of the whole filesystem in place of each object's own.
 */
export function restoreObjects(
  root: StoreRoot,
  folders: DurableFolders,
  objectIds: readonly ObjectId[],
): ReadonlyMap<ObjectId, HsmckError> {
  const unmoved: Unmoved = new Map();
  // Opened before the first write: syncfs(2) reports the write-back errors since its descriptor was opened.
  const syncFd = openFolder(root.dir);
  const sync = (): void => syncFilesystem(syncFd, root.dir.toString());
  try {
    const due = planRestores(root, objectIds, unmoved);
    for (const objectId of due.keys()) folders.ensure('objects', objectId);
    for (const { dropped, live, droppedSidecar, droppedData } of due.values()) {
      if (droppedSidecar) renamePath(dropped.sidecar, live.sidecar);
      if (droppedData) renamePath(dropped.data, live.data);
    }
    sync();
    // The records go last: while anything lies in the trash it has its age.
    const records = [...due.values()].filter(({ dropped }) => removeFile(dropped.trashRecord));
    if (records.length > 0) sync();
    return unmoved;
  } finally {
    closeFd(syncFd);
  }
}

/** ArchiveStore.purge. The record goes last, so that an interrupted purge still has its age. */
export function purgeObject(root: StoreRoot, objectId: ObjectId, trashedAtMs: number): PurgeResult {
  assertPresent(root);
  const { data, sidecar, trashRecord, folder } = objectPaths(root.dir, 'trash', objectId);
  const atMs = readTrashRecord(root, objectId)?.atMs;
  // Data without a record that can be read has no age.
  const isAnother = atMs === undefined ? isThere(data) : atMs !== trashedAtMs;
  if (isAnother) return { result: 'newer', freedBytes: 0n };
  const freedBytes = statIfPresent(data)?.sizeBytes ?? 0n;
  const removed = [data, sidecar, trashRecord].filter((path) => removeFile(path));
  if (removed.length === 0) {
    assertPresent(root);
    return { result: 'missing', freedBytes };
  }
  syncFolder(folder);
  return { result: 'purged', freedBytes };
}
