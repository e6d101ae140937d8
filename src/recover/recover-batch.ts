import type { IntentRow } from '../catalog/intent-rows.js';
import { HsmckError, invariant, InvariantError } from '../errors.js';
import { closeLeased, leaseIsWhole } from '../native/lock.js';
import type { ObjectId, Op } from '../dm/identity.js';
import { BusyError, CancelledError } from '../migrate/busy-error.js';
import type { Session } from '../migrate/session.js';
import { settle } from '../migrate/settle.js';
import type { SettleItem, SettleResult } from '../migrate/settle-item.js';
import type { ObjectInHand, Ticket } from '../migrate/ticket.js';
import type { InodeId } from '../native/inode-id.js';
import type { Finding, Severity } from '../reconcile/finding.js';
import { syncFilesystem } from '../native/io.js';
import type { Look } from '../reconcile/look.js';
import type { ActionRecord } from './action-record.js';
import { waitsFor } from './adoption.js';
import { decideFile, type DecisionGround } from './decide-file.js';
import type { Preference } from './decision-facts.js';
import { gatherEvidence, type Evidence, type OpenCandidate } from './evidence.js';
import { historyOf } from './history.js';
import { holdCandidate } from './hold-candidate.js';
import { lostCapability } from './lost-capability.js';
import { readyCopies } from './ready-copies.js';
import { reliesOnCopy } from './relies-on-copy.js';
import { AGREE } from './rules-at-rest.js';
import type { Verdict } from './rule.js';
import type { SettlementName } from '../migrate/settlements.js';

/** A finding about one inode that recovery may act on. */
export type InodeFinding = Finding & InodeId;

/** A file that is open and was decided on. */
export interface Decided {
  readonly finding: InodeFinding;
  readonly candidate: OpenCandidate;
  readonly evidence: Evidence;
  readonly verdict: Verdict;
}

function recordOf(
  finding: Finding,
  rest: Pick<ActionRecord, 'kind' | 'action' | 'result' | 'why'> & Partial<ActionRecord>,
): ActionRecord {
  const { ino, gen } = finding;
  return {
    ...(ino !== undefined && gen !== undefined && { id: { ino, gen } }),
    ...(finding.path && { path: finding.path }),
    class: finding.class,
    severity: finding.severity,
    ...(finding.state && { from: finding.state }),
    ...rest,
  };
}

/** The record of a finding that recovery leaves alone. */
export function leftAlone(finding: Finding): ActionRecord {
  const waiting = finding.action === 'wait';
  return recordOf(finding, {
    kind: waiting ? 'wait' : 'report',
    action: 'none',
    result: waiting ? 'skipped' : 'left',
    why: finding.why,
  });
}

function opOf({ attribute, intent, row }: Look): Op {
  const strange = 'attribute' in attribute ? attribute.attribute.op : undefined;
  const op = intent?.op ?? (attribute.kind === 'own' ? attribute.attribute.op : undefined) ?? row?.op ?? strange;
  invariant(op !== undefined, 'a file that recovery settles has an operation number');
  return op;
}

/** What is known of a copy that is not complete: its name, and the size that the records give. */
function objectOf({ stat }: OpenCandidate, { look, copy }: Evidence): ObjectInHand {
  invariant(copy !== undefined, 'a file that recovery settles has a copy in question');
  if (copy.content !== undefined) return copy.content;
  const { sizeBytes, mtimeNs } = look.intent ?? stat;
  return { objectId: copy.objectId, sizeBytes, mtimeNs, sha256: Buffer.alloc(0), nonzeroBytes: 0n };
}

/**
 * A file that was released has the mtime of that time in its row. What an intent saw later may be a mtime that somebody had
 * moved, which must not become the reference.
 */
function stubMtimeOf({ intent, row }: Look): Pick<Ticket, 'stubMtimeNs'> {
  const recorded = row?.state === 'offline' ? row : (intent ?? row);
  return recorded ? { stubMtimeNs: recorded.mtimeNs } : {};
}

