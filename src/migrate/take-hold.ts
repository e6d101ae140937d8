import type { FileRow } from '../catalog/file-row.js';
import type { ObjectRow } from '../catalog/object-row.js';
import { ownerIsAlive } from '../catalog/owner-lock.js';
import { ATTRIBUTE_NAME } from '../dm/attribute-layout.js';
import { saturateMtime } from '../dm/saturate-mtime.js';
import { closeFd, type Fd } from '../native/io.js';
import { closeLeased, leaseIsWhole, takeLease, type LeaseKind } from '../native/lock.js';
import { isErrno } from '../native/native-error.js';
import { generationOf, statFd, type FileStat } from '../native/statx.js';
import { getAttribute } from '../native/xattr.js';
import { lookAtAttribute, type AttributeLook } from '../reconcile/attribute-look.js';
import type { FileOutcome } from './file-result.js';
import { offlineTouched } from './offline-touched.js';
import { precondition, type ForwardOperation } from './preconditions.js';
import type { ResolvedPath } from './resolve-path.js';
import type { Session } from './session.js';

/** A file that is open, leased and fit for the operation; nothing was written yet. */
export interface HeldFile {
  readonly path: ResolvedPath;
  readonly target: string;
  readonly fd: Fd;
  readonly lease: LeaseKind;
  readonly stat: FileStat;
  readonly attributeBytes: Buffer | undefined;
  readonly attribute: AttributeLook;
  readonly row?: FileRow;
  /** The object that the row binds the file to. */
  readonly object?: ObjectRow;
}

export type Hold =
  | { readonly kind: 'held'; readonly file: HeldFile }
  | { readonly kind: 'stop'; readonly result: FileOutcome; readonly why: string };

const stop = (result: FileOutcome, why: string): Hold => ({ kind: 'stop', result, why });

/** Open for reading is enough to archive, and lets readers go on; whatever punches or fills wants the file alone. */
const LEASES: Readonly<Record<ForwardOperation, LeaseKind>> = {
  archive: 'read',
  release: 'write',
  recall: 'write',
  remove: 'write',
};

const IN_USE: Readonly<Record<LeaseKind, string>> = {
  read: 'somebody has it open for writing or mapped',
  write: 'somebody has it open',
};

/** What the catalog says of an operation at work on the inode; looked at before an open could break its lease. */
function intentInTheWay(session: Session, path: ResolvedPath): Hold | undefined {
  const intent = session.catalog.intents.findByInode(session.filesystem.fs, path.id);
  if (intent === undefined) return undefined;
  const owner = session.catalog.owners.find(intent.ownerId);
  if (owner !== undefined && ownerIsAlive(owner, session.catalog.path)) {
    return stop('busy', `process ${owner.pid} on ${owner.host} is at work on it (${intent.kind})`);
  }
  return stop('interrupted', `${intent.kind} died on it: run "hsmck recover" first`);
}

interface Records {
  readonly attribute: AttributeLook;
  readonly row: FileRow | undefined;
}

function check(
  session: Session,
  operation: ForwardOperation,
  path: ResolvedPath,
  bytes: Buffer | undefined,
): Hold | Records {
  const { fs } = session.filesystem;
  const attribute = lookAtAttribute(bytes, path.id, fs);
  const row = session.catalog.files.find(fs, path.id);
  const sameObject = attribute.kind !== 'own' || row === undefined || attribute.attribute.objectId === row.objectId;
  const verdict = precondition(operation, { attribute, row: row?.state ?? 'none', sameObject });
  return verdict.kind === 'stop' ? verdict : { attribute, row };
}

/** `already` in the archive is said only of a stub that is as it was released; what somebody wrote into it is not. */
function doubtAlready(session: Session, path: ResolvedPath, bytes: Buffer | undefined): Hold | undefined {
  const attribute = lookAtAttribute(bytes, path.id, session.filesystem.fs);
  if (attribute.kind !== 'own' || attribute.attribute.state !== 'offline') return undefined;
  const presence = session.access.locate(path.id);
  if (presence.kind !== 'present') return undefined;
  const row = session.catalog.files.find(session.filesystem.fs, path.id);
  if (row === undefined) return undefined;
  const { sizeBytes } = attribute.attribute;
  const { mtimeNs } = row;
  const { stat } = presence;
  const looksUntouched = stat.sizeBytes === sizeBytes && saturateMtime(stat.mtimeNs).mtimeNs === mtimeNs;
  // An open could break another's lease, so it is left out where blocks prove that there is no data.
  if (looksUntouched && stat.blocks512 === 0n) return undefined;
  const target = path.path.toString();
  const fd = session.access.openInvisible(path.id, 'read');
  try {
    const touched = offlineTouched({ fd, stat: statFd(fd, target), target }, { sizeBytes, mtimeNs });
    return touched === undefined ? undefined : stop('conflict', touched);
  } finally {
    closeFd(fd);
  }
}

