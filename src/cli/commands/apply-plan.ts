import { UsageError } from '../../errors.js';
import { acceptEpoch } from '../../migrate/accept-epoch.js';
import { openSession } from '../../migrate/open-session.js';
import { acceptanceRecord } from '../../recover/acceptance-record.js';
import type { ActionRecord } from '../../recover/action-record.js';
import type { Preference } from '../../recover/decision-facts.js';
import { applyPlan, type ApplyPlanResult } from '../../recover/plan-apply.js';
import { assertPlanFits } from '../../recover/plan-header.js';
import { Plan } from '../../recover/plan-reader.js';
import { openRegistered } from '../../reconcile/registered-filesystem.js';
import { actionFields, actionText } from '../../report/finding-report.js';
import { formatCount, formatSeconds, plural } from '../../report/format-amount.js';
import { totalSeconds, type CommandContext } from '../command-context.js';
import { EXIT } from '../exit-codes.js';
import { textToBytes } from '../raw-arguments.js';
import { ActionTally } from './action-tally.js';

export interface ApplyPlanCommandOptions {
  readonly planFile: string;
  readonly prefer: Preference;
  readonly acceptDeleted: boolean;
  readonly acceptEpoch: boolean;
}

/** Before anything is opened for writing: a run of operations alone would leave its marks. */
function refuseUnfit(context: CommandContext, mount: string, plan: Plan, options: ApplyPlanCommandOptions): void {
  const { prefer } = options;
  const made = plan.header.prefer;
  if (plan.header.acceptsEpoch !== options.acceptEpoch) {
    const way = plan.header.acceptsEpoch ? 'give it here too' : 'leave it out, or make another plan';
    throw new UsageError(`the plan was made with${plan.header.acceptsEpoch ? '' : 'out'} --accept-epoch: ${way}`);
  }
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
  const { passStep } = context;
  const mountPath = textToBytes(mount);
  const acceptance = plan.header.acceptsEpoch ? await acceptEpoch({ catalogPath, mountPath }) : undefined;
  const onAction = (record: ActionRecord): void => {
    tally.add(record);
    terminal.line('action', actionFields(record), actionText(record));
  };
  if (acceptance) onAction(acceptanceRecord(acceptance, 'done'));
  const session = await openSession({ catalogPath, mountPath, command: 'recover', passStep, signal, adopt: true });
  const progress = terminal.startProgress('actions');
  try {
    return await applyPlan({
      session,
      plan,
      threads,
      acceptDeleted,
      onAction,
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
  options: ApplyPlanCommandOptions,
): Promise<number> {
  const { planFile, acceptDeleted } = options;
  const plan = Plan.open(textToBytes(planFile));
  try {
    refuseUnfit(context, mount, plan, options);
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
