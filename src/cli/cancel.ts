import { EXIT } from './exit-codes.js';

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/**
 * A signal that is raised when the user wants to stop: by SIGINT, SIGTERM or SIGHUP, or by closing the pipe that output
 * goes to. What was begun is then settled. A second SIGINT ends at once: leases and locks go with the process, and open
 * intents are found by the next check.
 */
export function listenForCancel(): AbortSignal {
  const controller = new AbortController();
  for (const name of SIGNALS) {
    process.on(name, () => {
      if (controller.signal.aborted && name === 'SIGINT') process.exit(EXIT.CANCELLED);
      controller.abort();
    });
  }
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
    controller.abort();
  });
  return controller.signal;
}
