import { setImmediate } from 'node:timers/promises';
import { HsmckError, InvariantError, OperationalError } from '../errors.js';
import { closeLeased, leaseBreakTimeSeconds } from '../native/lock.js';
import type { RegisteredFilesystem } from '../reconcile/registered-filesystem.js';
import { alreadyArchived } from './already-archived.js';
import { archiveBatch } from './archive-batch.js';
import { inBatches } from './batches.js';
import type { FileOutcome, FileResult } from './file-result.js';
import { ensureOps } from './operation-marks.js';
import type { ForwardOperation } from './preconditions.js';
import { recallBatch } from './recall-batch.js';
import { passChecks, releaseBatch } from './release-batch.js';
import { removeBatch } from './remove-batch.js';
import type { ResolvedPath } from './resolve-path.js';
import type { Session } from './session.js';
import { storeRefusal } from './store-refusal.js';
import { takeHold, type HeldFile } from './take-hold.js';
import type { UnusablePath } from './walk-files.js';

/** A lease break waits so many seconds for its holder; with less, a slow moment could let a writer in unseen. */
const LEASE_BREAK_SECONDS_MIN = 10;

type Batch = (session: Session, files: readonly HeldFile[]) => Promise<FileResult[]>;

async function archiveChanged(session: Session, files: readonly HeldFile[]): Promise<FileResult[]> {
  const { fit, results } = await passChecks(session, files, [alreadyArchived]);
  const refused = await storeRefusal(session, fit);
  if (fit.length === 0 || refused.length > 0) return [...results, ...refused];
  return [...results, ...(await archiveBatch(session, fit))];
}

const BATCHES: Readonly<Record<ForwardOperation, Batch>> = {
  archive: archiveChanged,
  release: releaseBatch,
  recall: recallBatch,
  remove: removeBatch,
};

/** @throws OperationalError ELEASETIME where the kernel would let others in too soon for a punch to be safe */
export function assertLeaseBreakTime(): void {
  const seconds = leaseBreakTimeSeconds();
  if (seconds > 0 && seconds < LEASE_BREAK_SECONDS_MIN) {
    throw new OperationalError(
      'ELEASETIME',
      `/proc/sys/fs/lease-break-time is ${seconds} s: set it to ${LEASE_BREAK_SECONDS_MIN} or more (45 is the default)`,
    );
  }
}

/** @throws OperationalError EUNGUARDED, ELEASETIME: what would make the operation unsafe as a whole */
export function assertOperationAllowed(subject: RegisteredFilesystem, operation: ForwardOperation): void {
  assertLeaseBreakTime();
  if (operation !== 'release' || !subject.filesystem.guarded) return;
  const mount = subject.mount.mountPath.toString();
  throw new OperationalError(
    'EUNGUARDED',
    `release is refused on ${mount}: no recall daemon answers there, so whoever reads a released file would get zeros. ` +
      `If you accept that, register it with "hsmck init ${mount} --archive DIR --unguarded"`,
  );
}

/** The result of a path that cannot be worked on. */
export function unusable(path: UnusablePath): FileResult {
  const result: FileOutcome =
    path.error.code === 'ENOTFILE' || path.error.code === 'EISFOLDER' ? 'wrong-state' : 'failed';
  return { path: path.path, result, why: path.error.message, code: path.error.code };
}

function hold(session: Session, operation: ForwardOperation, path: ResolvedPath): HeldFile | FileResult {
  const about = { path: path.path, id: path.id, sizeBytes: path.stat.sizeBytes };
  try {
    const held = takeHold(session, operation, path);
    return held.kind === 'held' ? held.file : { ...about, result: held.result, why: held.why };
  } catch (error) {
    if (!(error instanceof HsmckError) || error instanceof InvariantError) throw error;
    return { ...about, result: 'failed', why: error.message, code: error.code };
  }
}

async function runBatch(
  session: Session,
  operation: ForwardOperation,
  paths: readonly ResolvedPath[],
): Promise<FileResult[]> {
  const held: HeldFile[] = [];
  const results: FileResult[] = [];
  try {
    for (const path of paths) {
      const one = hold(session, operation, path);
      if ('result' in one) results.push(one);
      else held.push(one);
    }
    if (held.length > 0) results.push(...(await BATCHES[operation](session, held)));
    return results;
  } finally {
    for (const { fd, target } of held) closeLeased(fd, target);
  }
}

/** The paths that can be worked on, until the user wants to stop. */
async function* untilAborted(
  files: RunOptions['files'],
  signal: AbortSignal,
  onUnusable: (path: UnusablePath) => void,
): AsyncGenerator<ResolvedPath> {
  for await (const path of files) {
    if (signal.aborted) return;
    if ('error' in path) onUnusable(path);
    else yield path;
  }
}

export interface RunOptions {
  readonly session: Session & { readonly subject: RegisteredFilesystem };
  readonly operation: ForwardOperation;
  readonly files: AsyncIterable<ResolvedPath | UnusablePath>;
  readonly onResult: (result: FileResult) => void;
}

/**
 * Runs a forward operation over files, a batch at a time, until they end or the session's signal is aborted. Every file
 * that was reached gets exactly one result.
 * @returns false if it was cut short
 * @throws HsmckError when nothing can go on: the store is gone, the catalog is full
 */
export async function runOperation(options: RunOptions): Promise<boolean> {
  const { session, operation, onResult } = options;
  const { signal } = session;
  assertOperationAllowed(session.subject, operation);
  const usable = untilAborted(options.files, signal, (path) => onResult(unusable(path)));
  for await (const batch of inBatches(usable, ({ stat }) => stat.sizeBytes)) {
    if (signal.aborted) return false;
    // Named twice: a second open would break the lease of the first.
    const paths = batch.filter(({ id }, at) => batch.findIndex((one) => one.id.ino === id.ino) === at);
    await ensureOps(session.subject, session.store, paths.length);
    for (const result of await runBatch(session, operation, paths)) onResult(result);
    // Signals get their turn: what is done for small files never waits for anything.
    await setImmediate();
  }
  return !signal.aborted;
}
