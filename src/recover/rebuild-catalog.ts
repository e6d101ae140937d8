/**
 * A lost catalog made anew, from the sidecars in the archive and the attributes on the filesystem. It is built beside its
 * place and gets its name last, so a crash leaves none, and running it again begins anew. It keeps the ids of the lost
 * one, in an epoch of its own: should the lost one turn up, it is refused. Neither filesystem nor archive is written to
 * but for their marks, at the end.
 */
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type { Catalog } from '../catalog/catalog.js';
import { realPathOf } from '../catalog/catalog-place.js';
import { newEpoch } from '../catalog/create-catalog.js';
import { openCatalog } from '../catalog/open-catalog.js';
import { livingOwners, locksFolder, tryHold } from '../catalog/owner-lock.js';
import { assertNoCatalog, placeCatalog } from '../catalog/place-catalog.js';
import { ATTRIBUTE_NAME } from '../dm/attribute-layout.js';
import { toOp, type FsId, type Op } from '../dm/identity.js';
import { OperationalError } from '../errors.js';
import { CancelledError } from '../migrate/busy-error.js';
import { openSession } from '../migrate/open-session.js';
import { BLOCK_OPS } from '../migrate/operation-marks.js';
import { InodeAccess } from '../reconcile/inode-access.js';
import type { BindingContext } from './rebuild-bindings.js';
import { rebuildFiles, type RebuiltFiles } from './rebuild-files.js';
import { rebuildObjects, type ArchivedObjects } from './rebuild-objects.js';
import {
  assertMayTakeOver,
  openParts,
  registration,
  type MarkedMount,
  type RebuildOptions,
  type RebuildParts,
} from './rebuild-parts.js';
import { rebuildStubs } from './rebuild-stubs.js';

export interface RebuildResult {
  readonly inodes: number;
  readonly managed: number;
  readonly bound: number;
  readonly unreadable: number;
  readonly objects: number;
  readonly passedOver: number;
  /** Sidecars that the medium does not give: what they tell of is not in the catalog. */
  readonly notGiven: number;
  /** Filesystems that have copies in the store and were not named. */
  readonly otherFilesystems: number;
  readonly epoch: bigint;
  readonly storeId: string;
  readonly seconds: number;
}

/**
 * A store that holds nothing of a filesystem, and has another mark, is another one's: nothing is concluded from copies
 * that are not in it.
 * @throws OperationalError ESTORE_OTHER
 */
function assertBelongs({ mounts, store, identity }: RebuildParts, { filesystems, epochs }: ArchivedObjects): void {
  for (const { mount, mark } of mounts) {
    if (filesystems.has(mark.fsId) || mark.epoch === identity.epoch || epochs.has(mark.epoch)) continue;
    throw new OperationalError(
      'ESTORE_OTHER',
      `store ${store.location} has no copy of any file of ${mount.mountPath.toString()}, and the mark of another catalog: name the right store`,
    );
  }
}

/** The new epoch begins above every number that anything tells of. */
function beginEpoch(
  catalog: Catalog,
  { mounts, identity }: RebuildParts,
  archived: ArchivedObjects,
  scanned: readonly RebuiltFiles[],
): bigint {
  const epoch = newEpoch();
  const marks = mounts.map(({ mark }) => mark);
  const tops: Op[] = [identity.opLimit, archived.highestOp];
  tops.push(...marks.map(({ opLimit }) => opLimit), ...scanned.map(({ highestOp }) => highestOp));
  const opLimit = toOp(tops.reduce((a, b) => (a > b ? a : b)) + BLOCK_OPS);
  catalog.transaction(() => {
    for (const former of new Set([identity.epoch, ...marks.map((mark) => mark.epoch), ...archived.epochs])) {
      catalog.formerEpochs.add({ epoch: former, leftMs: Date.now(), why: 'its catalog was lost, and rebuilt' });
    }
    catalog.ops.adopt({ epoch, opLimit });
    // What no file seems to need may be what the lost catalog alone knew the file of: it is kept.
    for (const mark of marks) catalog.filesystems.acceptMark(mark.fsId, mark.opLimit, opLimit);
  });
  return epoch;
}

/** The rows of one filesystem's files. */
async function rebuildFilesystem(
  catalog: Catalog,
  { store }: RebuildParts,
  { mount, mark }: MarkedMount,
  options: RebuildOptions,
): Promise<RebuiltFiles> {
  const { signal, dryRun, onAction } = options;
  const namespace = catalog.filesystems.find(mark.fsId)?.namespace ?? 'trusted';
  const access = new InodeAccess(mount, `${namespace}.${ATTRIBUTE_NAME}`);
  const context: BindingContext = { catalog, store, fs: mark.fsId, access };
  const scanned = await rebuildFiles(context, mount, options);
  await rebuildStubs(context, { isDryRun: dryRun, onAction }, signal);
  if (signal.aborted) throw new CancelledError();
  return scanned;
}

