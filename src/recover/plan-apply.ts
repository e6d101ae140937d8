/**
 * Carrying a plan out. Nothing is searched for: each inode of the plan is looked at, held under its write lease, and
 * compared and decided afresh as in any recovery; then every fact has to be what the plan saw, and the decision the one
 * that the plan names. What differs is left alone.
 */
import { HsmckError, InvariantError } from '../errors.js';
import { BusyError } from '../migrate/busy-error.js';
import type { OpenSession } from '../migrate/open-session.js';
import { assertLeaseBreakTime } from '../migrate/run-operation.js';
import { stateOf } from '../reconcile/attribute-look.js';
import { judge } from '../reconcile/judge.js';
import type { Look } from '../reconcile/look.js';
import { secondLook, type LookContext } from '../reconcile/second-look.js';
import type { ActionRecord } from './action-record.js';
import { waitsFor } from './adoption.js';
import { forgetDeleted, type Leftover } from './forget-deleted.js';
import {
  findingOfPlanned,
  isForgetting,
  leftoverOfPlanned,
  recordOfPlanned,
  type PlannedAction,
  type PlannedForgetting,
  type PlannedSettlement,
} from './plan-action.js';
import { differences, seenOfCopy, seenOfLeftover, seenOfLook } from './plan-facts.js';
import { assertPlanFits } from './plan-header.js';
import type { Plan } from './plan-reader.js';
import { recoverBatch, type Found } from './recover-batch.js';
import { aloneInRecovery } from './recover-lock.js';
import { BATCH_MAX } from './run-recover.js';

export interface ApplyPlanOptions {
  readonly session: OpenSession;
  readonly plan: Plan;
  /** For the scan that forgetting takes: see forget-deleted.ts. */
  readonly threads: number;
  readonly acceptDeleted?: boolean;
  readonly onAction: (action: ActionRecord) => void;
  /** How many of the plan's actions were read so far. */
  readonly onProgress?: (actions: number) => void;
}

export interface ApplyPlanResult {
  /** Actions that were gone about, left-out ones included. */
  readonly actions: number;
  readonly cancelled: boolean;
  readonly seconds: number;
}

const changed = (clauses: readonly string[]): string => `changed since the plan was made: ${clauses.join(', ')}`;
const NOTHING_LEFT = 'nothing is left to be done';

const contextOf = ({ access, catalog, filesystem }: OpenSession): LookContext => ({
  access,
  catalog,
  fs: filesystem.fs,
});

/** The file has come to where the plan wanted it, by this plan or otherwise, and its records agree. */
function isSettled({ seen, to }: PlannedSettlement, look: Look): boolean {
  if (look.presence.kind !== 'present') return seen.inode !== 'present' && look.intent === undefined;
  return judge(look) === undefined && (to === undefined || stateOf(look.attribute) === to);
}

/** A look without a lease: it spares whoever has the file open, and the bytes of a file that has changed. */
function precheckSettlement(context: LookContext, action: PlannedSettlement): ActionRecord | undefined {
  const look = secondLook(context, action.id);
  // What is in motion, or at work on by its owner, is told by the hold.
  if (look.changing || look.owner?.alive) return undefined;
  const clauses = differences(action.seen, seenOfLook(context.access, look));
  if (clauses.length === 0) return undefined;
  if (!isSettled(action, look)) return recordOfPlanned(action, { result: 'skipped', why: changed(clauses) });
  return recordOfPlanned(action, { result: 'already', why: `${NOTHING_LEFT}: it is settled, and its records agree` });
}

function precheckForgetting(context: LookContext, action: PlannedForgetting): ActionRecord | undefined {
  const now = seenOfLeftover(context, leftoverOfPlanned(action));
  const clauses = differences(action.seen, now);
  if (clauses.length === 0) return undefined;
  const isForgotten = now.row_change === undefined && now.bindings === 0 && now.object_status !== 'verified';
  return isForgotten && now.object_status !== 'complete'
    ? recordOfPlanned(action, { result: 'already', why: `${NOTHING_LEFT}: it was forgotten before` })
    : recordOfPlanned(action, { result: 'skipped', why: changed(clauses) });
}

