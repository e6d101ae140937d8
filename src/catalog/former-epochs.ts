import { invariant } from '../errors.js';
import { bigintIn, numberIn, textIn } from './row-reader.js';
import type { SqlSession } from './sql-session.js';

/** An epoch that this catalog left behind, or took over from another catalog. */
export interface FormerEpoch {
  readonly epoch: bigint;
  readonly leftMs: number;
  /** One clause. */
  readonly why: string;
}

/** A new one comes with an act of the administrator, so there is never a crowd of them. */
const EPOCHS_MAX = 10_000;

/**
 * The epochs before the present one. Their numbers lie below those of the present epoch, so marks and sidecars of theirs
 * still compare; what carries any other epoch is another catalog's.
 */
export class FormerEpochs {
  readonly #sql: SqlSession;

  constructor(sql: SqlSession) {
    this.#sql = sql;
  }

  /** Adds one; what is known of it already stays. */
  add({ epoch, leftMs, why }: FormerEpoch): void {
    invariant(epoch > 0n && epoch < 1n << 63n, 'an epoch has 63 bits');
    this.#sql.run('INSERT INTO former_epoch VALUES (?, ?, ?) ON CONFLICT (epoch) DO NOTHING', [epoch, leftMs, why]);
  }

  has(epoch: bigint): boolean {
    if (epoch >= 1n << 63n) return false;
    return this.#sql.get('SELECT 1 AS known FROM former_epoch WHERE epoch = ?', [epoch]) !== undefined;
  }

  /** Oldest first. */
  list(): FormerEpoch[] {
    return this.#sql
      .all('SELECT * FROM former_epoch ORDER BY left_ms, epoch LIMIT ?', [EPOCHS_MAX])
      .map((row) => ({ epoch: bigintIn(row, 'epoch'), leftMs: numberIn(row, 'left_ms'), why: textIn(row, 'why') }));
  }
}
