/** A command that ends before it has begun: because it cannot be loaded, or by a signal while it is. */
import { jsonLine } from '../report/json-line.js';
import { EXIT } from './exit-codes.js';

/** What ends a command the way the user wants it to. */
export const CANCELLING_SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** Nothing is there yet that could read the arguments, but a program that reads NDJSON waits for its summary. */
export function tellEarlyEnd(message: string, exitCode: number): void {
  process.stderr.write(`hsmck: ${message}\n`);
  if (/ --format[ =]ndjson( |$)/.test(` ${process.argv.slice(2).join(' ')}`)) {
    process.stdout.write(jsonLine('summary', { complete: false, error: message, exit_code: exitCode }));
  }
}

function endAtOnce(): void {
  tellEarlyEnd('cancelled before it began', EXIT.CANCELLED);
  process.exit(EXIT.CANCELLED);
}

/** From here on a signal ends the process at once, with the status of a cancelled command. */
export function endOnSignal(): void {
  for (const name of CANCELLING_SIGNALS) process.on(name, endAtOnce);
}

/** The command listens for itself. */
export function leaveSignalsToCommand(): void {
  for (const name of CANCELLING_SIGNALS) process.off(name, endAtOnce);
}
