import type { ArchiveStore } from '../../archive/archive-store.js';
import { OperationalError } from '../../errors.js';
import { openSession, openStoreOf } from '../../migrate/open-session.js';
import type { ActionRecord } from '../../recover/action-record.js';
import type { Preference } from '../../recover/decision-facts.js';
import { applyRecovery, planRecovery } from '../../recover/run-recover.js';
import type { Finding } from '../../reconcile/finding.js';
import { openRegistered } from '../../reconcile/registered-filesystem.js';
import type { ReconcileResult } from '../../reconcile/run-reconcile.js';
import { actionFields, actionText, findingFields } from '../../report/finding-report.js';
import { formatCount, formatRate, formatSeconds, plural } from '../../report/format-amount.js';
import { oneLine } from '../../report/one-line.js';
import { quotePath } from '../../report/quote-path.js';
import { stepsOf, totalSeconds, type CommandContext } from '../command-context.js';
import { EXIT } from '../exit-codes.js';
import { textToBytes } from '../raw-arguments.js';
import { FindingTally } from './finding-tally.js';
import { ScanHistory } from './scan-history.js';

export interface RecoverCommandOptions {
  readonly apply: boolean;
  readonly prefer: Preference;
  readonly acceptDeleted: boolean;
}

/** What recovery did, added up. */
class ActionTally {
  completed = 0;
  reverted = 0;
  repaired = 0;
  planned = 0;
  uncorrected = 0;
  failed = 0;
  lost = 0;

  add({ kind, result, severity, class: actionClass }: ActionRecord): void {
    if (actionClass === 'data-lost') this.lost += 1;
    if (result === 'planned') this.planned += 1;
    else if (result !== 'done') {
      // What is only information, and nobody's work, is not left uncorrected.
      if (severity !== 'info' || kind === 'complete' || kind === 'revert') this.uncorrected += 1;
      if (result === 'failed') this.failed += 1;
    }
    if (result !== 'done' && result !== 'planned') return;
    if (kind === 'complete') this.completed += 1;
    if (kind === 'revert') this.reverted += 1;
    if (kind === 'repair') this.repaired += 1;
  }

  get exitCode(): number {
    const corrected = this.completed + this.reverted + this.repaired - this.planned;
    let code: number = corrected > 0 ? EXIT.CORRECTED : EXIT.CLEAN;
    if (this.uncorrected > 0 || this.planned > 0) code |= EXIT.UNCORRECTED;
    if (this.failed > 0) code |= EXIT.ERROR;
    return code;
  }
}

function summaryText(
  options: RecoverCommandOptions,
  mount: string,
  tally: ActionTally,
  result: ReconcileResult,
): string {
  const { inodes, seconds, complete, cancelled } = result;
  const cut = cancelled ? 'cancelled, run it again to go on: ' : complete ? '' : 'not complete: ';
  const verb = options.apply ? '' : 'would be ';
  const { completed, reverted, repaired, uncorrected, lost } = tally;
  const left = uncorrected > 0 ? `, ${formatCount(uncorrected)} left` : '';
  const next =
    !options.apply && tally.planned > 0
      ? `nothing was written; to act: hsmck recover --apply ${quotePath(textToBytes(mount))}\n`
      : '';
  return (
    `${cut}${formatCount(completed)} ${verb}completed, ${formatCount(reverted)} ${verb}reverted, ` +
    `${formatCount(repaired)} ${verb}repaired${left}; lost: ${formatCount(lost)}\n${next}` +
    `${plural(inodes, 'inode')} scanned in ${formatSeconds(seconds)} (${formatRate(inodes, seconds)})\n`
  );
}

/** Opens the store, or says that it cannot be reached: then nothing that hangs on it is decided. */
async function reachStore(
  context: CommandContext,
  subject: Parameters<typeof openStoreOf>[0],
): Promise<ArchiveStore | undefined> {
  try {
    return await openStoreOf(subject);
  } catch (error) {
    if (!(error instanceof OperationalError)) throw error;
    context.terminal.note(oneLine(error.message));
    return undefined;
  }
}

