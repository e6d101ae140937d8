/**
 * Carries out what a person decided about one file. A stub at rest goes the way of an operation, with an intent and a mark
 * (`recall` to keep the archived version, `remove` to keep the file), so that a crash is seen by `check` and settled by
 * recovery. What an operation or a crash left in another state is settled as recovery does it: a crash leaves that
 * conflict as it was, or settled.
 */
import { HsmckError, invariant, InvariantError } from '../errors.js';
import type { FileResult } from '../migrate/file-result.js';
import { ensureOps } from '../migrate/operation-marks.js';
import { settleFit } from '../migrate/release-batch.js';
import type { ResolvedPath } from '../migrate/resolve-path.js';
import type { Session } from '../migrate/session.js';
import type { SettlementName } from '../migrate/settlements.js';
import { storeRefusal } from '../migrate/store-refusal.js';
import type { HeldFile } from '../migrate/take-hold.js';
import { dataExtents } from '../native/extents.js';
import { dropCachedPages, exactSize, fsyncFd, truncateFd } from '../native/io.js';
import { closeLeased, leaseIsWhole } from '../native/lock.js';
import { statFd } from '../native/statx.js';
import { BusyError, CancelledError } from '../migrate/busy-error.js';
import type { RegisteredFilesystem } from '../reconcile/registered-filesystem.js';
import type { ActionRecord } from './action-record.js';
import { decideFile } from './decide-file.js';
import { decideResolve, type Resolution, type Side } from './decide-resolve.js';
import { isAnyonesWord } from './decide-look.js';
import { gatherEvidence, type Evidence, type EvidenceContext, type OpenCandidate } from './evidence.js';
import { historyOf } from './history.js';
import { holdCandidate } from './hold-candidate.js';
import { readyCopies } from './ready-copies.js';
import { settleDecided, type Decided, type InodeFinding } from './recover-batch.js';
import { complete, type Verdict } from './rule.js';

/** Where a file is looked at: a session, or for a dry run what was opened for reading. */
export type ResolveContext = Pick<EvidenceContext, 'access' | 'catalog' | 'store' | 'fs' | 'onChunk'>;

interface Weighed {
  readonly evidence: Evidence;
  readonly verdict: Verdict;
  readonly resolution: Resolution;
  /** The file has another size than the archived version, and no byte of data: it is only its size that is in the way. */
  readonly onlySize: boolean;
}

const FORGEABLE: Resolution = {
  kind: 'stop',
  result: 'conflict',
  why:
    'anyone can write attributes in the user namespace, and this one names the copy of another file, so nothing is filled by it. ' +
    'If the data is this file’s, copy it out of the archive yourself (cp --sparse=always), and archive it anew',
};

/** Whether there is nothing in a file but holes. */
function isHollow({ fd, stat, target }: OpenCandidate): boolean {
  if (stat.sizeBytes > BigInt(Number.MAX_SAFE_INTEGER)) return false;
  dropCachedPages(fd, target);
  return dataExtents(fd, exactSize(stat.sizeBytes), target).next().done === true;
}

/** Looks at a file that is held, and decides. Writes nothing. */
async function weigh(context: ResolveContext, candidate: OpenCandidate, keep: Side): Promise<Weighed> {
  const history = historyOf({ ...context, filesystem: context });
  const evidence = await gatherEvidence({ ...context, history }, candidate);
  const verdict = decideFile(context.access, evidence, { prefer: 'auto', history });
  const archived = evidence.copy?.fact === 'good' ? evidence.copy.content : undefined;
  const onlySize =
    keep === 'archive' &&
    archived !== undefined &&
    archived.sizeBytes !== candidate.stat.sizeBytes &&
    isHollow(candidate);
  const facts = onlySize ? { ...evidence.facts, bytes: 'missing' as const } : evidence.facts;
  const resolution = decideResolve(facts, verdict, keep);
  const isForgeable = keep === 'archive' && resolution.kind === 'settle' && isAnyonesWord(context.access, evidence);
  return { evidence, verdict, resolution: isForgeable ? FORGEABLE : resolution, onlySize };
}

/** A stub whose records agree: attribute, row and object of one copy, and nobody else's. */
function isStubAtRest({ evidence: { facts, look, deadClaims } }: Weighed): boolean {
  const { attribute, intent, row, names, others } = facts;
  const isBound = attribute === 'offline' && row === 'offline' && names === 'row' && others === 'none';
  return isBound && intent === 'none' && deadClaims.length === 0 && look.object?.sha256 !== undefined;
}

function heldFile(session: Session, path: ResolvedPath, { fd, target }: OpenCandidate, { look }: Evidence): HeldFile {
  const { row, attribute, id } = look;
  // Again: its row may have been put right by the look at the copy.
  const object = look.object && session.catalog.objects.find(look.object.objectId);
  const attributeBytes = session.access.attribute(id);
  const file = { path, target, fd, lease: 'write', stat: statFd(fd, target), attributeBytes, attribute } as const;
  return { ...file, ...(row && { row }), ...(object && { object }) };
}

