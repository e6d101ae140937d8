/** The whole command line, from arguments to exit status. Importing it runs it, once: main.ts does. */
import { CommanderError } from 'commander';
import { UsageError } from '../errors.js';
import { createSteps } from '../migrate/faults.js';
import { jsonLine } from '../report/json-line.js';
import { listenForCancel } from './cancel.js';
import type { CommandContext } from './command-context.js';
import { describeError, EXIT, exitCodeOf } from './exit-codes.js';
import { createProgram, type GlobalOptions, type Invocation } from './program.js';
import { rawArguments } from './raw-arguments.js';
import { runCommand } from './run-command.js';
import { Terminal } from './terminal.js';

const startedMs = performance.now();
const THREADS_MAX = 256;

function parseThreads(text: string): number {
  const threads = Number(text);
  if (Number.isInteger(threads) && threads >= 1 && threads <= THREADS_MAX) return threads;
  throw new UsageError(`--threads takes a whole number from 1 to ${THREADS_MAX}, not "${text}"`);
}

async function run(invocation: Invocation, globals: GlobalOptions): Promise<void> {
  const { HSMCK_FAULT: fault } = process.env;
  let hasFaultActed = false;
  const { format, progress, catalog, isCatalogGiven } = globals;
  const terminal = new Terminal({ format, progress, stdout: process.stdout, stderr: process.stderr });
  const cancellation = listenForCancel();
  const { signal } = cancellation;
  try {
    const context: CommandContext = {
      catalogPath: catalog,
      isCatalogGiven,
      threads: parseThreads(globals.threads),
      terminal,
      signal,
      // Of every command, so that a fault that does not exist is told before anything is opened.
      passStep: createSteps(fault, () => (hasFaultActed = true)),
      startedMs,
    };
    process.exitCode = await runCommand(context, invocation);
    // A rehearsal that did not take place must not be taken for one that went well.
    if (fault && !hasFaultActed) terminal.note(`HSMCK_FAULT=${fault} did not act: the step was not passed so often`);
  } catch (error) {
    terminal.stopProgress();
    if (cancellation.isOutputError(error)) {
      process.exitCode = EXIT.CANCELLED;
      return;
    }
    terminal.note(describeError(error));
    process.exitCode = exitCodeOf(error) | (signal.aborted ? EXIT.CANCELLED : 0);
    const fields = {
      command: invocation.name,
      complete: false,
      error: describeError(error),
      exit_code: process.exitCode,
    };
    terminal.line('summary', fields, '');
  }
}

/** commander has told the user; a program that reads NDJSON is told too, by the summary that it waits for. */
function endOnUsage(error: CommanderError, globals: GlobalOptions): void {
  process.exitCode = error.exitCode === 0 ? EXIT.CLEAN : EXIT.USAGE;
  if (error.exitCode === 0 || globals.format !== 'ndjson') return;
  const message = error.message.replace(/^error: /, '');
  process.stdout.write(jsonLine('summary', { complete: false, error: message, exit_code: EXIT.USAGE }));
}

/** Whatever nobody foresaw is an operational error; Node's own status for it, 1, would say "corrected". */
function endOnBug(error: unknown): void {
  process.stderr.write(`hsmck: ${describeError(error)}\n`);
  process.exit(EXIT.ERROR);
}

process.on('uncaughtException', endOnBug);
process.on('unhandledRejection', endOnBug);

const program = createProgram(run);
try {
  await program.parseAsync(rawArguments(), { from: 'user' });
} catch (error) {
  if (error instanceof CommanderError) endOnUsage(error, program.opts<GlobalOptions>());
  else {
    process.stderr.write(`hsmck: ${describeError(error)}\n`);
    process.exitCode = exitCodeOf(error);
  }
}
