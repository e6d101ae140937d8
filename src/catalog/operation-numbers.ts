import { toOp, type Op } from '../dm/identity.js';
import { invariant } from '../errors.js';
import { opIn } from './column-values.js';
import { bigintIn } from './row-reader.js';
import type { SqlSession } from './sql-session.js';

export interface OpState {
  /** Operation numbers compare only within one epoch. 63 random bits. */
  readonly epoch: bigint;
  /** The next number that will be given out. */
  readonly nextOp: Op;
  /** The high-water mark: every number given out is lower. */
  readonly opLimit: Op;
  /** The mark that is being written, or was last: a mark above it was never made by this catalog. */
  readonly announcedLimit: Op;
}

/**
 * The numbers of operations, which rise for ever within an epoch.
 *
 * The high-water mark stands in three places, so that a catalog, a filesystem or a store that was put back from a
 * backup shows. The order is what makes it proof: a raised mark is announced here, then written to the root inode and to
 * `store.json`, and raised here last. So a mark above the announced one proves an older catalog, and one below the limit
 * an older filesystem or store; a crash in between leaves the others ahead by numbers that no operation ever had.
 */
export class OperationNumbers {
  readonly #sql: SqlSession;

  constructor(sql: SqlSession) {
    this.#sql = sql;
  }

  state(): OpState {
    const row = this.#sql.get('SELECT epoch, next_op, op_limit, announced_limit FROM catalog');
    invariant(row !== undefined, 'the catalog describes itself');
    return {
      epoch: bigintIn(row, 'epoch'),
      nextOp: opIn(row, 'next_op'),
      opLimit: opIn(row, 'op_limit'),
      announcedLimit: opIn(row, 'announced_limit'),
    };
  }

  /** Says which limit is about to be written to the marks. Durable before any of them is. */
  announce(newLimit: Op): void {
    this.#sql.run('UPDATE catalog SET announced_limit = max(announced_limit, @limit)', { limit: toOp(newLimit) });
  }

  /**
   * Begins a run: its first number is the limit of the run before, and the new limit is above that; so every run shows
   * in the marks, even one that takes no number.
   * @throws InvariantError unless the new limit is above the old one
   */
  startRun(newLimit: Op): void {
    this.#raise('next_op = op_limit, op_limit = @limit', newLimit);
  }

  /**
   * Raises the limit in the middle of a run.
   * @throws InvariantError unless the new limit is above the old one
   */
  raiseLimit(newLimit: Op): void {
    this.#raise('op_limit = @limit', newLimit);
  }

  /**
   * Takes `count` numbers; the first of them. Part of the transaction around it: if that is rolled back, they are given
   * out again, so nothing may be written under a number before its transaction is committed.
   * @throws InvariantError when the limit is too low: the marks have to be raised first
   */
  take(count: number): Op {
    invariant(Number.isSafeInteger(count) && count > 0, 'operation numbers are taken one by one or more');
    const row = this.#sql.returning(
      'UPDATE catalog SET next_op = next_op + @count WHERE op_limit - next_op >= @count RETURNING next_op',
      { count: BigInt(count) },
    );
    invariant(row !== undefined, `${count} operation numbers lie below the limit`);
    return toOp(bigintIn(row, 'next_op') - BigInt(count));
  }

  /**
   * Takes over another epoch and mark: a catalog that is rebuilt, or that the administrator accepts to be behind.
   * No number below the limit will be given out again.
   */
  adopt(state: { readonly epoch: bigint; readonly opLimit: Op }): void {
    invariant(state.epoch > 0n && state.epoch < 1n << 63n, 'an epoch has 63 bits');
    this.#sql.run('UPDATE catalog SET epoch = @epoch, next_op = @limit, op_limit = @limit, announced_limit = @limit', {
      epoch: state.epoch,
      limit: toOp(state.opLimit),
    });
  }

  #raise(assignments: string, newLimit: Op): void {
    const changed = this.#sql.run(
      `UPDATE catalog SET ${assignments}, announced_limit = max(announced_limit, @limit) WHERE op_limit < @limit`,
      {
        limit: toOp(newLimit),
      },
    );
    invariant(changed === 1, `the operation limit only rises; ${newLimit} is not above it`);
  }
}