interface Sinks {
  readonly onFinding: (finding: Finding) => void;
  readonly onAction: (record: ActionRecord) => void;
}

async function plan(
  context: CommandContext,
  mount: string,
  prefer: Preference,
  sinks: Sinks,
): Promise<ReconcileResult> {
  const { catalogPath, threads, signal } = context;
  const subject = openRegistered({ catalogPath, mountPath: textToBytes(mount), mode: 'read' });
  try {
    const store = await reachStore(context, subject);
    const result = await planRecovery({ subject, store, prefer, threads, signal, ...sinks });
    return { ...result, complete: result.complete && store !== undefined };
  } finally {
    subject.close();
  }
}

async function apply(
  context: CommandContext,
  mount: string,
  { prefer, acceptDeleted }: RecoverCommandOptions,
  sinks: Sinks,
  exitCode: () => number,
): Promise<ReconcileResult> {
  const { catalogPath, threads, signal, terminal } = context;
  const mountPath = textToBytes(mount);
  const passStep = stepsOf(context);
  const session = await openSession({ catalogPath, mountPath, command: 'recover', passStep, signal });
  const progress = terminal.startProgress('inodes');
  try {
    const history = new ScanHistory(session.subject, { command: 'recover' });
    let left = 0;
    const result = await applyRecovery({
      session,
      prefer,
      acceptDeleted,
      threads,
      onFinding: sinks.onFinding,
      onAction: (record) => {
        sinks.onAction(record);
        if (record.result === 'done') return;
        left += 1;
        history.add(leftFinding(record));
      },
      onProgress: ({ inodes, expectedInodes }) => progress.update(inodes, expectedInodes),
    });
    history.end({ ...result, findings: left, exitCode: exitCode() });
    return result;
  } finally {
    terminal.stopProgress();
    session.close();
  }
}

/** What recovery could not settle stays on record as a finding. */
function leftFinding(record: ActionRecord): Finding {
  const { id, path, class: findingClass, severity, from, why, facts } = record;
  return {
    class: findingClass,
    severity,
    ...id,
    ...(path && { path }),
    ...(from && { state: from }),
    why,
    facts: { ...facts },
    action: 'report',
  };
}

/** `hsmck recover`: says what it would do, or does it. */
export async function runRecover(
  context: CommandContext,
  mount: string,
  options: RecoverCommandOptions,
): Promise<number> {
  const { terminal } = context;
  const found = new FindingTally();
  const done = new ActionTally();
  const sinks: Sinks = {
    onFinding: (finding) => {
      found.add(finding);
      terminal.line('finding', findingFields(finding), '');
    },
    onAction: (record) => {
      done.add(record);
      terminal.line('action', actionFields(record), actionText(record));
    },
  };
  const { prefer } = options;
  const result = options.apply
    ? await apply(context, mount, options, sinks, () => done.exitCode)
    : await plan(context, mount, prefer, sinks);
  let { exitCode } = done;
  if (result.cancelled) exitCode |= EXIT.CANCELLED;
  else if (!result.complete) exitCode |= EXIT.ERROR;
  const fields = {
    command: 'recover',
    source: 'xfs-bulkstat',
    applied: options.apply,
    inodes: result.inodes,
    managed: result.managed,
    findings: Object.fromEntries(found.byClass),
    interrupted: found.interrupted,
    completed: done.completed,
    reverted: done.reverted,
    repaired: done.repaired,
    corrected: options.apply ? done.completed + done.reverted + done.repaired : 0,
    planned: done.planned,
    uncorrected: done.uncorrected,
    lost: done.lost,
    complete: result.complete,
    seconds: result.seconds,
    total_seconds: totalSeconds(context),
    inodes_per_second: Math.round(result.inodes / result.seconds),
    exit_code: exitCode,
  };
  terminal.line('summary', fields, summaryText(options, mount, done, result));
  return exitCode;
}
