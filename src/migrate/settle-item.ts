import { HsmckError, InvariantError } from '../errors.js';
import type { FileState } from '../dm/states.js';
import type { InodeId } from '../native/inode-id.js';
import type { Fd } from '../native/io.js';
import type { FileStat } from '../native/statx.js';
import { SETTLEMENTS, type Settlement, type SettlementName } from './settlements.js';
import type { Ticket } from './ticket.js';

export interface SettleItem {
  readonly ticket: Ticket;
  readonly settlement: SettlementName;
  /** Where to go when the lease breaks, or the copy turns out bad, before anything was destroyed. */
  readonly fallback?: SettlementName;
  /** False: the new reference times are not to be believed, whatever the lease says. Default true. */
  readonly adoptTimes?: boolean;
  /** The bytes were proven equal under this very lease: only then may a broken lease at the end be forgiven. */
  readonly mustStayUntouched?: boolean;
  /** Rows of inodes that are gone, and whose copy the file takes over or gives up: they go together with the change. */
  readonly dropsRows?: readonly InodeId[];
}

export type SettleResult =
  | {
      readonly kind: 'settled';
      readonly ticket: Ticket;
      readonly settlement: SettlementName;
      readonly touched: boolean;
    }
  | {
      readonly kind: 'gave-way';
      readonly ticket: Ticket;
      readonly settlement: SettlementName;
      readonly why: HsmckError;
    }
  | { readonly kind: 'failed'; readonly ticket: Ticket; readonly error: HsmckError };

/** Where one file stands within `settle`. */
export interface SettleProgress {
  readonly item: SettleItem;
  readonly plan: Settlement;
  state: FileState;
  temporary?: Fd;
  after?: FileStat;
  /** The times in `after` belong to bytes that are known to be right. */
  proven: boolean;
  /** Size or mtime moved while the file was settled: somebody was let in. */
  touched: boolean;
  /** The medium does not let go of its object: it stays in the store, where audit tells of it. */
  keepsObject?: true;
  failure?: HsmckError;
  gaveWay?: HsmckError;
}

/** A file at the start of its settlement. */
export function startItem(item: SettleItem): SettleProgress {
  return { item, plan: SETTLEMENTS[item.settlement], state: item.ticket.state, proven: false, touched: false };
}

/** Runs a phase's work on one file; a failure of the world takes this file out, a bug ends everything. */
export async function attempt(progress: SettleProgress, work: () => void | Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (!(error instanceof HsmckError) || error instanceof InvariantError) throw error;
    progress.failure = error;
  }
}

/** Runs work that all files share: its failure takes all of them out. */
export async function attemptTogether(
  live: readonly SettleProgress[],
  work: () => void | Promise<void>,
): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (!(error instanceof HsmckError) || error instanceof InvariantError) throw error;
    for (const progress of live) progress.failure = error;
  }
}
