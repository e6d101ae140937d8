import { createSteps, type PassStep } from '../migrate/faults.js';
import type { Terminal } from './terminal.js';

/** What every command gets besides its own arguments. */
export interface CommandContext {
  readonly catalogPath: string;
  readonly threads: number;
  readonly terminal: Terminal;
  /** Aborted by SIGINT and SIGTERM. */
  readonly signal: AbortSignal;
  /** HSMCK_FAULT, as it was set. */
  readonly fault: string | undefined;
  /** When the process began, by performance.now(). */
  readonly startedMs: number;
}

/** The named steps, with the fault that is asked for. Called before anything is opened, so that a bad one costs nothing. */
export const stepsOf = (context: CommandContext): PassStep => createSteps(context.fault);

/** Seconds since the command began. */
export const totalSeconds = (context: CommandContext): number => (performance.now() - context.startedMs) / 1000;
