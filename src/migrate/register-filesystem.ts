import { randomBytes } from 'node:crypto';
import path from 'node:path';
import fs from 'node:fs';
import { assertCanBecomeStore } from '../archive/create-store.js';
import { PosixStore } from '../archive/posix-store.js';
import { StoreError } from '../archive/store-error.js';
import type { Catalog } from '../catalog/catalog.js';
import { assertCatalogElsewhere } from '../catalog/catalog-place.js';
import type { AttributeNamespace, FilesystemRow, NewFilesystemRow } from '../catalog/filesystem-rows.js';
import { openCatalog } from '../catalog/open-catalog.js';
import { holdWithin, locksFolder } from '../catalog/owner-lock.js';
import { ATTRIBUTE_NAME } from '../dm/attribute-layout.js';
import { decodeRootMark } from '../dm/root-mark.js';
import { fsIdOf, ID_BYTES } from '../dm/identity.js';
import { OperationalError } from '../errors.js';
import type { PathBytes } from '../native/io.js';
import { nativeCall } from '../native/native-error.js';
import { statIfPresent, statPath } from '../native/statx.js';
import { getAttribute } from '../native/xattr.js';
import { InodeAccess } from '../reconcile/inode-access.js';
import { findAttributeName } from '../scan/attribute-name.js';
import { openMount, type OpenMount } from '../scan/open-mount.js';
import { writeRootMark } from './operation-marks.js';

export interface RegisterOptions {
  readonly catalogPath: string;
  readonly mountPath: PathBytes;
  readonly archiveDir: PathBytes;
  readonly namespace: AttributeNamespace;
  /** Release is allowed though no recall daemon answers readers. */
  readonly unguarded: boolean;
}

export interface Registration {
  readonly filesystem: NewFilesystemRow;
  readonly storeLocation: string;
  readonly result: 'registered' | 'updated';
}

const latin1 = (bytes: PathBytes): string => bytes.toString('latin1');

/**
 * The archive would be lost, and full, together with the filesystem that it archives. A parent that is missing is said
 * here, before a catalog is made.
 */
function assertArchiveElsewhere(dir: PathBytes, mount: OpenMount): void {
  statPath(Buffer.from(path.dirname(path.resolve(latin1(dir))), 'latin1'));
  let folder = path.resolve(latin1(dir));
  while (statIfPresent(Buffer.from(folder, 'latin1')) === undefined) folder = path.dirname(folder);
  const real = nativeCall(folder, () => fs.realpathSync.native(Buffer.from(folder, 'latin1'), { encoding: 'buffer' }));
  if (statPath(real).device !== mount.mount.device) return;
  const where = `archive ${dir.toString()} lies on the filesystem that it is to hold copies of`;
  throw new OperationalError(
    'EARCHIVE_ON_FILESYSTEM',
    `${where} (${mount.mountPath.toString()}): name a folder elsewhere`,
  );
}

const otherCatalog = (mount: OpenMount, catalogPath: string): OperationalError =>
  new OperationalError(
    'EREGISTERED',
    `${mount.mountPath.toString()} carries the mark of another catalog than ${catalogPath}: name that catalog with --catalog; ` +
      'if it is lost, restore it from a backup, or make a new one with "hsmck rebuild"',
  );

/** The row of this filesystem from an earlier `init`, by its mark; or one whose `init` died before the mark. */
function earlierRow(catalog: Catalog, mount: OpenMount): FilesystemRow | undefined {
  const target = mount.mountPath.toString();
  const bytes = getAttribute(mount.rootFd, findAttributeName(mount.rootFd, target), target);
  if (bytes === undefined) {
    const { uuid } = mount.geometry;
    const sameRoot = (row: FilesystemRow): boolean =>
      row.root.ino === mount.rootId.ino && row.root.gen === mount.rootId.gen;
    const unused = (row: FilesystemRow): boolean =>
      Object.values(catalog.files.countByState(row.fs)).every((count) => count === 0);
    return catalog.filesystems.list().find((row) => row.uuid?.equals(uuid) && sameRoot(row) && unused(row));
  }
  const decoded = decodeRootMark(bytes);
  const row = decoded.kind === 'valid' ? catalog.filesystems.findByRandomId(decoded.mark.randomId) : undefined;
  if (row !== undefined) return row;
  throw otherCatalog(mount, catalog.path);
}

function hasMark(mount: OpenMount): boolean {
  const target = mount.mountPath.toString();
  return getAttribute(mount.rootFd, findAttributeName(mount.rootFd, target), target) !== undefined;
}

/** Said before anything is made: without its mark a filesystem is not registered. */
function assertMarkable(mount: OpenMount): void {
  const isReadOnly = [...mount.mount.options, ...mount.mount.superOptions].includes('ro');
  if (!isReadOnly || hasMark(mount)) return;
  throw new OperationalError(
    'EROFS',
    `${mount.mountPath.toString()} is mounted read-only: mount it writable to register it`,
  );
}

/** A first `init` that has to fail does so before it makes a catalog: an empty one would be taken for somebody's. */
function assertFirstCanSucceed(mount: OpenMount, options: RegisterOptions): void {
  if (fs.existsSync(options.catalogPath)) return;
  if (hasMark(mount)) throw otherCatalog(mount, options.catalogPath);
  assertCanBecomeStore(options.archiveDir);
}

