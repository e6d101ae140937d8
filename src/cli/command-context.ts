import { quotePath } from '../report/quote-path.js';
import type { PassStep } from '../migrate/faults.js';
import { textToBytes } from './raw-arguments.js';
import type { Terminal } from './terminal.js';

/** What every command gets besides its own arguments. */
export interface CommandContext {
  readonly catalogPath: string;
  /** The catalog was named on the command line: whoever goes on has to name it again. */
  readonly isCatalogGiven: boolean;
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

/** The options before the command that the next one needs as well, to be put into advice. */
export const globalOptions = ({ isCatalogGiven, catalogPath }: CommandContext): string =>
  isCatalogGiven ? `--catalog ${quotePath(textToBytes(catalogPath))} ` : '';