function ticketOf({ candidate, evidence }: Decided): Ticket {
  const { fd, stat, target } = candidate;
  const { look } = evidence;
  const object = objectOf(candidate, evidence);
  const { row, intent, attribute } = look;
  const capability = lostCapability(candidate, evidence);
  // Records that are of another time have no say in what is settled, but an outdated intent is closed with it.
  const outdatedIntent = intent === undefined ? candidate.look.intent : undefined;
  const previous = intent?.previousObjectId ?? (row?.objectId === object.objectId ? undefined : row?.objectId);
  const path = (row ?? candidate.look.row)?.pathHint ?? (intent ?? outdatedIntent)?.pathHint;
  return {
    operation: 'recover',
    target,
    ...(path && { path }),
    id: look.id,
    fd,
    lease: 'write',
    op: opOf(look),
    hasIntent: intent !== undefined,
    ...(outdatedIntent && { outdatedOp: outdatedIntent.op }),
    object,
    ...(evidence.copy?.fact === 'bad' && { isCopyDamaged: true }),
    ...(previous && { previousObjectId: previous }),
    ...(row && { row }),
    ...stubMtimeOf(look),
    ...(capability && { lostCapability: capability }),
    before: stat,
    state: attribute.kind === 'own' ? attribute.attribute.state : 'resident',
  };
}

async function decideOne(
  session: Session,
  finding: InodeFinding,
  candidate: OpenCandidate,
  ground: DecisionGround & { readonly taken: ReadonlySet<ObjectId> },
): Promise<Decided> {
  const onChunk = (): void => {
    if (session.signal.aborted) throw new CancelledError();
    if (!leaseIsWhole(candidate.fd, 'write', candidate.target)) {
      throw new BusyError(candidate.target, 'somebody opened it while it was compared');
    }
  };
  const { access, catalog, store, filesystem } = session;
  const evidence = await gatherEvidence(
    { access, catalog, store, fs: filesystem.fs, onChunk, history: ground.history, taken: ground.taken },
    candidate,
  );
  return { finding, candidate, evidence, verdict: decideFile(access, evidence, ground) };
}

function settledRecord(decided: Decided, result: SettleResult): ActionRecord {
  const { finding, verdict, evidence } = decided;
  const { kind, settlement: action, to, reason: why } = verdict;
  const shared = { kind, action, ...(to && { to }), facts: evidence.facts } as const;
  switch (result.kind) {
    case 'settled':
      return recordOf(finding, { ...shared, result: 'done', why });
    case 'gave-way':
      return recordOf(finding, { ...shared, result: 'skipped', why: result.why.message });
    case 'failed': {
      const skipped = result.error instanceof BusyError;
      return recordOf(finding, {
        ...shared,
        result: skipped ? 'skipped' : 'failed',
        why: result.error.message,
        code: result.error.code,
      });
    }
  }
}

/** What was looked into and left is never mere information, whatever it was found as. */
export function severityLeft(found: Severity, verdict: Verdict): Severity {
  if (verdict.reportClass === 'data-lost') return 'critical';
  return found === 'info' ? 'warning' : found;
}

/** `already`: somebody else has settled it, or it was a moment's sight. Not where another row claims the same copy. */
export const resultUnsettled = (verdict: Verdict, { facts }: Evidence): 'already' | 'left' =>
  verdict.reason === AGREE && (facts.others === 'none' || facts.others === 'gone') ? 'already' : 'left';

function unsettledRecord({ finding, verdict, evidence }: Decided): ActionRecord {
  return recordOf(finding, {
    kind: verdict.kind,
    action: 'none',
    result: resultUnsettled(verdict, evidence),
    why: verdict.reason,
    ...(evidence.copy && resultUnsettled(verdict, evidence) === 'left' && { object: evidence.copy.objectId }),
    facts: evidence.facts,
    severity: severityLeft(finding.severity, verdict),
    ...(verdict.waitsFor && { code: 'EROLLBACK' }),
    ...(verdict.reportClass && { class: verdict.reportClass }),
  });
}

/** Rows of files that are gone follow the copy: into the new binding, or out of the way of its trashing. */
function itemOf(one: Decided, settlement: SettlementName): SettleItem {
  const followsCopy = reliesOnCopy(settlement) || settlement === 'make-resident';
  return { ticket: ticketOf(one), settlement, dropsRows: followsCopy ? one.evidence.deadClaims : [] };
}

/** Settles files as they were decided on, their copies made ready first. Leases and descriptors stay the caller's. */
export async function settleDecided(session: Session, decided: readonly Decided[]): Promise<ActionRecord[]> {
  const wanted = decided.filter(({ verdict }) => verdict.settlement !== 'none');
  const unsettled = decided.filter(({ verdict }) => verdict.settlement === 'none').map(unsettledRecord);
  const unready = await readyCopies(session, wanted);
  const records = [...unsettled, ...[...unready].map(([{ finding }, error]) => failedRecord(finding, error))];
  const due = wanted.filter((one) => !unready.has(one));
  if (due.length === 0) return records;
  const items = due.flatMap((one) => (one.verdict.settlement === 'none' ? [] : [itemOf(one, one.verdict.settlement)]));
  const results = await settle(session, items);
  return [
    ...records,
    ...results.flatMap((result) => {
      const one = due.find(({ candidate }) => candidate.fd === result.ticket.fd);
      return one === undefined ? [] : [settledRecord(one, result)];
    }),
  ];
}

