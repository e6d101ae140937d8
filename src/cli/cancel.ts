import { HsmckError } from '../errors.js';
import { CANCELLING_SIGNALS, leaveSignalsToCommand } from './early-end.js';
import { EXIT } from './exit-codes.js';

export interface Cancellation {
  /** Aborted by SIGINT, SIGTERM and SIGHUP, and when output cannot be written any more. */
  readonly signal: AbortSignal;
  /** True for the error that a command ends with because nobody takes its output any more. */
  isOutputError(error: unknown): boolean;
}

/**
 * Listens for the user's wish to stop: a signal, or a closed pipe behind the output. What was begun is then settled. A
 * second SIGINT ends at once: leases and locks go with the process, and open intents are found by the next check.
 * Output that cannot be written for another reason (a full disk) stops the command too, and is an operational error.
 */
export function listenForCancel(): Cancellation {
  const controller = new AbortController();
  for (const name of CANCELLING_SIGNALS) {
    process.on(name, () => {
      if (controller.signal.aborted && name === 'SIGINT') process.exit(EXIT.CANCELLED);
      controller.abort();
    });
  }
  leaveSignalsToCommand();
  let outputError: NodeJS.ErrnoException | undefined;
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (outputError === undefined && error.code !== 'EPIPE') {
      process.stderr.write(`hsmck: standard output cannot be written to: ${error.message}\n`);
      process.on('exit', () => (process.exitCode = (Number(process.exitCode ?? 0) & ~EXIT.CANCELLED) | EXIT.ERROR));
    }
    outputError ??= error;
    controller.abort();
  });
  // There is nobody left to tell.
  process.stderr.on('error', () => undefined);
  return {
    signal: controller.signal,
    isOutputError: (error) =>
      outputError !== undefined && (error === outputError || (error instanceof HsmckError && error.code === 'EOUTPUT')),
  };
}