/** The store of a filesystem that is registered; where it was is told to who names a folder that is not it. */
async function openEarlierStore(
  catalog: Catalog,
  mount: OpenMount,
  storeId: string,
  archiveDir: PathBytes,
): Promise<PosixStore> {
  const known = catalog.stores.find(storeId)?.location.toString();
  const where = known === undefined ? '' : ` at ${known}`;
  const registered = `${mount.mountPath.toString()} is registered with another archive store${where}`;
  try {
    const store = await PosixStore.open(archiveDir);
    if (store.storeId === storeId) return store;
    throw new OperationalError('EREGISTERED', `${registered}: its copies are there, so name that one`);
  } catch (error) {
    const isElsewhere = known !== undefined && known !== path.resolve(archiveDir.toString());
    if (!(error instanceof StoreError) || error.code !== 'ESTORE_UNREACHABLE' || !isElsewhere) throw error;
    // It may have been moved, and its new place not be mounted.
    throw new OperationalError('EREGISTERED', `${registered}; ${error.message}`, { cause: error });
  }
}

/**
 * A file that is moved between filesystems takes its attribute along. In another namespace nobody would look for it there: the
 * file would be archived as the zeros that it shows.
 */
function assertOneNamespace(catalog: Catalog, namespace: RegisterOptions['namespace']): void {
  const other = catalog.filesystems.list().find((row) => row.namespace !== namespace);
  if (other === undefined) return;
  throw new OperationalError(
    'ENAMESPACE',
    `${other.mountHint.toString()} of this catalog has --namespace ${other.namespace}: all filesystems of a catalog have the same`,
  );
}

/** An `init` takes a moment; one that makes a store on a slow disk, longer. */
const INIT_WAIT_MS = 30_000;

async function register(catalog: Catalog, mount: OpenMount, options: RegisterOptions): Promise<Registration> {
  const earlier = earlierRow(catalog, mount);
  if (earlier === undefined) assertOneNamespace(catalog, options.namespace);
  const { epoch, opLimit } = catalog.ops.state();
  // A filesystem that is registered has its store: no other one is made for it.
  const store =
    earlier === undefined
      ? await PosixStore.create(options.archiveDir, { catalogId: catalog.catalogId(), epoch, opLimit })
      : await openEarlierStore(catalog, mount, earlier.storeId, options.archiveDir);
  if (earlier !== undefined && earlier.namespace !== options.namespace) {
    const message = `${mount.mountPath.toString()} is registered with --namespace ${earlier.namespace}`;
    throw new OperationalError('EREGISTERED', message);
  }
  const randomId = earlier?.randomId ?? randomBytes(ID_BYTES);
  const filesystem: NewFilesystemRow = {
    fs: fsIdOf(randomId),
    randomId,
    type: mount.mount.type,
    uuid: mount.geometry.uuid,
    namespace: options.namespace,
    guarded: !options.unguarded,
    mountHint: mount.mountPath,
    storeId: store.storeId,
    root: mount.rootId,
    markLimit: earlier?.markLimit ?? opLimit,
    markAnnounced: earlier?.markAnnounced ?? opLimit,
    registeredMs: earlier?.registeredMs ?? Date.now(),
  };
  const location = nativeCall(options.archiveDir.toString(), () =>
    fs.realpathSync.native(options.archiveDir, { encoding: 'buffer' }),
  );
  catalog.transaction(() => {
    catalog.stores.put({ storeId: store.storeId, kind: 'posix', location, registeredMs: Date.now() });
    catalog.filesystems.put(filesystem);
  });
  // Last: a filesystem with a mark is a registered one. A crash before leaves a row that the next init takes up. A mark
  // that is there stays: writing it anew would wipe out the trace of a rollback.
  const access = new InodeAccess(mount, `${filesystem.namespace}.${ATTRIBUTE_NAME}`);
  if (!hasMark(mount)) writeRootMark({ mount, catalog, filesystem, access }, epoch, filesystem.markLimit);
  return { filesystem, storeLocation: store.location, result: earlier ? 'updated' : 'registered' };
}

/**
 * Registers a mounted filesystem and its archive store in a catalog, which is made if need be. Again is fine.
 * @throws OperationalError ENOTMOUNT, ENOTXFS, ECAPABILITY, EREGISTERED, EARCHIVE_ON_FILESYSTEM; CatalogError; StoreError
 */
export async function registerFilesystem(options: RegisterOptions): Promise<Registration> {
  const mount = openMount(options.mountPath);
  try {
    assertCatalogElsewhere(options.catalogPath, mount.mount.device);
    assertArchiveElsewhere(options.archiveDir, mount);
    assertMarkable(mount);
    assertFirstCanSucceed(mount, options);
    const catalog = openCatalog({ path: options.catalogPath, mode: 'create' });
    try {
      // Two at once would each make a store, and a row, of their own: the later one hides what the earlier was told.
      const alone = await holdWithin(path.join(locksFolder(catalog.path), 'init.lock'), INIT_WAIT_MS);
      try {
        return await register(catalog, mount, options);
      } finally {
        alone.release();
      }
    } finally {
      catalog.close();
    }
  } finally {
    mount.close();
  }
}
