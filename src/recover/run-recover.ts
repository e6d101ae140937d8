import { setImmediate } from 'node:timers/promises';
import type { ArchiveStore } from '../archive/archive-store.js';
import type { Acceptance } from '../migrate/accept-epoch.js';
import type { Rollback } from '../migrate/rollback.js';
import type { IntentRow } from '../catalog/intent-rows.js';
import type { OpenSession } from '../migrate/open-session.js';
import type { Finding } from '../reconcile/finding.js';
import type { RegisteredFilesystem } from '../reconcile/registered-filesystem.js';
import { runReconcile, type ReconcileOptions, type ReconcileResult } from '../reconcile/run-reconcile.js';
import { assertLeaseBreakTime } from '../migrate/run-operation.js';
import { parseObjectId, type ObjectId } from '../dm/identity.js';
import type { ActionRecord } from './action-record.js';
import type { Preference } from './decision-facts.js';
import { forgetDeleted, LEFTOVERS_MAX, type Leftover } from './forget-deleted.js';
import { historyOf, historyOnceAccepted } from './history.js';
import { acceptanceRecord, isAboutMarks, rollbackRecord } from './acceptance-record.js';
import type { PlannedAction } from './plan-action.js';
import { LeftoverPlan, WOULD_FORGET } from './plan-leftovers.js';
import { planOne } from './plan-one.js';
import { isActionable, isToldOfAlready } from './actionable.js';
import { leftAlone, recoverBatch, waitingRecord, type InodeFinding } from './recover-batch.js';
import { aloneInRecovery } from './recover-lock.js';

/** Temporary files of puts that died; those of living processes are never touched, whatever their age. */
const ABANDONED_AFTER_MS = 60 * 60 * 1000;

/** Files of a batch share their syncs; a crash leaves at most so many half settled. */
export const BATCH_MAX = 64;

interface RecoverOptions extends Pick<ReconcileOptions, 'threads' | 'onProgress' | 'onReading' | 'source'> {
  readonly prefer: Preference;
  readonly onFinding?: (finding: Finding) => void;
  readonly onAction: (action: ActionRecord) => void;
}

const toLeftover = (finding: Finding): Leftover | undefined => {
  const { ino, gen, facts } = finding;
  const objectId = facts.row_object ?? facts.object;
  if (finding.action !== 'forget' || typeof objectId !== 'string') return undefined;
  const id = ino === undefined || gen === undefined || finding.class === 'archive-orphan' ? undefined : { ino, gen };
  return { finding, objectId: parseObjectId(objectId), ...(id && { id }) };
};

/** What a file leaves behind that was deleted after an operation had died on it: a row, and up to three copies. */
function leftoversOf(
  { catalog, filesystem }: Pick<OpenSession, 'catalog' | 'filesystem'>,
  finding: InodeFinding,
  intent: IntentRow,
): Leftover[] {
  const { ino, gen } = finding;
  const row = catalog.files.find(filesystem.fs, { ino, gen });
  const others = [intent.objectId, intent.previousObjectId].flatMap((objectId) => {
    const isLeft = objectId !== undefined && objectId !== row?.objectId;
    return isLeft && catalog.objects.find(objectId)?.status !== 'trash' ? [{ finding, objectId }] : [];
  });
  return row === undefined ? others : [{ finding, objectId: row.objectId, id: { ino, gen } }, ...others];
}

export interface PlanOptions extends RecoverOptions {
  readonly subject: RegisteredFilesystem;
  /** The marks disagree: says what may be adopted before the administrator has accepted that. */
  readonly rollback?: Rollback;
  /** Says what would be done once this was accepted. */
  readonly acceptance?: Acceptance;
  /** See forget-deleted.ts. */
  readonly acceptDeleted?: boolean;
  /** Undefined when the store cannot be reached: then nothing that needs it is decided. */
  readonly store: ArchiveStore | undefined;
  readonly signal: AbortSignal;
  /** Hears of every action that would be done, with the facts that it rests on: what a plan file is made of. */
  readonly onPlanned?: (action: PlannedAction) => void;
}

export interface ApplyOptions extends RecoverOptions {
  readonly session: OpenSession;
  /** See forget-deleted.ts. */
  readonly acceptDeleted?: boolean;
  /** How many files are settled together and share their syncs; 64 unless given. */
  readonly batchFiles?: number;
}

