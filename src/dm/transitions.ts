/**
 * Every way in which a file's state may change; docs/protocol.md, forward operations and complete or revert. What
 * is not a row here is a bug, and `assertTransition` stops it before an inode is touched.
 */
import { InvariantError } from '../errors.js';
import type { FileState } from './states.js';

export type Operation = 'archive' | 'release' | 'recall' | 'remove';

/**
 * `forward`: a step of the operation itself. `complete`: recovery goes on where it was interrupted. `revert`: the
 * operation, or recovery after it, goes back. `repair`: an attribute is settled that no operation left like that.
 */
export type Direction = 'forward' | 'complete' | 'revert' | 'repair';

export interface Transition {
  readonly from: FileState;
  readonly to: FileState;
  /** The operation that was under way; for a repair, the one whose outcome it restores, if there is one. */
  readonly operation: Operation | undefined;
  readonly direction: Direction;
  /** When it is allowed: what has been proven before. */
  readonly when: string;
}

const row = (
  from: FileState,
  to: FileState,
  operation: Operation | undefined,
  direction: Direction,
  when: string,
): Transition => ({ from, to, operation, direction, when });

export const TRANSITIONS: readonly Transition[] = [
  row('resident', 'archiving', 'archive', 'forward', 'no live row for the inode'),
  row('dual', 'archiving', 'archive', 'forward', 'the file changed since it was archived'),
  row('archiving', 'dual', 'archive', 'forward', 'the new object is verified and the file did not change meanwhile'),
  row('archiving', 'dual', 'archive', 'complete', 'the new object is good and the file has its hash'),
  row('archiving', 'dual', 'archive', 'revert', 'the file was dual before: the old binding is put back'),
  row('archiving', 'resident', 'archive', 'revert', 'the file was resident before'),

  row('dual', 'releasing', 'release', 'forward', 'the object is verified and the file has its hash'),
  row('releasing', 'offline', 'release', 'forward', 'the data is punched'),
  row('releasing', 'offline', 'release', 'complete', 'the object is good and what is left of the data equals it'),
  row('releasing', 'dual', 'release', 'revert', 'the file is whole by hash'),
  row('releasing', 'resident', 'release', 'revert', 'the file is whole by hash and the object is bad'),

  row('offline', 'recalling', 'recall', 'forward', 'the size is as archived and no data is present'),
  row('recalling', 'dual', 'recall', 'forward', 'the fetched bytes have the recorded hash'),
  row('recalling', 'dual', 'recall', 'complete', 'the object is good and the file is equal or missing throughout'),
  row('recalling', 'offline', 'recall', 'revert', 'the file is equal or missing throughout, and punched again'),
  row('recalling', 'resident', 'recall', 'revert', 'the file is whole by hash and the object is bad'),

  row('dual', 'removing', 'remove', 'forward', 'the file has the size and the hash that were archived'),
  row('offline', 'removing', 'remove', 'forward', 'a person said that the file counts as it is (hsmck resolve)'),
  row('removing', 'resident', 'remove', 'forward', 'the attribute `removing` is durable'),
  row('removing', 'resident', 'remove', 'complete', 'whole by hash, or written since with no data missing'),
  row('removing', 'dual', 'remove', 'revert', 'the object is good: it is kept'),
  row('removing', 'offline', 'remove', 'revert', 'data is missing: the object is the only copy'),
  row('resident', 'offline', 'remove', 'revert', 'the attribute is gone, the intent is open and data is missing'),

  row('resident', 'offline', undefined, 'repair', 'something took the attribute; row, size and layout say offline'),
  row('resident', 'dual', undefined, 'repair', 'something took the attribute; the row says dual and the hash is equal'),
  row('offline', 'dual', 'recall', 'repair', 'a copied attribute: filled from the object and bound to this inode'),
  row('offline', 'offline', undefined, 'repair', 'a copied attribute without data is bound to this inode'),
  row('dual', 'dual', undefined, 'repair', 'the attribute is bound to this inode, or data missing is filled in'),
  row('dual', 'resident', undefined, 'repair', 'a copied or foreign attribute is taken off whole data'),
  row('offline', 'resident', undefined, 'repair', 'a copied or foreign attribute is taken off whole data'),
];

/** The rows that allow a change of state; empty if none does. */
export const transitionsBetween = (from: FileState, to: FileState): readonly Transition[] =>
  TRANSITIONS.filter((transition) => transition.from === from && transition.to === to);

/**
 * Lets a change of state pass if the table has it, in the given direction if one is given.
 * @throws InvariantError for any other.
 */
export function assertTransition(from: FileState, to: FileState, direction?: Direction): void {
  const rows = transitionsBetween(from, to);
  if (rows.some((transition) => direction === undefined || transition.direction === direction)) return;
  throw new InvariantError(`no ${direction ?? 'legal'} transition leads from ${from} to ${to}`);
}
