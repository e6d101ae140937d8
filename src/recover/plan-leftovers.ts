import type { ReconcileResult } from '../reconcile/run-reconcile.js';
import type { LookContext } from '../reconcile/second-look.js';
import type { ActionRecord } from './action-record.js';
import { forgetRecord, isSuspicious, LEFTOVERS_MAX, SUSPICIOUS, type Leftover } from './forget-deleted.js';
import type { History } from './history.js';
import { whyKept } from './kept-leftovers.js';
import type { PlannedAction, PlannedForgetting } from './plan-action.js';
import { seenOfLeftover } from './plan-facts.js';
import { leftAlone, waitingRecord } from './recover-batch.js';

/** What happens to what a deleted file left, once that may be decided. */
export const WOULD_FORGET = 'its row would be dropped and its copy go to the trash';

export interface LeftoverPlanOptions {
  readonly context: LookContext;
  readonly history: History;
  /** See forget-deleted.ts. */
  readonly acceptDeleted: boolean;
  readonly onAction: (action: ActionRecord) => void;
  readonly onPlanned?: ((action: PlannedAction) => void) | undefined;
}

function plannedForgetting(
  context: LookContext,
  leftover: Leftover,
): { readonly record: ActionRecord; readonly planned: PlannedForgetting } {
  const { id: rowId, objectId } = leftover;
  const what = rowId === undefined ? 'no file is bound to it: it goes' : 'its row is dropped and its copy goes';
  const why = `${what} to the trash, if no attribute anywhere names it`;
  const record = forgetRecord(leftover, { result: 'planned', why });
  const { id, path, class: findingClass, severity } = record;
  const about = { ...(id && { id }), ...(path && { path }), class: findingClass, severity };
  const seen = seenOfLeftover(context, leftover);
  const planned = {
    ...about,
    kind: 'repair',
    action: 'forget',
    objectId,
    dropsRow: rowId !== undefined,
    why,
    seen,
  } as const;
  return { record, planned };
}

/** A dry run's counterpart of `forgetDeleted`: what is said of deleted files hangs on how many there are. */
export class LeftoverPlan {
  readonly #due: Leftover[] = [];
  #seen = 0;

  constructor(readonly options: LeftoverPlanOptions) {}

  add(leftover: Leftover): void {
    const { context, history, acceptDeleted, onAction } = this.options;
    this.#seen += 1;
    if (history.adopting) return onAction(waitingRecord(leftover.finding, WOULD_FORGET));
    if (this.#seen > LEFTOVERS_MAX) return onAction(leftAlone(leftover.finding));
    const kept = acceptDeleted ? undefined : whyKept(context, history, leftover);
    if (kept !== undefined) return onAction(forgetRecord(leftover, { result: 'left', why: kept }));
    this.#due.push(leftover);
  }

  /** Call it behind the scan. One that did not come to its end lets nothing be forgotten. */
  end({ complete }: Pick<ReconcileResult, 'complete'>): void {
    const { context, acceptDeleted, onAction, onPlanned } = this.options;
    const refuses = !acceptDeleted && isSuspicious(context, this.#due);
    for (const leftover of this.#due) {
      if (!complete) onAction(leftAlone(leftover.finding));
      else if (refuses) onAction(forgetRecord(leftover, { result: 'left', why: SUSPICIOUS }));
      else {
        const { record, planned } = plannedForgetting(context, leftover);
        onAction(record);
        onPlanned?.(planned);
      }
    }
  }
}
