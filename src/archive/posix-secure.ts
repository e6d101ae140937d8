import type { ObjectId } from '../dm/identity.js';
import { closeFd, fsyncFd, syncFilesystem, type PathBytes } from '../native/io.js';
import { statIfPresent } from '../native/statx.js';
import type { DurableFolders } from './durable-folders.js';
import { openFolder, openIfPresent, syncFolder } from './posix-files.js';
import { StoreError } from './store-error.js';
import { objectPaths } from './store-paths.js';
import { assertPresent, type StoreRoot } from './store-presence.js';

/** From here on one syncfs is cheaper than syncing each file and folder. */
const SYNC_EACH_MAX = 2;

function syncFile(path: PathBytes): void {
  const fd = openIfPresent(path);
  if (fd === undefined) return;
  try {
    fsyncFd(fd, path.toString());
  } finally {
    closeFd(fd);
  }
}

function syncAll(root: StoreRoot): void {
  const fd = openFolder(root.dir);
  try {
    syncFilesystem(fd, root.dir.toString());
  } finally {
    closeFd(fd);
  }
}

function syncEach(root: StoreRoot, folders: DurableFolders, objectId: ObjectId): void {
  const { data, sidecar } = objectPaths(root.dir, 'objects', objectId);
  for (const path of [data, sidecar]) syncFile(path);
  syncFolder(folders.ensure('objects', objectId));
}

/** ArchiveStore.secure */
export function secureObjects(root: StoreRoot, folders: DurableFolders, objectIds: readonly ObjectId[]): void {
  assertPresent(root);
  for (const objectId of objectIds) {
    const { data } = objectPaths(root.dir, 'objects', objectId);
    if (statIfPresent(data) !== undefined) continue;
    assertPresent(root);
    throw new StoreError('ESTORE_OBJECT_MISSING', `the archive store ${root.dir.toString()} has no object ${objectId}`);
  }
  if (objectIds.length > SYNC_EACH_MAX) syncAll(root);
  else for (const objectId of objectIds) syncEach(root, folders, objectId);
}
