import type { ObjectId } from '../dm/identity.js';
import type { InodeId } from '../native/inode-id.js';
import type { FindingClass, Severity } from '../reconcile/finding.js';
import type { SettlementName } from '../migrate/settlements.js';
import type { DecisionFacts } from './decision-facts.js';
import type { VerdictKind } from './rule.js';

/**
 * `done`, `planned` (a dry run), `already` (of a plan: nothing is left to be done), `skipped` (busy, or the facts changed),
 * `left` (for a person, or refused), `failed`.
 */
export type ActionResult = 'done' | 'planned' | 'already' | 'skipped' | 'left' | 'failed';

/** What recovery did, would do, or left, for one finding. */
export interface ActionRecord {
  readonly id?: InodeId;
  readonly path?: Buffer;
  readonly class: FindingClass;
  readonly severity: Severity;
  readonly kind: VerdictKind | 'wait';
  /** The settlement; `forget` for what a deleted file left behind; `accept-epoch` for the filesystem as a whole, `record` for a row of a rebuilt catalog. */
  readonly action: SettlementName | 'forget' | 'accept-epoch' | 'record' | 'none';
  readonly from?: string;
  readonly to?: string;
  readonly result: ActionResult;
  readonly why: string;
  /** The error's stable code, for `failed`. */
  readonly code?: string;
  /** The archived copy in question, where somebody has to see to it. */
  readonly object?: ObjectId;
  /** The facts that the decision rests on. */
  readonly facts?: DecisionFacts;
}