/** A record where nothing is to be done; undefined where the action may go on. A file that fails stops no other. */
function precheck(context: LookContext, action: PlannedAction): ActionRecord | undefined {
  try {
    return isForgetting(action) ? precheckForgetting(context, action) : precheckSettlement(context, action);
  } catch (error) {
    if (!(error instanceof HsmckError) || error instanceof InvariantError) throw error;
    const result = error instanceof BusyError ? 'skipped' : 'failed';
    return recordOfPlanned(action, { result, why: error.message, code: error.code });
  }
}

/** Under the lease: why the plan does not hold any more. */
function objectionTo(context: LookContext, action: PlannedSettlement, found: Found): string | undefined {
  if (found.kind === 'vanished') {
    const look = secondLook(context, action.id);
    const clauses = differences(action.seen, seenOfLook(context.access, look));
    return clauses.length > 0 ? changed(clauses) : undefined;
  }
  const { look, evidence, verdict } = found;
  const clauses = [
    ...differences(action.seen, seenOfLook(context.access, look)),
    ...differences(action.evidence, { ...evidence.facts, ...seenOfCopy(evidence) }),
  ];
  if (clauses.length > 0) return changed(clauses);
  const { settlement, kind, to } = verdict;
  if (settlement === action.action && kind === action.kind && to === action.to) return undefined;
  return `this hsmck decides otherwise than the one that made the plan (${settlement} instead of ${action.action})`;
}

async function settlePlanned(options: ApplyPlanOptions, due: readonly PlannedSettlement[]): Promise<void> {
  const { session, plan, onAction } = options;
  const context = contextOf(session);
  const planned = new Map(due.map((action) => [findingOfPlanned(action), action]));
  const records = await recoverBatch(session, [...planned.keys()], {
    prefer: plan.header.prefer,
    objection: (finding, found) => {
      const action = planned.get(finding);
      return action === undefined ? 'the plan does not name it' : objectionTo(context, action, found);
    },
  });
  for (const record of records) onAction(record);
}

async function carryOut(options: ApplyPlanOptions): Promise<ApplyPlanResult> {
  const { session, plan, threads, acceptDeleted = false, onAction, onProgress } = options;
  const { signal } = session;
  const context = contextOf(session);
  const startedMs = performance.now();
  let batch: PlannedSettlement[] = [];
  const forgettings: PlannedForgetting[] = [];
  const flush = async (): Promise<void> => {
    const due = batch;
    batch = [];
    await settlePlanned(options, due);
  };
  let actions = 0;
  for (const { action, leftOut } of plan.actions()) {
    if (signal.aborted) break;
    actions += 1;
    onProgress?.(actions);
    const record = leftOut
      ? recordOfPlanned(action, { result: 'skipped', why: 'it was left out of the plan by hand' })
      : isForgetting(action)
        ? undefined
        : precheck(context, action);
    if (record !== undefined) onAction(record);
    else if (isForgetting(action)) forgettings.push(action);
    else if (batch.push(action) >= BATCH_MAX) await flush();
  }
  if (!signal.aborted) await flush();
  if (!signal.aborted) {
    // Looked at only now: the settlements close intents that forgetting has to wait for.
    const leftovers: Leftover[] = [];
    for (const action of forgettings) {
      const waiting =
        session.rollback && recordOfPlanned(action, { result: 'skipped', why: waitsFor('the marks disagree') });
      const record = waiting ?? precheck(context, action);
      if (record === undefined) leftovers.push(leftoverOfPlanned(action));
      else onAction(record);
    }
    if (leftovers.length > 0) await forgetDeleted({ session, leftovers, threads, acceptDeleted, onAction });
  }
  return { actions, cancelled: signal.aborted, seconds: (performance.now() - startedMs) / 1000 };
}

/**
 * Carries out a plan's actions, and no others. Every one of them gets a record, unless the run is cancelled.
 * @throws PlanError EPLANOTHER; OperationalError ERECOVERBUSY
 */
export async function applyPlan(options: ApplyPlanOptions): Promise<ApplyPlanResult> {
  const { session, plan } = options;
  assertPlanFits(plan.header, session.subject);
  assertLeaseBreakTime();
  return aloneInRecovery(session, () => carryOut(options));
}
