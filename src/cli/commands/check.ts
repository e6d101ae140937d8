import type { ArchiveStore } from '../../archive/archive-store.js';
import { OperationalError } from '../../errors.js';
import { openStoreOf } from '../../migrate/open-session.js';
import type { Finding } from '../../reconcile/finding.js';
import { openRegistered, type RegisteredFilesystem } from '../../reconcile/registered-filesystem.js';
import { runReconcile, type ReconcileResult } from '../../reconcile/run-reconcile.js';
import type { ReconcileScope } from '../../reconcile/reconcile-task.js';
import { findingFields, findingText } from '../../report/finding-report.js';
import { formatCount, formatRate, formatSeconds, formatTally, plural } from '../../report/format-amount.js';
import { oneLine } from '../../report/one-line.js';
import { quotePath } from '../../report/quote-path.js';
import { globalOptions, totalSeconds, type CommandContext } from '../command-context.js';
import { EXIT } from '../exit-codes.js';
import { showReconcile } from '../reconcile-progress.js';
import { placesOf, sourceOptions, UNSETTLED, type SourceFlags } from '../source-options.js';
import { textToBytes } from '../raw-arguments.js';
import { FindingTally } from './finding-tally.js';
import { ScanHistory } from './scan-history.js';

export interface LookingCommand extends SourceFlags {
  readonly command: 'check' | 'audit';
  readonly scope: ReconcileScope;
  readonly deep: boolean;
  readonly resume: boolean;
}

/** The store, or a remark why nothing is said of it; a store that is not there is not an empty one. */
async function reachStore(context: CommandContext, subject: RegisteredFilesystem): Promise<ArchiveStore | undefined> {
  try {
    return await openStoreOf(subject);
  } catch (error) {
    if (!(error instanceof OperationalError)) throw error;
    context.terminal.note(`${oneLine(error.message)}. The archive was not looked at`);
    return undefined;
  }
}

interface Told extends ReconcileResult {
  readonly command: string;
  readonly mountPath: Buffer;
  readonly globals: string;
  readonly totalSeconds: number;
}

/** Of records of different ages nobody can say that nothing is interrupted. */
const nothingText = ({ byClass }: FindingTally): string =>
  byClass.has('catalog-behind') || byClass.has('filesystem-behind')
    ? 'nothing can be said of operations: the records are of different ages'
    : 'nothing is interrupted';

function summaryText(tally: FindingTally, told: Told): string {
  const { command, inodes, managed, seconds, complete, cancelled } = told;
  const cut = cancelled ? 'cancelled: ' : complete ? '' : 'not complete: ';
  const found =
    command === 'check'
      ? tally.interrupted === 0
        ? nothingText(tally)
        : `${formatCount(tally.interrupted)} interrupted (${formatTally(tally.interruptedByState)}); next: hsmck ${told.globals}recover ${quotePath(told.mountPath)}`
      : tally.all === 0
        ? complete
          ? 'everything agrees'
          : 'nothing was found in what was looked at'
        : `${formatTally(tally.byClass)}`;
  const busy = command === 'check' ? (tally.byClass.get('busy') ?? 0) : 0;
  const atWork = busy === 0 ? '' : `; ${formatCount(busy)} busy: an operation is at work there`;
  return (
    `${cut}${found}${atWork}\n` +
    `${plural(inodes, 'inode')}, ${formatCount(managed)} managed, scanned in ${formatSeconds(seconds)} ` +
    `(${formatRate(inodes, seconds)}); ${formatSeconds(told.totalSeconds)} in all\n`
  );
}

/** Looks at everything, tells what does not agree, and keeps a record of it. */
async function look(context: CommandContext, subject: RegisteredFilesystem, how: LookingCommand): Promise<number> {
  const { terminal, signal, threads } = context;
  const tally = new FindingTally();
  const store = how.scope === 'everything' ? await reachStore(context, subject) : undefined;
  const history = new ScanHistory(subject, how);
  const progress = showReconcile(terminal);
  let result: ReconcileResult;
  try {
    result = await runReconcile({
      subject,
      scope: how.scope,
      threads,
      source: sourceOptions(context, how, placesOf(context, subject)),
      signal,
      store,
      deep: how.deep,
      skipGroups: history.groupsDone,
      onPartition: (partition) => history.partitionDone(partition),
      onFinding: (finding: Finding) => {
        tally.add(finding);
        history.add(finding);
        terminal.line('finding', findingFields(finding), findingText(finding));
      },
      ...progress,
    });
  } finally {
    terminal.stopProgress();
  }
  if (!result.settled) terminal.note(UNSETTLED);
  for (const { agno, message } of result.failures)
    terminal.note(`allocation group ${agno} was not scanned to its end: ${message}`);
  const complete = result.complete && (how.scope === 'interrupted' || store !== undefined);
  let exitCode = tally.exitCode;
  if (result.cancelled) exitCode |= EXIT.CANCELLED;
  else if (!complete) exitCode |= EXIT.ERROR;
  history.end({ ...result, complete, exitCode, findings: tally.all });
  const total = totalSeconds(context);
  const fields = {
    command: how.command,
    source: result.source,
    settled: result.settled,
    inodes: result.inodes,
    managed: result.managed,
    candidates: result.candidates,
    findings: Object.fromEntries(tally.byClass),
    interrupted: tally.interrupted,
    interrupted_by_state: Object.fromEntries(tally.interruptedByState),
    lost: tally.lost,
    complete,
    seconds: result.seconds,
    total_seconds: total,
    inodes_per_second: Math.round(result.inodes / result.seconds),
    exit_code: exitCode,
  };
  terminal.line(
    'summary',
    fields,
    summaryText(tally, {
      ...result,
      complete,
      command: how.command,
      mountPath: subject.mount.mountPath,
      globals: globalOptions(context),
      totalSeconds: total,
    }),
  );
  return exitCode;
}

/** `hsmck check` and `hsmck audit`: look, never write to the filesystem. */
export async function runLooking(context: CommandContext, mount: string, how: LookingCommand): Promise<number> {
  const { catalogPath } = context;
  const subject = openRegistered({ catalogPath, mountPath: textToBytes(mount), mode: 'write' });
  try {
    return await look(context, subject, how);
  } finally {
    subject.close();
  }
}
