#!/usr/bin/env node
/**
 * Loads the command line and with it the native modules. One that was built for another Node, or was never built, is the
 * machine's fault and an operational error; Node's own status for it, 1, would say "corrected".
 */
import { endOnSignal, tellEarlyEnd } from './early-end.js';
import { EXIT } from './exit-codes.js';
import { cannotLoad } from './load-failure.js';

endOnSignal();
try {
  await import('./command-line.js');
} catch (error) {
  tellEarlyEnd(cannotLoad(error), EXIT.ERROR);
  process.exitCode = EXIT.ERROR;
}