/** A dry run: says for each finding what `applyRecovery` would do now. Writes nothing, anywhere. */
export async function planRecovery(options: PlanOptions): Promise<ReconcileResult> {
  const {
    subject,
    store,
    prefer,
    onAction,
    onFinding,
    onPlanned,
    rollback,
    acceptance,
    acceptDeleted = false,
  } = options;
  const { access, catalog, filesystem } = subject;
  const context = { access, catalog, fs: filesystem.fs, taken: new Set<ObjectId>() };
  const past = { ...subject, ...(rollback && { rollback }) };
  const history = acceptance ? historyOnceAccepted(past, acceptance) : historyOf(past);
  const leftovers = new LeftoverPlan({ context, history, acceptDeleted, onAction, onPlanned });
  if (acceptance) onAction(acceptanceRecord(acceptance, 'planned'));
  else if (rollback) onAction(rollbackRecord(rollback.kind));
  const result = await runReconcile({
    ...options,
    scope: 'everything',
    onFinding: async (finding) => {
      onFinding?.(finding);
      const leftover = toLeftover(finding);
      if (leftover !== undefined) return leftovers.add(leftover);
      if (isAboutMarks(finding)) return;
      if (!isActionable(finding, history)) return onAction(leftAlone(finding));
      if (isToldOfAlready(context, finding, history)) return;
      const { record, planned, vanished } = await planOne(context, store, finding, { prefer, history });
      onAction(record);
      if (planned) onPlanned?.(planned);
      if (vanished) for (const left of leftoversOf(subject, finding, vanished)) leftovers.add(left);
    },
  });
  leftovers.end(result);
  return result;
}

/**
 * Finds and settles. Findings are acted on while the scan goes on, a batch at a time; each is looked at afresh under
 * its lease, so a second run, or a second crash, starts from what is then the case.
 * @throws OperationalError ERECOVERBUSY when another recover is at work on the filesystem
 */
export async function applyRecovery(options: ApplyOptions): Promise<ReconcileResult> {
  return aloneInRecovery(options.session, () => findAndSettle(options));
}

/** A second hold on an inode would break the lease of the first. A file that is gone and the one that has its number now are two. */
const isDue = (batch: readonly InodeFinding[], { ino, gen }: InodeFinding): boolean =>
  batch.some((one) => one.ino === ino && one.gen === gen);

async function findAndSettle(options: ApplyOptions): Promise<ReconcileResult> {
  const { session, prefer, onAction, onFinding, batchFiles = BATCH_MAX } = options;
  const { subject, store, signal, access, catalog, filesystem } = session;
  const context = { access, catalog, fs: filesystem.fs };
  const history = historyOf(session);
  assertLeaseBreakTime();
  if (history.adopting) onAction(rollbackRecord(history.adopting));
  let batch: InodeFinding[] = [];
  const leftovers: Leftover[] = [];
  const flush = async (): Promise<void> => {
    const due = batch;
    batch = [];
    const onVanished = (finding: InodeFinding, intent: IntentRow): void =>
      void leftovers.push(...leftoversOf(session, finding, intent));
    for (const record of await recoverBatch(session, due, { prefer, onVanished })) onAction(record);
    // Signals get their turn: what is done for small files never waits for anything.
    await setImmediate();
  };
  const result = await runReconcile({
    ...options,
    subject,
    store,
    signal,
    scope: 'everything',
    settlesFindings: true,
    onFinding: async (finding) => {
      onFinding?.(finding);
      const leftover = leftovers.length < LEFTOVERS_MAX ? toLeftover(finding) : undefined;
      if (leftover !== undefined && history.adopting) onAction(waitingRecord(finding, WOULD_FORGET));
      else if (leftover !== undefined) leftovers.push(leftover);
      else if (history.adopting && isAboutMarks(finding)) return;
      else if (!isActionable(finding, history)) onAction(leftAlone(finding));
      else if (isToldOfAlready(context, finding, history) || isDue(batch, finding)) return;
      else if (!signal.aborted && batch.push(finding) >= batchFiles) await flush();
    },
  });
  if (!signal.aborted) await flush();
  // Marks that disagree: nothing is forgotten, and nothing in the store is touched, not even litter.
  if (history.adopting) return result;
  if (result.complete) {
    const { threads, acceptDeleted = false } = options;
    const isDone = await forgetDeleted({ session, leftovers, threads, acceptDeleted, onAction });
    if (isDone && acceptDeleted && leftovers.length < LEFTOVERS_MAX)
      session.catalog.filesystems.acceptDeleted(subject.filesystem.fs);
  } else for (const { finding } of leftovers) onAction(leftAlone(finding));
  await store.sweepTemporary(ABANDONED_AFTER_MS);
  return result;
}