/** What opens a file says `busy` where somebody else's lease, or use, forbids it. */
function orBusy<T>(lease: LeaseKind, open: () => T): T | Hold {
  try {
    return open();
  } catch (error) {
    if (isErrno(error, 'EAGAIN', 'ETXTBSY')) return stop('busy', IN_USE[lease]);
    throw error;
  }
}

const STRAY =
  'it carries an attribute of hsmck in another namespace than this filesystem is registered with: it may be a released file that was ' +
  'moved here, and all its zeros. Recall it where it came from; if its data is here, take that attribute off with setfattr -x';

/** A file of another filesystem, which nobody here would know for one. */
function hasStrayAttribute({ access }: Session, fd: Fd, target: string): boolean {
  const strays = ['trusted', 'user'].map((namespace) => `${namespace}.${ATTRIBUTE_NAME}`);
  return strays.some((name) => name !== access.attributeName && getAttribute(fd, name, target) !== undefined);
}

const SHARED = 'the catalog binds another file to the same copy: run "hsmck recover" first';

/** One of the two would get, or lose, the other's data. Archiving gives the file a copy of its own. */
function isShared({ catalog }: Session, { objectId, fs, ino, gen }: FileRow): boolean {
  return catalog.files.findByObject(objectId).some((row) => row.fs !== fs || row.ino !== ino || row.gen !== gen);
}

/**
 * Takes hold of a file for an operation: looks at the records first, opens it invisibly, takes the lease, and looks again
 * under the lease.
 * @throws NativeError, CatalogError
 */
export function takeHold(session: Session, operation: ForwardOperation, path: ResolvedPath): Hold {
  const hold = holdOnce(session, operation, path);
  // Another process may have begun, or come to its end, between the look at intents and the look at the file: then the two
  // contradict each other, and nobody has died. A second look finds its intent, or a file at rest.
  const isDoubtful = hold.kind === 'stop' && (hold.result === 'interrupted' || hold.result === 'conflict');
  return isDoubtful ? holdOnce(session, operation, path) : hold;
}

function holdOnce(session: Session, operation: ForwardOperation, path: ResolvedPath): Hold {
  const inTheWay = intentInTheWay(session, path);
  if (inTheWay !== undefined) return inTheWay;
  const bytes = session.access.attribute(path.id);
  const first = check(session, operation, path, bytes);
  if ('kind' in first) {
    const isAlready = first.kind === 'stop' && first.result === 'already';
    return (isAlready && orBusy(LEASES[operation], () => doubtAlready(session, path, bytes))) || first;
  }

  const target = path.path.toString();
  const lease = LEASES[operation];
  const fd = orBusy(lease, () => session.access.openInvisible(path.id, lease === 'read' ? 'read' : 'write'));
  if (typeof fd === 'object') return fd;
  let held = false;
  try {
    if (!takeLease(fd, lease, target) || !leaseIsWhole(fd, lease, target)) return stop('busy', IN_USE[lease]);
    const attributeBytes = getAttribute(fd, session.access.attributeName, target);
    const second = check(session, operation, path, attributeBytes);
    if ('kind' in second) return second;
    if (generationOf(fd, target) !== path.id.gen) return stop('busy', 'it was replaced meanwhile');
    const { row, attribute } = second;
    if (operation === 'archive' && hasStrayAttribute(session, fd, target)) return stop('conflict', STRAY);
    if (operation !== 'archive' && row !== undefined && isShared(session, row)) return stop('conflict', SHARED);
    const object = row === undefined ? undefined : session.catalog.objects.find(row.objectId);
    const stat = statFd(fd, target);
    held = true;
    return {
      kind: 'held',
      file: {
        path,
        target,
        fd,
        lease,
        stat,
        attributeBytes,
        attribute,
        ...(row && { row }),
        ...(object && { object }),
      },
    };
  } finally {
    if (!held) closeLeased(fd, target);
  }
}