const failedRecord = (finding: Finding, error: HsmckError): ActionRecord =>
  recordOf(finding, {
    kind: 'wait',
    action: 'none',
    result: error instanceof BusyError || error instanceof CancelledError ? 'skipped' : 'failed',
    why: error.message,
    code: error.code,
  });

/** What was found of an inode under its lease, before anything is done. */
export type Found =
  | { readonly kind: 'decided'; readonly look: Look; readonly evidence: Evidence; readonly verdict: Verdict }
  | { readonly kind: 'vanished'; readonly intent: IntentRow };

export interface RecoverBatchOptions {
  readonly prefer: Preference;
  /** Hears of intents that were closed because their file is gone: its row and its copies are left over. */
  readonly onVanished?: (finding: InodeFinding, intent: IntentRow) => void;
  /** Says why an inode is to be left alone after all; undefined where it may be settled. */
  readonly objection?: (finding: InodeFinding, found: Found) => string | undefined;
}

/** The record of a finding that waits until the administrator has accepted a rollback. */
export const waitingRecord = (finding: Finding, why: string): ActionRecord =>
  recordOf(finding, { kind: 'report', action: 'none', result: 'left', why: waitsFor(why), code: 'EROLLBACK' });

const skippedRecord = (finding: Finding, why: string): ActionRecord =>
  recordOf(finding, { kind: 'wait', action: 'none', result: 'skipped', why });

function closeVanished(
  session: Session,
  finding: InodeFinding,
  { intent, why }: { readonly intent: IntentRow; readonly why: string },
  { onVanished, objection }: RecoverBatchOptions,
): ActionRecord {
  if (session.rollback) return waitingRecord(finding, 'its file is gone, and an operation on it is open');
  const objected = objection?.(finding, { kind: 'vanished', intent });
  if (objected !== undefined) return skippedRecord(finding, objected);
  // The file may be gone only in memory: a crash would bring it back, and nothing would say that it is unsettled.
  syncFilesystem(session.mount.rootFd, session.mount.mountPath.toString());
  session.catalog.intents.close(intent.op);
  onVanished?.(finding, intent);
  return recordOf(finding, { kind: 'revert', action: 'close-intent', result: 'done', why });
}

/**
 * Settles what was found on a batch of inodes: each under its write lease, looked at, compared and decided afresh, so
 * that nothing rests on what the scan saw. Every finding gets exactly one record.
 * @throws CatalogError, InvariantError
 */
export async function recoverBatch(
  session: Session,
  findings: readonly InodeFinding[],
  options: RecoverBatchOptions,
): Promise<ActionRecord[]> {
  const context = { access: session.access, catalog: session.catalog, fs: session.filesystem.fs };
  const ground = { prefer: options.prefer, history: historyOf(session) };
  const held: OpenCandidate[] = [];
  const decided: Decided[] = [];
  const taken = new Set<ObjectId>();
  const records: ActionRecord[] = [];
  try {
    for (const finding of findings) {
      try {
        const hold = holdCandidate(context, { ino: finding.ino, gen: finding.gen }, 'act');
        if (hold.kind === 'vanished') {
          records.push(closeVanished(session, finding, hold, options));
          continue;
        }
        if (hold.kind === 'skip') {
          records.push(skippedRecord(finding, hold.why));
          continue;
        }
        held.push(hold.candidate);
        const one = await decideOne(session, finding, hold.candidate, { ...ground, taken });
        const { evidence, verdict } = one;
        const objected = options.objection?.(finding, {
          kind: 'decided',
          look: hold.candidate.look,
          evidence,
          verdict,
        });
        if (objected === undefined) {
          decided.push(one);
          if (verdict.settlement === 'rebind' && evidence.copy) taken.add(evidence.copy.objectId);
        } else records.push(skippedRecord(finding, objected));
      } catch (error) {
        if (!(error instanceof HsmckError) || error instanceof InvariantError) throw error;
        records.push(failedRecord(finding, error));
      }
    }
    return [...records, ...(await settleDecided(session, decided))];
  } finally {
    for (const { fd, target } of held) closeLeased(fd, target);
  }
}