/** Through an operation: intent, mark, settlement. */
async function asOperation(session: Session, file: HeldFile, keep: Side): Promise<FileResult | undefined> {
  if (keep === 'archive') {
    return (await settleFit(session, 'recall', [file], { settlement: 'fill', back: 'mark-offline' })).at(0);
  }
  const [refused] = await storeRefusal(session, [file]);
  if (refused !== undefined) return refused;
  const way = { settlement: 'make-resident', back: 'mark-offline', keepsFile: true } as const;
  return (await settleFit(session, 'remove', [file], way)).at(0);
}

const OUTCOMES: Partial<Record<ActionRecord['result'], FileResult['result']>> = { done: 'resolved', skipped: 'busy' };

/** As recovery settles what it decided on itself. */
async function asRecovery(
  session: Session,
  decided: Decided,
  settlement: SettlementName,
  about: Pick<FileResult, 'path' | 'id' | 'sizeBytes'>,
): Promise<FileResult> {
  const to = settlement === 'fill' ? 'dual' : 'resident';
  const verdict = complete(settlement, to, 'somebody decided which side counts');
  const [record] = await settleDecided(session, [{ ...decided, verdict }]);
  invariant(record !== undefined, 'what was decided has a record');
  const result = OUTCOMES[record.result] ?? 'failed';
  return {
    ...about,
    result,
    ...(result !== 'resolved' && { why: record.why, ...(record.code && { code: record.code }) }),
  };
}

/** What a record of recovery is about; no scan found it. */
function findingOf({ id }: ResolvedPath, path: ResolvedPath['path'], why: string): InodeFinding {
  return { class: 'conflict', severity: 'error', ...id, path, why, facts: {}, action: 'report' };
}

async function carryOut(
  session: Session,
  path: ResolvedPath,
  candidate: OpenCandidate,
  keep: Side,
  about: Pick<FileResult, 'path' | 'id' | 'sizeBytes'>,
): Promise<FileResult> {
  const { fd, target } = candidate;
  const onChunk = (): void => {
    if (session.signal.aborted) throw new CancelledError();
    if (!leaseIsWhole(fd, 'write', target)) throw new BusyError(target, 'somebody opened it while it was compared');
  };
  const context = { ...session, fs: session.filesystem.fs, onChunk };
  const weighed = await weigh(context, candidate, keep);
  const { evidence, verdict, resolution, onlySize } = weighed;
  if (resolution.kind === 'stop') return { ...about, result: resolution.result, why: resolution.why };
  const { settlement, why } = resolution;
  const decided = { finding: findingOf(path, path.path, why), evidence, verdict: { ...verdict, settlement } };
  const unready = await readyCopies(session, [decided]);
  for (const error of unready.values()) throw error;
  onChunk();
  // There is no byte to be lost. A crash behind it leaves the conflict that it was, in the archived size.
  if (onlySize) truncateFd(fd, exactSize(evidence.copy?.content?.sizeBytes ?? 0n), target);
  const now = { ...candidate, stat: statFd(fd, target) };
  if (!isStubAtRest(weighed)) {
    // What the file has in memory only is about to be all that there is of it.
    fsyncFd(fd, target);
    return asRecovery(session, { ...decided, candidate: now }, settlement, about);
  }
  const done = await asOperation(session, heldFile(session, path, now, evidence), keep);
  invariant(done !== undefined, 'a file that was begun has a result');
  return done.result === 'recalled' || done.result === 'removed' ? { ...about, result: 'resolved' } : done;
}

/** Opens a file that nobody else has open, and reports what the world refuses. */
async function withHeld(
  context: ResolveContext,
  path: ResolvedPath,
  purpose: 'act' | 'plan',
  use: (candidate: OpenCandidate, about: Pick<FileResult, 'path' | 'id' | 'sizeBytes'>) => Promise<FileResult>,
): Promise<FileResult> {
  const about = { path: path.path, id: path.id, sizeBytes: path.stat.sizeBytes };
  try {
    const hold = holdCandidate(context, path.id, purpose);
    if (hold.kind !== 'open') return { ...about, result: 'busy', why: hold.why };
    const { fd, target } = hold.candidate;
    try {
      return await use(hold.candidate, about);
    } finally {
      closeLeased(fd, target);
    }
  } catch (error) {
    if (!(error instanceof HsmckError) || error instanceof InvariantError) throw error;
    const result = error instanceof BusyError ? 'busy' : error instanceof CancelledError ? 'cancelled' : 'failed';
    return { ...about, result, why: error.message, code: error.code };
  }
}

/**
 * Settles a file in conflict as a person decided: the archived version counts, or the file as it is.
 * @throws CatalogError, StoreError where nothing can go on
 */
export async function resolveFile(
  session: Session & { readonly subject: RegisteredFilesystem },
  path: ResolvedPath,
  keep: Side,
): Promise<FileResult> {
  await ensureOps(session.subject, session.store, 1);
  const context = { ...session, fs: session.filesystem.fs };
  return withHeld(context, path, 'act', (candidate, about) => carryOut(session, path, candidate, keep, about));
}

/** What `resolveFile` would do. Takes no lease and writes nothing. */
export function planResolve(context: ResolveContext, path: ResolvedPath, keep: Side): Promise<FileResult> {
  return withHeld(context, path, 'plan', async (candidate, about) => {
    const { resolution } = await weigh(context, candidate, keep);
    const { why } = resolution;
    return { ...about, result: resolution.kind === 'stop' ? resolution.result : 'planned', why };
  });
}
