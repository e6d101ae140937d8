import type { ArchiveStore } from '../archive/archive-store.js';
import type { IntentRow } from '../catalog/intent-rows.js';
import type { ObjectId } from '../dm/identity.js';
import { HsmckError, InvariantError } from '../errors.js';
import { closeLeased } from '../native/lock.js';
import { secondLook, type LookContext } from '../reconcile/second-look.js';
import type { ActionRecord } from './action-record.js';
import { decideFile, type DecisionGround } from './decide-file.js';
import { gatherEvidence, type OpenCandidate } from './evidence.js';
import { holdCandidate } from './hold-candidate.js';
import type { PlannedSettlement } from './plan-action.js';
import { differences, seenOfCopy, seenOfLook } from './plan-facts.js';
import { severityLeft, resultUnsettled, waitingRecord, type InodeFinding } from './recover-batch.js';

/** What recovery would do about one finding. */
export interface PlannedOne {
  readonly record: ActionRecord;
  /** For the plan file, where something would be done. */
  readonly planned?: PlannedSettlement;
  /** The file is gone: its intent would be closed, and what it leaves behind forgotten. */
  readonly vanished?: IntentRow;
}

export interface PlanContext extends LookContext {
  /** Copies that files planned before this one would take over; a rebinding adds its own. */
  readonly taken: Set<ObjectId>;
}

type About = Pick<PlannedSettlement, 'id' | 'class' | 'severity' | 'path' | 'from'>;

function planVanished(context: LookContext, about: About, intent: IntentRow, why: string): PlannedOne {
  const shared = { ...about, kind: 'revert', action: 'close-intent', why } as const;
  const seen = seenOfLook(context.access, secondLook(context, about.id));
  return { record: { ...shared, result: 'planned' }, planned: { ...shared, seen, evidence: {} }, vanished: intent };
}

async function planOpen(
  context: PlanContext,
  store: ArchiveStore | undefined,
  about: About,
  candidate: OpenCandidate,
  ground: DecisionGround,
): Promise<PlannedOne> {
  const before = seenOfLook(context.access, candidate.look);
  const evidence = await gatherEvidence({ ...context, store, history: ground.history }, candidate);
  const { facts } = evidence;
  const verdict = decideFile(context.access, evidence, ground);
  const { kind, settlement: action, to, reason: why, reportClass } = verdict;
  const shared = { ...about, kind, ...(to && { to }), why };
  if (action === 'none') {
    const said = { severity: severityLeft(about.severity, verdict), ...(reportClass && { class: reportClass }) };
    const code = verdict.waitsFor && { code: 'EROLLBACK' };
    const result = resultUnsettled(verdict, evidence);
    return { record: { ...shared, action, result, facts, ...said, ...code } };
  }
  // No lease was held: what was read is of one moment only if nothing moved while it was.
  const after = seenOfLook(context.access, secondLook({ ...context, isHeld: true }, about.id));
  if (differences(before, after).length > 0) {
    const moved = 'it changed while it was compared with its copy';
    return { record: { ...about, kind: 'wait', action: 'none', result: 'skipped', why: moved } };
  }
  if (action === 'rebind' && evidence.copy) context.taken.add(evidence.copy.objectId);
  return {
    record: { ...shared, action, result: 'planned', facts },
    planned: { ...shared, action, seen: after, evidence: { ...facts, ...seenOfCopy(evidence) } },
  };
}

/** What recovery would do about a finding. Reads the file and its copy, writes nothing and takes no lease. */
export async function planOne(
  context: PlanContext,
  store: ArchiveStore | undefined,
  finding: InodeFinding,
  ground: DecisionGround,
): Promise<PlannedOne> {
  const { ino, gen, path, severity, state } = finding;
  const about = {
    id: { ino, gen },
    ...(path && { path }),
    class: finding.class,
    severity,
    ...(state && { from: state }),
  };
  try {
    const hold = holdCandidate(context, about.id, 'plan');
    if (hold.kind === 'vanished' && ground.history.adopting) {
      return { record: waitingRecord(finding, 'its file is gone, and an operation on it is open') };
    }
    if (hold.kind === 'vanished') return planVanished(context, about, hold.intent, hold.why);
    if (hold.kind === 'skip') {
      return { record: { ...about, kind: 'wait', action: 'none', result: 'skipped', why: hold.why } };
    }
    try {
      return await planOpen(context, store, about, hold.candidate, ground);
    } finally {
      closeLeased(hold.candidate.fd, hold.candidate.target);
    }
  } catch (error) {
    if (!(error instanceof HsmckError) || error instanceof InvariantError) throw error;
    return {
      record: { ...about, kind: 'wait', action: 'none', result: 'failed', why: error.message, code: error.code },
    };
  }
}
