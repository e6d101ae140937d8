#!/usr/bin/env node
/**
 * Loads the command line and with it the native modules. One that was built for another Node, or was never built, is the
 * machine's fault and an operational error; Node's own status for it, 1, would say "corrected".
 */
import { jsonLine } from '../report/json-line.js';
import { EXIT } from './exit-codes.js';
import { cannotLoad } from './load-failure.js';

try {
  await import('./command-line.js');
} catch (error) {
  const message = cannotLoad(error);
  process.stderr.write(`hsmck: ${message}\n`);
  // Nothing is there yet that could read the arguments, but a program that reads NDJSON waits for its summary.
  if (/ --format[ =]ndjson( |$)/.test(` ${process.argv.slice(2).join(' ')}`)) {
    process.stdout.write(jsonLine('summary', { complete: false, error: message, exit_code: EXIT.ERROR }));
  }
  process.exitCode = EXIT.ERROR;
}
