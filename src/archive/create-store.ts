import { randomUUID } from 'node:crypto';
import { dirname } from 'node:path';
import type { PathBytes } from '../native/io.js';
import { statIfPresent } from '../native/statx.js';
import { assertFolderWritable, listFolder, makeFolder, syncFolder } from './posix-files.js';
import { withStoreLock, writeStoreFile } from './posix-mark.js';
import { StoreError } from './store-error.js';
import type { StoreIdentity, StoreMark } from './store-identity.js';
import { joinPath } from './store-paths.js';
import { readStoreIdentity } from './store-presence.js';

/** Whose store it becomes. */
export interface NewStore extends StoreMark {
  readonly catalogId: string;
}

/** The folders of a store. */
export const STORE_FOLDERS = ['objects', 'trash', 'tmp'];
/** What an attempt that died before store.json was written leaves, and what mkfs puts into a new filesystem. */
const HARMLESS = [...STORE_FOLDERS, 'store.lock', 'lost+found'];

function assertFree(dir: PathBytes): void {
  const strange = (listFolder(dir) ?? []).find((name) => !HARMLESS.includes(name.toString()));
  const used = ['objects', 'trash'].find((name) => (listFolder(joinPath(dir, name)) ?? []).length > 0);
  if (strange === undefined && used === undefined) return;
  throw new StoreError(
    'ESTORE_NOT_EMPTY',
    `${dir.toString()} holds "${strange?.toString() ?? used}" but no store.json: name an empty folder, or put store.json back`,
  );
}

/** latin1 keeps every byte. */
const parentOf = (path: PathBytes): PathBytes => Buffer.from(dirname(path.toString('latin1')), 'latin1');

const hasStoreFile = (dir: PathBytes): boolean =>
  (listFolder(dir) ?? []).some((name) => name.toString() === 'store.json');

/**
 * Says why a folder cannot become the store of a catalog that is still to be made, before one is made for nothing.
 * @throws StoreError ESTORE_NOT_EMPTY, ESTORE_FOREIGN; NativeError
 */
export function assertCanBecomeStore(dir: PathBytes): void {
  if (hasStoreFile(dir)) {
    const { catalogId } = readStoreIdentity(dir);
    throw new StoreError(
      'ESTORE_FOREIGN',
      `${dir.toString()} is the store of catalog ${catalogId}: name that catalog with --catalog, or another folder`,
    );
  }
  assertFree(dir);
  assertFolderWritable(statIfPresent(dir) === undefined ? parentOf(dir) : dir);
}

/**
 * Makes a folder an archive store, or finds that it is this catalog's already. store.json comes last: until then the
 * folder is no store. The folder itself is created if need be, its parent is not.
 * @throws StoreError ESTORE_NOT_EMPTY, ESTORE_FOREIGN, ESTORE_BUSY; NativeError
 */
export async function createStore(dir: PathBytes, owner: NewStore): Promise<StoreIdentity> {
  if (makeFolder(dir)) syncFolder(parentOf(dir));
  const earlier = ownStore(dir, owner);
  if (earlier !== undefined) return earlier;
  // Before the lock, whose file would be left in somebody's folder.
  try {
    assertFree(dir);
  } catch (error) {
    // What is there may be another's store, made in this moment.
    const now = ownStore(dir, owner);
    if (now !== undefined) return now;
    throw error;
  }
  // Two at once would each be told that it is theirs.
  return withStoreLock(dir, () => ownStore(dir, owner) ?? makeStore(dir, owner));
}

/** The store that is there already, if it is this catalog's. */
function ownStore(dir: PathBytes, { catalogId }: NewStore): StoreIdentity | undefined {
  if (!hasStoreFile(dir)) return undefined;
  const identity = readStoreIdentity(dir);
  if (identity.catalogId === catalogId) return identity;
  throw new StoreError(
    'ESTORE_FOREIGN',
    `${dir.toString()} is the store of catalog ${identity.catalogId}, not of ${catalogId}: name another folder`,
  );
}

function makeStore(dir: PathBytes, owner: NewStore): StoreIdentity {
  assertFree(dir);
  for (const name of STORE_FOLDERS) makeFolder(joinPath(dir, name));
  syncFolder(dir);
  const { catalogId, epoch, opLimit } = owner;
  const identity = { storeId: randomUUID(), catalogId, epoch, opLimit, createdMs: Date.now() };
  writeStoreFile(dir, identity);
  return identity;
}
