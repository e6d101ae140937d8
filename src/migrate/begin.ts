/**
 * The beginning that all forward operations share: the intent in the catalog, then the mark in the inode, each durable
 * before what follows. Crash before the mark is durable: the catalog knows, the file is as it was. Crash behind it:
 * the file itself says what was under way, even if the catalog is lost.
 */
import type { ObjectId } from '../dm/identity.js';
import type { AttributeState, FileState } from '../dm/states.js';
import { HsmckError, InvariantError } from '../errors.js';
import { statFd, type FileStat } from '../native/statx.js';
import { getAttribute } from '../native/xattr.js';
import { writeState, type AttributeContent } from './attribute-write.js';
import { BusyError } from './busy-error.js';
import { readCapability } from './keep-capability.js';
import type { ForwardOperation } from './preconditions.js';
import type { Session } from './session.js';
import type { StepName } from './step-names.js';
import { syncBarrier } from './sync-barrier.js';
import type { HeldFile } from './take-hold.js';
import type { Op } from '../dm/identity.js';
import { hintOf } from './resolve-path.js';

/** A held file with its operation's number and the object in question. */
export interface Begun {
  readonly file: HeldFile;
  readonly op: Op;
  readonly objectId: ObjectId;
  readonly previousObjectId?: ObjectId;
  readonly mark: AttributeContent;
  failure?: HsmckError;
  /** A sync failed: what is on disk is not known, so nothing is undone here; recovery looks at it afresh. */
  syncFailed: boolean;
  /** The attribute's state as far as it was written. */
  state: FileState;
  intentOpen: boolean;
  /** What the kernel takes away when the data is changed. */
  capability?: Buffer;
  /** statx right behind the mark: size and times that must still hold when the operation ends. */
  marked?: FileStat;
}

export interface BeginRequest {
  readonly file: HeldFile;
  readonly objectId: ObjectId;
  readonly previousObjectId?: ObjectId;
  /** Size and mtime that the attribute repeats. */
  readonly sizeBytes: bigint;
  readonly mtimeNs: bigint;
}

const MARKS: Readonly<Record<ForwardOperation, AttributeState>> = {
  archive: 'archiving',
  release: 'releasing',
  recall: 'recalling',
  remove: 'removing',
};

/** Operations that punch or fill. */
const CHANGES_DATA: readonly ForwardOperation[] = ['release', 'recall'];

/** Runs `work`; what the world refuses becomes this file's failure. */
export function guard(begun: Begun, work: () => void): void {
  try {
    work();
  } catch (error) {
    if (!(error instanceof HsmckError) || error instanceof InvariantError) throw error;
    begun.failure = error;
  }
}

function rememberCapability(begun: Begun): void {
  const capability = readCapability(begun.file);
  if (capability !== undefined) begun.capability = capability;
}

function openIntents(
  session: Session,
  operation: ForwardOperation,
  all: readonly Begun[],
  record: ((begun: Begun) => void) | undefined,
): void {
  const { catalog, filesystem, ownerId } = session;
  session.passStep(`${operation}:before-intent`);
  const clashes = catalog.transaction(() =>
    all.filter((begun) => {
      const { file, op, objectId, previousObjectId } = begun;
      const row = catalog.files.find(filesystem.fs, file.path.id);
      if (row?.op !== file.row?.op) return true;
      const opened = catalog.intents.open({
        op,
        fs: filesystem.fs,
        ...file.path.id,
        kind: operation,
        objectId,
        previousObjectId,
        ownerId,
        sizeBytes: file.stat.sizeBytes,
        mtimeNs: file.stat.mtimeNs,
        ctimeNs: file.stat.ctimeNs,
        openedMs: session.nowMs(),
        pathHint: hintOf(file.path),
        capability: begun.capability,
      });
      if (opened.kind === 'opened') record?.(begun);
      return opened.kind === 'clash';
    }),
  );
  for (const begun of all) begun.intentOpen = !clashes.includes(begun);
  for (const begun of clashes)
    begun.failure = new BusyError(begun.file.target, 'another operation got hold of it first');
  session.passStep(`${operation}:after-intent`);
}

/**
 * Another process may have run a whole operation between our look and our intent (two archives may both hold a read
 * lease). From the intent on nobody else touches the attribute, so look once more.
 */
function assertUnmoved(session: Session, begun: Begun): void {
  const { fd, target, attributeBytes } = begun.file;
  const now = getAttribute(fd, session.access.attributeName, target);
  const same = now === undefined ? attributeBytes === undefined : attributeBytes?.equals(now);
  if (!same) throw new BusyError(target, 'another operation was at work on it a moment ago');
}

function mark(session: Session, operation: ForwardOperation, begun: Begun): void {
  const { file } = begun;
  const { access, filesystem } = session;
  const place = { fd: file.fd, id: file.path.id, fsId: filesystem.fs, name: access.attributeName, target: file.target };
  writeState(place, begun.state, MARKS[operation], begun.mark, (tear) =>
    session.passStep(`${operation}:before-mark` as StepName, tear),
  );
  begun.state = MARKS[operation];
  begun.marked = statFd(file.fd, file.target);
  session.passStep(`${operation}:after-mark` as StepName);
}

/** Those that have not failed. */
export const alive = (all: readonly Begun[]): Begun[] => all.filter((begun) => begun.failure === undefined);

/** Syncs the files; a failure is the failure of all of them. */
export function syncBegun(session: Session, all: readonly Begun[]): void {
  const targets = all.map(({ file }) => file);
  if (targets.length === 0) return;
  try {
    syncBarrier(session.mount.rootFd, targets);
  } catch (error) {
    if (!(error instanceof HsmckError)) throw error;
    for (const begun of all) {
      begun.failure = error;
      begun.syncFailed = true;
    }
  }
}

export interface BeginOptions {
  /** Archive syncs the data first, so that no shared mapping can change it unseen afterwards. */
  readonly syncDataFirst?: boolean;
  /** What else goes into the catalog in the same transaction as the intent. */
  readonly record?: (begun: Begun) => void;
}

/** Opens the intents and sets the marks, durably. Failures are noted in what is returned. */
export function begin(
  session: Session,
  operation: ForwardOperation,
  requests: readonly BeginRequest[],
  options: BeginOptions = {},
): Begun[] {
  // Committed at once: a number that was given out is never given out again, whatever becomes of the operation.
  const firstOp = session.catalog.ops.take(requests.length);
  const all = requests.map((request, index): Begun => {
    const op = (firstOp + BigInt(index)) as Op;
    const { attribute } = request.file;
    return {
      ...request,
      op,
      mark: { objectId: request.objectId, op, sizeBytes: request.sizeBytes, mtimeNs: request.mtimeNs },
      state: attribute.kind === 'own' ? attribute.attribute.state : 'resident',
      intentOpen: false,
      syncFailed: false,
    };
  });
  if (CHANGES_DATA.includes(operation)) {
    for (const begun of all) guard(begun, () => rememberCapability(begun));
  }
  openIntents(session, operation, alive(all), options.record);
  for (const begun of alive(all)) guard(begun, () => assertUnmoved(session, begun));
  if (options.syncDataFirst) syncBegun(session, alive(all));
  for (const begun of alive(all)) guard(begun, () => mark(session, operation, begun));
  syncBegun(session, alive(all));
  return all;
}
