/**
 * The high-water mark of operation numbers stands in the catalog, in the root inode and in the store, so that an older
 * one of the three, put back from a backup, shows. Order: announced in the catalog, root inode, store, catalog. A crash
 * in between leaves marks that are announced and not yet reached: no sign of anything.
 */
import { toOp, type Op } from '../dm/identity.js';
import { encodeRootMark } from '../dm/root-mark.js';
import type { ArchiveStore } from '../archive/archive-store.js';
import { fsyncFd } from '../native/io.js';
import { isErrno } from '../native/native-error.js';
import { setAttribute } from '../native/xattr.js';
import type { RegisteredFilesystem } from '../reconcile/registered-filesystem.js';

/** Numbers reserved at a time. A run that takes none still moves the marks by so much: 64 bits last. */
const BLOCK = 65_536n;

type Marked = Pick<RegisteredFilesystem, 'mount' | 'catalog' | 'filesystem' | 'access'>;

/** Writes the mark to the root inode, durably. */
export function writeRootMark(subject: Marked, epoch: bigint, opLimit: Op): void {
  const { mount, filesystem, access } = subject;
  const target = `root folder of ${mount.mountPath.toString()}`;
  const bytes = encodeRootMark({ randomId: filesystem.randomId, opLimit, epoch, ...mount.rootId });
  setAttribute(mount.rootFd, access.attributeName, bytes, target);
  fsyncFd(mount.rootFd, target);
}

async function advance(subject: Marked, store: ArchiveStore, raise: (limit: Op) => void): Promise<void> {
  const { ops } = subject.catalog;
  const { epoch, opLimit } = ops.state();
  const limit = toOp(opLimit + BLOCK);
  ops.announce(limit);
  writeRootMark(subject, epoch, limit);
  try {
    await store.writeMark({ epoch, opLimit: limit });
  } catch (error) {
    // A store that is full, or mounted read-only, must not keep files from being recalled. Its mark stays behind, which
    // is a sign of nothing; the root inode's still tells an older catalog.
    if (!isErrno(error, 'ENOSPC', 'EDQUOT', 'EROFS')) throw error;
  }
  raise(limit);
}

/** Begins a run: its numbers are above those of every run before. */
export async function startRun(subject: Marked, store: ArchiveStore): Promise<void> {
  await advance(subject, store, (limit) => subject.catalog.ops.startRun(limit));
}

/** Makes sure that `count` numbers can be taken. */
export async function ensureOps(subject: Marked, store: ArchiveStore, count: number): Promise<void> {
  const { opLimit, nextOp } = subject.catalog.ops.state();
  if (opLimit - nextOp < BigInt(count)) await advance(subject, store, (limit) => subject.catalog.ops.raiseLimit(limit));
}
