/** When a forward operation applies to a file: a table, first row that fits; the rest is refused. Pure. */
import type { AttributeLook } from '../reconcile/attribute-look.js';
import { stateOf } from '../reconcile/attribute-look.js';
import type { FileOutcome } from './file-result.js';

export type ForwardOperation = 'archive' | 'release' | 'recall' | 'remove';

export interface PreconditionFacts {
  readonly attribute: AttributeLook;
  /** The state that the catalog has, `none` without a row. */
  readonly row: 'none' | 'dual' | 'offline';
  /** The attribute and the row name the same object; true where either is missing. */
  readonly sameObject: boolean;
}

export type Precondition =
  | { readonly kind: 'proceed' }
  | { readonly kind: 'stop'; readonly result: FileOutcome; readonly why: string };

type Rest = 'resident' | 'dual' | 'offline';

const proceed: Precondition = { kind: 'proceed' };
const stop = (result: FileOutcome, why: string): Precondition => ({ kind: 'stop', result, why });

/** Files at rest whose records agree. */
const AT_REST: Readonly<Record<ForwardOperation, Readonly<Record<Rest, Precondition>>>> = {
  archive: {
    resident: proceed,
    // Whether it changed since is looked at under the lease.
    dual: proceed,
    offline: stop('already', 'its data is in the archive and not on disk'),
  },
  release: {
    resident: stop('wrong-state', 'it has no archived copy: archive it first'),
    dual: proceed,
    offline: stop('already', 'its data was released before'),
  },
  recall: {
    resident: stop('already', 'it is not managed: its data is on disk'),
    dual: stop('already', 'its data is on disk'),
    offline: proceed,
  },
  remove: {
    resident: stop('already', 'it has no archived copy'),
    dual: proceed,
    offline: stop('wrong-state', 'the archive has the only copy of its data: recall it first'),
  },
};

const RECOVER_FIRST = 'run "hsmck recover" first';

/** Whether the operation may go on with a file of which this is known. */
export function precondition(operation: ForwardOperation, facts: PreconditionFacts): Precondition {
  const { attribute, row } = facts;
  switch (attribute.kind) {
    case 'newer':
      return stop('wrong-state', 'its DM attribute was written by a newer version of hsmck: use that version');
    case 'corrupt':
      return stop('interrupted', `its DM attribute is corrupt (${attribute.why}): ${RECOVER_FIRST}`);
    case 'copied':
    case 'foreign':
      return stop(
        'wrong-state',
        `its DM attribute belongs to another ${attribute.kind === 'copied' ? 'inode' : 'filesystem'}: ${RECOVER_FIRST}`,
      );
    case 'none':
    case 'own':
      break;
  }
  const state = stateOf(attribute);
  if (state !== 'resident' && state !== 'dual' && state !== 'offline') {
    return stop(
      'interrupted',
      `it is ${state ?? 'in an unknown state'}, left behind by an operation that died: ${RECOVER_FIRST}`,
    );
  }
  // An `offline` file whose attribute vanished must never be archived: it would archive zeros.
  if ((row === 'none') !== (state === 'resident') || (row !== 'none' && row !== state) || !facts.sameObject) {
    return stop(
      'interrupted',
      `the catalog says ${row === 'none' ? 'nothing' : row} and the file ${state}: ${RECOVER_FIRST}`,
    );
  }
  return AT_REST[operation][state];
}
