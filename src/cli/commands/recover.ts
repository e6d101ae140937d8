import type { ArchiveStore } from '../../archive/archive-store.js';
import { OperationalError, UsageError } from '../../errors.js';
import { acceptEpoch, planAcceptance } from '../../migrate/accept-epoch.js';
import { openSession, reachStoreOf } from '../../migrate/open-session.js';
import { rollbackOf, type Rollback } from '../../migrate/rollback.js';
import { acceptanceRecord } from '../../recover/acceptance-record.js';
import type { ActionRecord } from '../../recover/action-record.js';
import type { Preference } from '../../recover/decision-facts.js';
import type { PlannedAction } from '../../recover/plan-action.js';
import { planHeader } from '../../recover/plan-header.js';
import { PlanWriter } from '../../recover/plan-writer.js';
import { applyRecovery, planRecovery } from '../../recover/run-recover.js';
import type { Finding } from '../../reconcile/finding.js';
import type { Place } from '../../scan/settle/freeze-refusal.js';
import { openRegistered, type RegisteredFilesystem } from '../../reconcile/registered-filesystem.js';
import type { ReconcileResult } from '../../reconcile/run-reconcile.js';
import { actionFields, actionText, findingFields } from '../../report/finding-report.js';
import { formatCount, formatRate, formatSeconds, plural } from '../../report/format-amount.js';
import { oneLine } from '../../report/one-line.js';
import { quotePath } from '../../report/quote-path.js';
import { globalOptions, totalSeconds, type CommandContext } from '../command-context.js';
import { EXIT } from '../exit-codes.js';
import { showReconcile } from '../reconcile-progress.js';
import { placesOf, sourceOptions, UNSETTLED, type SourceFlags } from '../source-options.js';
import { textToBytes } from '../raw-arguments.js';
import { ActionTally } from './action-tally.js';
import { runApplyPlan } from './apply-plan.js';
import { FindingTally } from './finding-tally.js';
import { ScanHistory } from './scan-history.js';

export interface RecoverCommandOptions extends SourceFlags {
  readonly apply: boolean;
  readonly prefer: Preference;
  readonly acceptDeleted: boolean;
  readonly acceptEpoch: boolean;
  /** Written by a dry run; with `apply` it says what is done. */
  readonly planFile: string | undefined;
}

/** What a run that acts needs, to do what this one has said: a plan that was written, or else the same options. */
function howToAct({ planFile, prefer, acceptEpoch, acceptDeleted }: RecoverCommandOptions, isWritten: boolean): string {
  const deleted = acceptDeleted ? '--accept-deleted ' : '';
  if (isWritten && planFile !== undefined) return `${deleted}--plan ${quotePath(textToBytes(planFile))} `;
  const preference = prefer === 'auto' ? '' : `--prefer ${prefer} `;
  return `${acceptEpoch ? '--accept-epoch ' : ''}${deleted}${preference}`;
}

function nextText(context: CommandContext, options: RecoverCommandOptions, mount: string, complete: boolean): string {
  const isWritten = options.planFile !== undefined && complete;
  const how = howToAct(options, isWritten);
  const said = isWritten ? 'nothing but the plan was written' : 'nothing was written';
  return `${said}; to act: hsmck ${globalOptions(context)}recover --apply ${how}${quotePath(textToBytes(mount))}`;
}

function summaryText(
  context: CommandContext,
  options: RecoverCommandOptions,
  mount: string,
  tally: ActionTally,
  result: ReconcileResult,
): string {
  const { inodes, seconds, complete, cancelled } = result;
  const cut = cancelled ? 'cancelled, run it again to go on: ' : complete ? '' : 'not complete: ';
  const verb = options.apply ? '' : 'would be ';
  const { completed, reverted, repaired, uncorrected, lost, busy } = tally;
  const atWork = busy > 0 ? `, ${formatCount(busy)} busy` : '';
  const left = uncorrected > 0 ? `, ${formatCount(uncorrected)} left` : '';
  const next = !options.apply && tally.planned > 0 ? `${nextText(context, options, mount, result.complete)}\n` : '';
  return (
    `${cut}${formatCount(completed)} ${verb}completed, ${formatCount(reverted)} ${verb}reverted, ` +
    `${formatCount(repaired)} ${verb}repaired${left}${atWork}; lost: ${formatCount(lost)}\n${next}` +
    `${plural(inodes, 'inode')} scanned in ${formatSeconds(seconds)} (${formatRate(inodes, seconds)}); ${formatSeconds(totalSeconds(context))} in all\n`
  );
}

interface Reached {
  readonly store: ArchiveStore | undefined;
  readonly rollback?: Rollback;
}

