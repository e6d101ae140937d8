/** One line of a plan: an action, and the facts that it rests on. */
import { encodeFacts, type StoredFacts } from '../catalog/finding-facts.js';
import { parseObjectId, type ObjectId } from '../dm/identity.js';
import { SETTLEMENTS, type SettlementName } from '../migrate/settlements.js';
import { toGen, toIno, type InodeId } from '../native/inode-id.js';
import { FINDING_CLASSES, type FindingClass, type Severity } from '../reconcile/finding.js';
import type { ActionRecord } from './action-record.js';
import type { Leftover } from './forget-deleted.js';
import { PlanFields } from './plan-fields.js';
import type { InodeFinding } from './recover-batch.js';
import type { VerdictKind } from './rule.js';

/** What every planned action says. */
interface PlannedCommon {
  readonly class: FindingClass;
  readonly severity: Severity;
  readonly kind: VerdictKind;
  readonly path?: Buffer;
  readonly why: string;
  /** What has to be the same when it is carried out: see plan-facts.ts. */
  readonly seen: StoredFacts;
}

/** A file is brought to rest. */
export interface PlannedSettlement extends PlannedCommon {
  readonly action: SettlementName;
  readonly id: InodeId;
  readonly from?: string;
  readonly to?: string;
  /** The decision's facts and the copy that it rests on; none where the file is gone. */
  readonly evidence: StoredFacts;
}

/** What a deleted file left behind is forgotten. */
export interface PlannedForgetting extends PlannedCommon {
  readonly action: 'forget';
  /** The inode of the finding. */
  readonly id?: InodeId;
  readonly objectId: ObjectId;
  /** The inode's row goes too, not only the copy. */
  readonly dropsRow: boolean;
}

export type PlannedAction = PlannedSettlement | PlannedForgetting;

export const isForgetting = (action: PlannedAction): action is PlannedForgetting => action.action === 'forget';

function pathText(path: Buffer | undefined): { readonly path?: string; readonly path_base64?: string } {
  if (path === undefined) return {};
  const text = path.toString('utf8');
  return Buffer.from(text, 'utf8').equals(path) ? { path: text } : { path: text, path_base64: path.toString('base64') };
}

/** The line, without its end. `skip` comes first, where it is easy to find and to change. */
export function encodeAction(action: PlannedAction): string {
  const { id, path, class: findingClass, severity, kind, why, seen } = action;
  const head = { ...id, ...pathText(path), class: findingClass, severity, kind, action: action.action };
  const rest = isForgetting(action)
    ? { object: action.objectId, drops_row: action.dropsRow }
    : { from: action.from, to: action.to, facts: { ...action.evidence } as Record<string, string> };
  const facts = { ...head, ...rest, why, seen: { ...seen } as Record<string, string> };
  return encodeFacts({ type: 'action', skip: false, ...facts });
}

const SEVERITIES: readonly Severity[] = ['info', 'warning', 'error', 'critical'];
const KINDS: readonly VerdictKind[] = ['complete', 'revert', 'repair'];
const ACTIONS = [...(Object.keys(SETTLEMENTS) as SettlementName[]), 'forget'] as const;

const inodeOf = (fields: PlanFields): InodeId => ({
  ino: toIno(fields.decimal('ino')),
  gen: toGen(fields.whole('gen')),
});

function pathOf(fields: PlanFields): Pick<PlannedCommon, 'path'> {
  if (fields.has('path_base64')) return { path: Buffer.from(fields.text('path_base64'), 'base64') };
  return fields.has('path') ? { path: Buffer.from(fields.text('path'), 'utf8') } : {};
}

/** @throws PlanError EPLAN */
export function parseAction(line: Buffer, where: string): PlannedAction {
  const fields = new PlanFields(line, where);
  fields.word('type', ['action']);
  const common = {
    class: fields.word('class', FINDING_CLASSES),
    severity: fields.word('severity', SEVERITIES),
    kind: fields.word('kind', KINDS),
    ...pathOf(fields),
    why: fields.text('why'),
    seen: fields.facts('seen'),
  };
  const action = fields.word('action', ACTIONS);
  if (action !== 'forget') {
    const from = fields.has('from') ? { from: fields.text('from') } : {};
    const to = fields.has('to') ? { to: fields.text('to') } : {};
    return { ...common, action, id: inodeOf(fields), ...from, ...to, evidence: fields.facts('facts') };
  }
  const dropsRow = fields.flag('drops_row');
  const id = dropsRow || fields.has('ino') ? { id: inodeOf(fields) } : {};
  return { ...common, action, ...id, objectId: fields.convert('object', parseObjectId), dropsRow };
}

/** The record of a planned action. */
export function recordOfPlanned(
  action: PlannedAction,
  rest: Pick<ActionRecord, 'result' | 'why'> & Partial<ActionRecord>,
): ActionRecord {
  const { id, path, class: findingClass, severity, kind } = action;
  const move = isForgetting(action)
    ? {}
    : { ...(action.from && { from: action.from }), ...(action.to && { to: action.to }) };
  return {
    ...(id && { id }),
    ...(path && { path }),
    class: findingClass,
    severity,
    kind,
    action: action.action,
    ...move,
    ...rest,
  };
}

/** The finding that led to a planned settlement, as far as acting needs it. */
export function findingOfPlanned(action: PlannedSettlement): InodeFinding {
  const { id, path, class: findingClass, severity, from, why } = action;
  const about = { ...(path && { path }), ...(from && { state: from }) };
  return { class: findingClass, severity, ...id, ...about, why, facts: {}, action: 'settle' };
}

/** What a planned forgetting is about. */
export function leftoverOfPlanned(action: PlannedForgetting): Leftover {
  const { id, path, class: findingClass, severity, why, objectId, dropsRow } = action;
  const finding = {
    class: findingClass,
    severity,
    ...id,
    ...(path && { path }),
    why,
    facts: {},
    action: 'forget',
  } as const;
  return { finding, objectId, ...(dropsRow && id && { id }) };
}
