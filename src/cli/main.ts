#!/usr/bin/env node
import { CommanderError } from 'commander';
import { UsageError } from '../errors.js';
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
  const { format, progress, catalog } = globals;
  const terminal = new Terminal({ format, progress, stdout: process.stdout, stderr: process.stderr });
  const signal = listenForCancel();
  const context: CommandContext = {
    catalogPath: catalog,
    threads: parseThreads(globals.threads),
    terminal,
    signal,
    fault: process.env.HSMCK_FAULT,
    startedMs,
  };
  try {
    process.exitCode = await runCommand(context, invocation);
  } catch (error) {
    terminal.stopProgress();
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

/** Whatever nobody foresaw is an operational error; Node's own status for it, 1, would say "corrected". */
function endOnBug(error: unknown): void {
  process.stderr.write(`hsmck: ${describeError(error)}\n`);
  process.exit(EXIT.ERROR);
}

process.on('uncaughtException', endOnBug);
process.on('unhandledRejection', endOnBug);

try {
  await createProgram(run).parseAsync(rawArguments(), { from: 'user' });
} catch (error) {
  if (error instanceof CommanderError) process.exitCode = error.exitCode === 0 ? EXIT.CLEAN : EXIT.USAGE;
  else {
    process.stderr.write(`hsmck: ${describeError(error)}\n`);
    process.exitCode = exitCodeOf(error);
  }
}
