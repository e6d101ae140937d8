import type { FileOutcome, FileResult } from '../../migrate/file-result.js';
import { openSession } from '../../migrate/open-session.js';
import type { ForwardOperation } from '../../migrate/preconditions.js';
import { runOperation } from '../../migrate/run-operation.js';
import { walkFiles } from '../../migrate/walk-files.js';
import { formatBytes, formatRate, formatSeconds, formatTally, plural } from '../../report/format-amount.js';
import { oneLine } from '../../report/one-line.js';
import { pathFields, quotePath } from '../../report/quote-path.js';
import { stepsOf, totalSeconds, type CommandContext } from '../command-context.js';
import { EXIT } from '../exit-codes.js';
import { peekMount } from '../find-mount.js';
import { readPaths } from '../path-arguments.js';
import { textToBytes } from '../raw-arguments.js';

export interface MigrateOptions {
  readonly recursive: boolean;
  readonly fromFile?: string | undefined;
  readonly nullEnded: boolean;
  /** Text output names the files that went well, too. */
  readonly verbose: boolean;
}

const DONE: readonly FileOutcome[] = ['archived', 'released', 'recalled', 'removed', 'already'];

function exitBits(result: FileOutcome): number {
  if (DONE.includes(result)) return EXIT.CLEAN;
  if (result === 'cancelled') return EXIT.CANCELLED;
  return result === 'failed' ? EXIT.ERROR : EXIT.UNCORRECTED;
}

/** What came of a run, added up. */
class Totals {
  readonly counts = new Map<FileOutcome, number>();
  files = 0;
  bytes = 0n;
  exitCode = 0;

  add({ result, sizeBytes }: FileResult): void {
    this.files += 1;
    this.counts.set(result, (this.counts.get(result) ?? 0) + 1);
    if (result !== 'already' && DONE.includes(result)) this.bytes += sizeBytes ?? 0n;
    this.exitCode |= exitBits(result);
  }
}

function fileLine(context: CommandContext, verbose: boolean, file: FileResult): void {
  const { path, id, result, why, code, sizeBytes } = file;
  const text =
    verbose || !DONE.includes(result)
      ? `${result.padEnd(11)} ${quotePath(path)}${why ? `: ${oneLine(why)}` : ''}\n`
      : '';
  const { terminal } = context;
  terminal.line('file', { ...pathFields(path), ino: id?.ino, gen: id?.gen, result, why, code, size: sizeBytes }, text);
}

function summaryLine(context: CommandContext, operation: ForwardOperation, totals: Totals, complete: boolean): void {
  const seconds = totalSeconds(context);
  const { counts, files, bytes, exitCode } = totals;
  const cut = complete ? '' : 'cancelled; what was begun is settled. ';
  const text = `${cut}${plural(files, 'file')}: ${formatTally(counts) || 'nothing to do'}, ${formatBytes(bytes)} in ${formatSeconds(seconds)} (${formatRate(files, seconds)})\n`;
  const fields = {
    command: operation,
    files,
    bytes,
    results: Object.fromEntries(counts),
    complete,
    total_seconds: seconds,
    exit_code: exitCode,
  };
  context.terminal.line('summary', fields, text);
}

/** Counting ahead costs a look at each file's inode, so only where somebody watches. */
async function countFiles(
  paths: readonly Buffer[],
  walk: Omit<Parameters<typeof walkFiles>[0], 'paths'>,
): Promise<number> {
  let count = 0;
  for await (const file of walkFiles({ ...walk, paths })) if (!('error' in file)) count += 1;
  return count;
}

/** `hsmck archive`, `release`, `recall` and `remove`. */
export async function runMigrate(
  context: CommandContext,
  operation: ForwardOperation,
  paths: readonly string[],
  options: MigrateOptions,
): Promise<number> {
  const passStep = stepsOf(context);
  const { terminal, signal, catalogPath } = context;
  const given = readPaths({ paths, fromFile: options.fromFile, nullEnded: options.nullEnded });
  const { mountPath, paths: bytes } = await peekMount(given);
  const session = await openSession({ catalogPath, mountPath, command: operation, passStep, signal });
  const totals = new Totals();
  let complete = false;
  try {
    const { device } = session.mount.mount;
    const walk = { recursive: options.recursive, device, mountPoint: session.mount.mountPath };
    const expected = terminal.showsProgress && options.fromFile === undefined;
    const total = expected ? await countFiles(paths.map(textToBytes), walk) : 0;
    const progress = terminal.startProgress('files');
    complete = await runOperation({
      session,
      operation,
      files: walkFiles({ ...walk, paths: bytes }),
      onResult: (result) => {
        totals.add(result);
        fileLine(context, options.verbose, result);
        progress.update(totals.files, total);
      },
    });
  } finally {
    terminal.stopProgress();
    session.close();
  }
  if (!complete) totals.exitCode |= EXIT.CANCELLED;
  summaryLine(context, operation, totals, complete);
  return totals.exitCode;
}