async function build(catalog: Catalog, parts: RebuildParts, options: RebuildOptions): Promise<RebuildResult> {
  const { mounts, store } = parts;
  const location = fs.realpathSync.native(options.archiveDir, { encoding: 'buffer' });
  catalog.transaction(() => {
    catalog.stores.put({ storeId: store.storeId, kind: 'posix', location, registeredMs: Date.now() });
    for (const one of mounts) catalog.filesystems.put(registration(one, store, options));
  });
  const archived = await rebuildObjects(catalog, store, options.signal);
  if (options.signal.aborted) throw new CancelledError();
  assertBelongs(parts, archived);
  const scanned: RebuiltFiles[] = [];
  for (const one of mounts) scanned.push(await rebuildFilesystem(catalog, parts, one, options));
  const epoch = beginEpoch(catalog, parts, archived, scanned);
  const sum = (count: (one: RebuiltFiles) => number): number => scanned.reduce((total, one) => total + count(one), 0);
  const named = new Set<FsId>(mounts.map(({ mark }) => mark.fsId));
  return {
    inodes: sum((one) => one.inodes),
    managed: sum((one) => one.managed),
    bound: sum((one) => one.bound),
    unreadable: sum((one) => one.unreadable),
    seconds: sum((one) => one.seconds),
    objects: archived.objects,
    passedOver: archived.passedOver,
    notGiven: archived.notGiven,
    otherFilesystems: [...archived.filesystems].filter((fsId) => !named.has(fsId)).length,
    epoch,
    storeId: store.storeId,
  };
}

function removeTemporary(temporary: string): void {
  for (const ending of ['', '-wal', '-shm', '-journal']) fs.rmSync(`${temporary}${ending}`, { force: true });
}

/** Builds it under another name, and gives it its own once it is whole. */
async function buildBeside(parts: RebuildParts, options: RebuildOptions, place: string): Promise<RebuildResult> {
  const folder = options.dryRun ? fs.mkdtempSync(path.join(os.tmpdir(), 'hsmck-rebuild-')) : path.dirname(place);
  const temporary = path.join(folder, `${path.basename(place)}.rebuilding`);
  try {
    // Of a run that died: only one at a time holds the lock.
    removeTemporary(temporary);
    const { catalogId, epoch, opLimit } = parts.identity;
    const catalog = openCatalog({ path: temporary, mode: 'create', identity: { catalogId, epoch, opLimit } });
    let result;
    try {
      result = await build(catalog, parts, options);
    } finally {
      catalog.close();
    }
    if (!options.dryRun) {
      options.passStep('rebuild:before-place');
      placeCatalog(temporary, place);
      options.passStep('rebuild:after-place');
    }
    return result;
  } finally {
    removeTemporary(temporary);
    if (options.dryRun) fs.rmSync(folder, { recursive: true, force: true });
  }
}

/** Moves the marks to the new epoch: the lost catalog is refused from then on. */
async function takeMarks({ catalogPath, mountPaths, passStep, signal }: RebuildOptions): Promise<void> {
  for (const mountPath of mountPaths)
    (await openSession({ catalogPath, mountPath, command: 'rebuild', passStep, signal })).close();
}

/** Who has the lost catalog open still goes on in it, and nobody else would know of what he does. */
function refuseLiving(place: string): void {
  const [file] = livingOwners(place);
  if (file === undefined) return;
  throw new OperationalError(
    'EREBUILDBUSY',
    `a process is still at work with the lost catalog ${place} (it holds ${file}): let it finish, or end it`,
  );
}

/**
 * Rebuilds the catalog of a store and of the filesystems whose files went to it.
 * @throws CatalogError ECATALOG_EXISTS; OperationalError ESTORE_OWNED, ENOTREGISTERED, EROOTMARK, ETWINS, EINCOMPLETE,
 *   EREBUILDBUSY, ESTORE_OTHER; StoreError; CancelledError: no catalog was made then
 */
export async function rebuildCatalog(options: RebuildOptions): Promise<RebuildResult> {
  const place = realPathOf(options.catalogPath);
  assertNoCatalog(place);
  const parts = await openParts(options);
  try {
    assertMayTakeOver(parts, options);
    if (options.dryRun) return await buildBeside(parts, options, place);
    refuseLiving(place);
    const lock = tryHold(path.join(locksFolder(place), 'rebuild.lock'));
    if (lock === undefined) {
      throw new OperationalError('EREBUILDBUSY', `another "hsmck rebuild" is at work on ${place}: let it finish`);
    }
    try {
      const result = await buildBeside(parts, options, place);
      await takeMarks(options);
      return result;
    } finally {
      lock.release();
    }
  } finally {
    for (const { mount } of parts.mounts) mount.close();
  }
}
