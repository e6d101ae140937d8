import { HsmckError, InvariantError, UsageError } from '../errors.js';
import { CancelledError } from '../migrate/busy-error.js';
import { oneLine } from '../report/one-line.js';
import { cannotLoad, isLoadFailure } from './load-failure.js';

/** Exit statuses, OR-ed together as in fsck(8). */
export const EXIT = {
  CLEAN: 0,
  /** Something was corrected. */
  CORRECTED: 1,
  /** Something was left uncorrected, or skipped. */
  UNCORRECTED: 4,
  /** An operational error. */
  ERROR: 8,
  /** The command line is wrong. */
  USAGE: 16,
  /** Cancelled by a signal. */
  CANCELLED: 32,
} as const;

/** What each bit means, for help texts. */
export const EXIT_MEANINGS: readonly (readonly [number, string])[] = [
  [EXIT.CLEAN, 'clean, or done'],
  [EXIT.CORRECTED, 'something was corrected'],
  [EXIT.UNCORRECTED, 'something was left uncorrected or skipped (busy, wrong state, changed)'],
  [EXIT.ERROR, 'operational error'],
  [EXIT.USAGE, 'wrong usage'],
  [EXIT.CANCELLED, 'cancelled by SIGINT, SIGTERM or SIGHUP, or because nobody reads the output any more'],
];

/** The status for an error that ended a command. Anything unforeseen is an operational error, never "corrected". */
export function exitCodeOf(error: unknown): number {
  if (error instanceof UsageError) return EXIT.USAGE;
  return error instanceof CancelledError ? EXIT.CANCELLED : EXIT.ERROR;
}

/** The error for people: a sentence; a stack only for what is a bug. */
export function describeError(error: unknown): string {
  if (error instanceof HsmckError && !(error instanceof InvariantError)) return oneLine(error.message);
  if (isLoadFailure(error)) return cannotLoad(error);
  const detail = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return `internal error, please report it; nothing more is done: ${detail}`;
}
