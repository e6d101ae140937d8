import type { PassStep } from '../migrate/faults.js';
import type { Terminal } from './terminal.js';

/** What every command gets besides its own arguments. */
export interface CommandContext {
  readonly catalogPath: string;
  readonly threads: number;
  readonly terminal: Terminal;
  /** Aborted by SIGINT and SIGTERM. */
  readonly signal: AbortSignal;
  /** The named steps, with the fault that HSMCK_FAULT asks for. */
  readonly passStep: PassStep;
  /** When the process began, by performance.now(). */
  readonly startedMs: number;
}

/** Seconds since the command began. */
export const totalSeconds = (context: CommandContext): number => (performance.now() - context.startedMs) / 1000;
