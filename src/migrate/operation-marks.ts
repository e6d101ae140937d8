/**
 * The high-water mark of operation numbers stands in the catalog, in the root inode and in the store, so that an older
 * one of the three, put back from a backup, shows. Order: announced in the catalog, root inode, store, catalog. A crash
 * in between leaves marks that are announced and not yet reached: no sign of anything.
 */
import path from 'node:path';
import { holdWithin, locksFolder } from '../catalog/owner-lock.js';
import type { NewFilesystemRow } from '../catalog/filesystem-rows.js';
import { toOp, type Op } from '../dm/identity.js';
import { encodeRootMark } from '../dm/root-mark.js';
import type { ArchiveStore } from '../archive/archive-store.js';
import { fsyncFd } from '../native/io.js';
import { isErrno } from '../native/native-error.js';
import { setAttribute } from '../native/xattr.js';
import type { RegisteredFilesystem } from '../reconcile/registered-filesystem.js';

/** Numbers reserved at a time. A run that takes none still moves the marks by so much: 64 bits last. */
export const BLOCK_OPS = 65_536n;
const LOCK_WAIT_MS = 30_000;

type Marked = Pick<RegisteredFilesystem, 'mount' | 'catalog' | 'access'> & {
  readonly filesystem: NewFilesystemRow;
};

/** Writes the mark to the root inode, durably. */
export function writeRootMark(subject: Marked, epoch: bigint, opLimit: Op): void {
  const { mount, filesystem, access } = subject;
  const target = `root folder of ${mount.mountPath.toString()}`;
  const { rootId, rootBtimeNs } = mount;
  const bytes = encodeRootMark({ randomId: filesystem.randomId, opLimit, epoch, ...rootId, rootBtimeNs });
  setAttribute(mount.rootFd, access.attributeName, bytes, target);
  fsyncFd(mount.rootFd, target);
}

/** Writes the store's mark. One of an epoch that the catalog has behind it is replaced: a rollback was accepted since. */
async function writeStoreMark({ catalog }: Marked, store: ArchiveStore, epoch: bigint, opLimit: Op): Promise<void> {
  const earlier = (await store.identity()).epoch;
  const replaces = catalog.formerEpochs.has(earlier) ? { replacesEpoch: earlier } : {};
  await store.writeMark({ epoch, opLimit }, replaces);
}

async function advance(subject: Marked, store: ArchiveStore, raise: (limit: Op) => void): Promise<void> {
  const { ops, filesystems } = subject.catalog;
  const { fs } = subject.filesystem;
  const { epoch, opLimit } = ops.state();
  const limit = toOp(opLimit + BLOCK_OPS);
  subject.catalog.transaction(() => {
    ops.announce(limit);
    filesystems.announceMark(fs, limit);
  });
  writeRootMark(subject, epoch, limit);
  try {
    await writeStoreMark(subject, store, epoch, limit);
  } catch (error) {
    // A store that is full, or mounted read-only, must not keep files from being recalled. Its mark stays behind, which
    // is a sign of nothing; the root inode's still tells an older catalog.
    if (!isErrno(error, 'ENOSPC', 'EDQUOT', 'EROFS')) throw error;
  }
  subject.catalog.transaction(() => {
    raise(limit);
    filesystems.setMark(fs, limit);
  });
}

/**
 * Runs `work` while no other process can move the marks: two that read the same limit and wrote marks in turn would leave
 * a mark behind the catalog, which is the sign of a rollback.
 * @throws OperationalError ELOCKFILE when other processes hold the marks for too long
 */
export async function aloneWithMarks<T>(catalogPath: string, work: () => Promise<T>): Promise<T> {
  const lock = await holdWithin(path.join(locksFolder(catalogPath), 'marks.lock'), LOCK_WAIT_MS);
  try {
    return await work();
  } finally {
    lock.release();
  }
}

/**
 * Begins a run: its numbers are above those of every run before.
 * @param check called when no other process can move the marks, before they are moved; throws if they do not agree
 * @throws OperationalError ELOCKFILE when other processes hold the marks for too long
 */
export async function startRun(subject: Marked, store: ArchiveStore, check: () => void): Promise<void> {
  await aloneWithMarks(subject.catalog.path, async () => {
    check();
    await advance(subject, store, (limit) => subject.catalog.ops.startRun(limit));
  });
}

/** So many more than are asked for: other processes take theirs from the same ones, between this look and the taking. */
const SPARE_OPS = 16_384;

/** Makes sure that `count` numbers can be taken. */
export async function ensureOps(subject: Marked, store: ArchiveStore, count: number): Promise<void> {
  const isLow = (): boolean => {
    const { opLimit, nextOp } = subject.catalog.ops.state();
    return opLimit - nextOp < BigInt(count + SPARE_OPS);
  };
  if (!isLow()) return;
  await aloneWithMarks(subject.catalog.path, async () => {
    if (isLow()) await advance(subject, store, (limit) => subject.catalog.ops.raiseLimit(limit));
  });
}