/** Opens the store, or says that it cannot be reached: then nothing that hangs on it is decided. */
async function reachStore(context: CommandContext, subject: RegisteredFilesystem): Promise<Reached> {
  const marks = { root: subject.rootMark, rootVerdict: subject.markVerdict };
  try {
    const { store, mark, verdict } = await reachStoreOf(subject);
    const rollback = rollbackOf({ ...marks, store: mark, storeVerdict: verdict });
    return { store, ...(rollback && { rollback }) };
  } catch (error) {
    if (!(error instanceof OperationalError)) throw error;
    context.terminal.note(oneLine(error.message));
    const rollback = rollbackOf({ ...marks, store: marks.root, storeVerdict: 'agree' });
    return { store: undefined, ...(rollback && { rollback }) };
  }
}

interface Sinks {
  readonly onFinding: (finding: Finding) => void;
  readonly onAction: (record: ActionRecord) => void;
}

/** Opened before the scan, so that a bad place is told at once. */
function openPlanFile(
  subject: RegisteredFilesystem,
  { planFile, prefer, acceptEpoch: acceptsEpoch }: RecoverCommandOptions,
): PlanWriter | undefined {
  if (planFile === undefined) return undefined;
  const place = { path: textToBytes(planFile), mountDevice: subject.mount.mount.device };
  return new PlanWriter(place, planHeader(subject, { prefer, acceptsEpoch }, Date.now()));
}

/** Written at the end of a dry run. */
const planPlace = ({ planFile }: RecoverCommandOptions): Place[] =>
  planFile === undefined ? [] : [{ what: 'the plan', path: planFile }];

async function plan(
  context: CommandContext,
  mount: string,
  options: RecoverCommandOptions,
  sinks: Sinks,
): Promise<ReconcileResult> {
  const { catalogPath, threads, signal, terminal } = context;
  const subject = openRegistered({ catalogPath, mountPath: textToBytes(mount), mode: 'read' });
  try {
    let writer = openPlanFile(subject, options);
    try {
      const acceptance = options.acceptEpoch ? await planAcceptance(subject) : undefined;
      const { store, rollback } = await reachStore(context, subject);
      const onPlanned = (action: PlannedAction): void => writer?.add(action);
      const { prefer, acceptDeleted } = options;
      const age = acceptance ? { acceptance } : { ...(rollback && { rollback }) };
      const source = sourceOptions(context, options, [...placesOf(context, subject), ...planPlace(options)]);
      const progress = showReconcile(terminal);
      const how = { subject, store, prefer, acceptDeleted, threads, signal, source, onPlanned, ...progress };
      const found = await planRecovery({ ...how, ...age, ...sinks });
      const result = { ...found, complete: found.complete && store !== undefined };
      if (result.complete) {
        const whole = writer;
        writer = undefined;
        whole?.finish();
      } else if (writer !== undefined) terminal.note('no plan was written: not everything was looked at');
      return result;
    } finally {
      writer?.discard();
    }
  } finally {
    terminal.stopProgress();
    subject.close();
  }
}

async function apply(
  context: CommandContext,
  mount: string,
  options: RecoverCommandOptions,
  sinks: Sinks,
  exitCode: () => number,
): Promise<ReconcileResult> {
  const { catalogPath, threads, signal, terminal } = context;
  const { prefer, acceptDeleted, acceptEpoch: accepts } = options;
  const mountPath = textToBytes(mount);
  const { passStep } = context;
  const acceptance = accepts ? await acceptEpoch({ catalogPath, mountPath }) : undefined;
  if (acceptance) sinks.onAction(acceptanceRecord(acceptance, 'done'));
  const session = await openSession({ catalogPath, mountPath, command: 'recover', passStep, signal, adopt: true });
  const progress = showReconcile(terminal);
  try {
    const history = new ScanHistory(session.subject, { command: 'recover' });
    let left = 0;
    const result = await applyRecovery({
      session,
      prefer,
      acceptDeleted,
      threads,
      source: sourceOptions(context, options, placesOf(context, session.subject)),
      onFinding: sinks.onFinding,
      onAction: (record) => {
        sinks.onAction(record);
        if (record.result === 'done' || record.result === 'already') return;
        left += 1;
        history.add(leftFinding(record));
      },
      ...progress,
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
  const { planFile } = options;
  if (planFile === '') throw new UsageError('--plan takes the name of a file');
  if (options.apply && planFile !== undefined) return runApplyPlan(context, mount, { ...options, planFile });
  const found = new FindingTally();
  const done = new ActionTally(false);
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
  const result = options.apply
    ? await apply(context, mount, options, sinks, () => done.exitCode)
    : await plan(context, mount, options, sinks);
  if (!result.settled) terminal.note(UNSETTLED);
  let { exitCode } = done;
  if (result.cancelled) exitCode |= EXIT.CANCELLED;
  else if (!result.complete) exitCode |= EXIT.ERROR;
  const fields = {
    command: 'recover',
    source: result.source,
    settled: result.settled,
    applied: options.apply,
    plan: planFile === undefined || !result.complete ? undefined : textToBytes(planFile).toString('utf8'),
    plan_actions: planFile === undefined || !result.complete ? undefined : done.planned,
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
  terminal.line('summary', fields, summaryText(context, options, mount, done, result));
  return exitCode;
}
