import { invariant, type HsmckError } from '../errors.js';
import { isOfMedium } from '../archive/store-error.js';
import type { NewFileRow } from '../catalog/file-row.js';
import type { ObjectId } from '../dm/identity.js';
import { saturateMtime } from '../dm/saturate-mtime.js';
import type { Session } from './session.js';
import { attempt, attemptTogether, type SettleProgress } from './settle-item.js';
import type { StepName } from './step-names.js';
import { TRASH_REASONS } from './trash-reasons.js';
import type { Ticket } from './ticket.js';

/** A ctime that no inode has: equality is never concluded from a row with it. */
export const NEVER_NS = -(1n << 63n);

function newRow(session: Session, progress: SettleProgress, state: 'dual' | 'offline', proven: boolean): NewFileRow {
  const { ticket } = progress.item;
  const { after } = progress;
  invariant(after !== undefined, 'reference times were taken');
  return {
    fs: session.filesystem.fs,
    ...ticket.id,
    state,
    objectId: ticket.object.objectId,
    op: ticket.op,
    btimeNs: after.btimeNs,
    // The row holds what was archived; the times of the inode now only where they were proven to belong to it.
    sizeBytes: ticket.object.sizeBytes,
    mtimeNs: saturateMtime(proven ? after.mtimeNs : ticket.object.mtimeNs).mtimeNs,
    ctimeNs: proven ? saturateMtime(after.ctimeNs).mtimeNs : NEVER_NS,
    nonzeroBytes: ticket.object.nonzeroBytes,
    pathHint: ticket.path ?? ticket.row?.pathHint,
  };
}

/** A hole has no bytes to be proven: the times are those of the stub, but for a mtime that somebody moved meanwhile. */
function stubRow(session: Session, progress: SettleProgress): NewFileRow {
  const { stubMtimeNs, before } = progress.item.ticket;
  const row = newRow(session, progress, 'offline', progress.proven);
  if (progress.proven) return { ...row, mtimeNs: stubMtimeNs ?? row.mtimeNs };
  // Somebody came in between: what he did to size and times must not become the reference.
  return { ...row, mtimeNs: stubMtimeNs ?? saturateMtime(before.mtimeNs).mtimeNs };
}

function writeRow(session: Session, progress: SettleProgress): void {
  const { files } = session.catalog;
  const { ticket } = progress.item;
  const { fs } = session.filesystem;
  switch (progress.plan.row) {
    case 'keep':
      return;
    case 'delete':
      files.delete(fs, ticket.id);
      return;
    case 'dual':
      files.put(newRow(session, progress, 'dual', progress.proven));
      return;
    case 'dual-unproven':
      files.put(newRow(session, progress, 'dual', false));
      return;
    case 'offline':
      files.put(stubRow(session, progress));
      return;
    case 'times':
      invariant(ticket.row !== undefined, 'only a row that is there gets new times');
      files.put({ ...newRow(session, progress, ticket.row.state, progress.proven), op: ticket.row.op });
      return;
  }
}

/** The objects that have to leave the store once neither inode nor row names them. */
function objectsToTrash(progress: SettleProgress): ObjectId[] {
  const { ticket } = progress.item;
  if (progress.plan.trash === 'object') return [ticket.object.objectId];
  const previous = progress.plan.trash === 'previous' ? ticket.previousObjectId : undefined;
  return previous === undefined || previous === ticket.object.objectId ? [] : [previous];
}

function closeIntent(session: Session, ticket: Ticket): void {
  if (ticket.hasIntent) session.catalog.intents.close(ticket.op);
  if (ticket.outdatedOp !== undefined) session.catalog.intents.close(ticket.outdatedOp);
}

/** Rows in one transaction; with them the intents of files that have no object to part with. */
export async function writeCatalog(session: Session, live: readonly SettleProgress[]): Promise<void> {
  const operation = live[0]?.item.ticket.operation;
  invariant(operation !== undefined, 'a phase has files');
  await attemptTogether(live, () => {
    session.passStep(`${operation}:before-catalog` as StepName);
    session.catalog.transaction(() => {
      for (const progress of live) {
        for (const id of progress.item.dropsRows ?? []) session.catalog.files.delete(session.filesystem.fs, id);
        writeRow(session, progress);
        if (objectsToTrash(progress).length === 0) closeIntent(session, progress.item.ticket);
      }
    });
    session.passStep(`${operation}:after-catalog` as StepName);
  });
}

function reasonOf({ operation, isCopyDamaged }: Ticket): string {
  if (isCopyDamaged) return TRASH_REASONS.damaged;
  return operation === 'archive' || operation === 'remove' ? TRASH_REASONS[operation] : TRASH_REASONS.recover;
}

function trashSteps(ticket: Ticket): 'archive' | 'remove' | 'recover' {
  return ticket.operation === 'archive' || ticket.operation === 'remove' ? ticket.operation : 'recover';
}

/**
 * A broken inode of the archive must not keep an operation open for ever that is done but for it. Where both places have the
 * object, a person decides, and then recovery goes on.
 */
function noteUnmoved(progress: SettleProgress, unmoved: ReadonlyMap<ObjectId, HsmckError>): void {
  for (const objectId of objectsToTrash(progress)) {
    const error = unmoved.get(objectId);
    if (error === undefined) continue;
    if (isOfMedium(error)) progress.keepsObject = true;
    else progress.failure = error;
  }
}

/** Moves objects to the store's trash, where `purge` alone deletes. Done again after a crash, it changes nothing. */
export async function trashAll(session: Session, live: readonly SettleProgress[]): Promise<void> {
  const due = live.filter((progress) => objectsToTrash(progress).length > 0);
  const [first] = due;
  if (first === undefined) return;
  const steps = trashSteps(first.item.ticket);
  const atMs = session.nowMs();
  for (const progress of due) await attempt(progress, () => session.passStep(`${steps}:before-trash`));
  const ready = due.filter(({ failure }) => failure === undefined);
  const requests = ready.flatMap((progress) => {
    const { ticket } = progress.item;
    // Whatever led here: a copy that a row still names is never thrown away.
    const unnamed = objectsToTrash(progress).filter((id) => session.catalog.files.findByObject(id).length === 0);
    return unnamed.map((objectId) => ({
      objectId,
      why: { reason: reasonOf(ticket), op: ticket.op, atMs },
    }));
  });
  await attemptTogether(ready, async () => {
    const unmoved = await session.store.trashMany(requests);
    for (const progress of ready) noteUnmoved(progress, unmoved);
  });
  for (const progress of ready) await attempt(progress, () => session.passStep(`${steps}:after-trash`));
}

/** The end of those that had an object to part with. */
export async function closeIntents(session: Session, live: readonly SettleProgress[]): Promise<void> {
  const due = live.filter((progress) => objectsToTrash(progress).length > 0);
  if (due.length === 0) return;
  await attemptTogether(due, () => {
    session.catalog.transaction(() => {
      for (const progress of due) {
        const { ticket } = progress.item;
        for (const objectId of objectsToTrash(progress)) {
          if (progress.keepsObject || session.catalog.files.findByObject(objectId).length > 0) continue;
          session.catalog.objects.setTrashed(objectId, session.nowMs(), reasonOf(ticket));
        }
        closeIntent(session, ticket);
      }
    });
  });
}
