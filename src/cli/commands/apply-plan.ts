import { UsageError } from '../../errors.js';
import { openSession } from '../../migrate/open-session.js';
import type { Preference } from '../../recover/decision-facts.js';
import { applyPlan, type ApplyPlanResult } from '../../recover/plan-apply.js';
import { assertPlanFits } from '../../recover/plan-header.js';
import { Plan } from '../../recover/plan-reader.js';
import { openRegistered } from '../../reconcile/registered-filesystem.js';
import { actionFields, actionText } from '../../report/finding-report.js';
import { formatCount, formatSeconds, plural } from '../../report/format-amount.js';
import { stepsOf, totalSeconds, type CommandContext } from '../command-context.js';
import { EXIT } from '../exit-codes.js';
import { textToBytes } from '../raw-arguments.js';
import { ActionTally } from './action-tally.js';

export interface ApplyPlanCommandOptions {
  readonly planFile: string;
  readonly prefer: Preference;
  readonly acceptDeleted: boolean;
}

/** Before anything is opened for writing: a run of operations alone would leave its marks. */
function refuseUnfit(context: CommandContext, mount: string, plan: Plan, prefer: Preference): void {
  const made = plan.header.prefer;
  if (prefer !== 'auto' && prefer !== made) {
    throw new UsageError(`the plan was made with --prefer ${made}: leave --prefer out, or make another plan`);
  }
  const { catalogPath } = context;
  const subject = openRegistered({ catalogPath, mountPath: textToBytes(mount), mode: 'read' });
  try {
    assertPlanFits(plan.header, subject);
  } finally {
    subject.close();
  }
}

function summaryText(tally: ActionTally, plan: Plan, { actions, cancelled, seconds }: ApplyPlanResult): string {
  const { completed, reverted, repaired, already, uncorrected } = tally;
  const cut = cancelled ? 'cancelled, run it again to go on: ' : '';
  const nothing = tally.corrected === 0 && !cancelled ? 'nothing was changed: ' : '';
  return (
    `${cut}${nothing}${formatCount(completed)} completed, ${formatCount(reverted)} reverted, ` +
    `${formatCount(repaired)} repaired, ${formatCount(already)} already done, ${formatCount(uncorrected)} left\n` +
    `${plural(actions, 'action')} of the plan made at ${plan.header.created}, in ${formatSeconds(seconds)}\n`
  );
}

async function carryOut(
  context: CommandContext,
  mount: string,
  plan: Plan,
  acceptDeleted: boolean,
  tally: ActionTally,
): Promise<ApplyPlanResult> {
  const { catalogPath, threads, signal, terminal } = context;
  const passStep = stepsOf(context);
  const mountPath = textToBytes(mount);
  const session = await openSession({ catalogPath, mountPath, command: 'recover', passStep, signal });
  const progress = terminal.startProgress('actions');
  try {
    return await applyPlan({
      session,
      plan,
      threads,
      acceptDeleted,
      onAction: (record) => {
        tally.add(record);
        terminal.line('action', actionFields(record), actionText(record));
      },
      onProgress: (actions) => progress.update(actions, plan.actionCount),
    });
  } finally {
    terminal.stopProgress();
    session.close();
  }
}

/** `hsmck recover --apply --plan FILE`: does what a plan says, where nothing has changed since. */
export async function runApplyPlan(
  context: CommandContext,
  mount: string,
  { planFile, prefer, acceptDeleted }: ApplyPlanCommandOptions,
): Promise<number> {
  stepsOf(context);
  const plan = Plan.open(textToBytes(planFile));
  try {
    refuseUnfit(context, mount, plan, prefer);
    const tally = new ActionTally(true);
    const result = await carryOut(context, mount, plan, acceptDeleted, tally);
    const exitCode = tally.exitCode | (result.cancelled ? EXIT.CANCELLED : 0);
    const { completed, reverted, repaired, corrected, already, uncorrected, lost } = tally;
    const fields = {
      command: 'recover',
      applied: true,
      plan: textToBytes(planFile).toString('utf8'),
      plan_actions: plan.actionCount,
      completed,
      reverted,
      repaired,
      corrected,
      already,
      uncorrected,
      lost,
      complete: !result.cancelled,
      seconds: result.seconds,
      total_seconds: totalSeconds(context),
      exit_code: exitCode,
    };
    context.terminal.line('summary', fields, summaryText(tally, plan, result));
    return exitCode;
  } finally {
    plan.close();
  }
}
