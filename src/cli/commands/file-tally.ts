import type { FileOutcome, FileResult } from '../../migrate/file-result.js';
import { formatBytes, formatRate, formatSeconds, formatTally, plural } from '../../report/format-amount.js';
import { oneLine } from '../../report/one-line.js';
import { pathFields, quotePath } from '../../report/quote-path.js';
import { totalSeconds, type CommandContext } from '../command-context.js';
import { EXIT } from '../exit-codes.js';

const DONE: readonly FileOutcome[] = ['archived', 'released', 'recalled', 'removed', 'resolved', 'already'];

function exitBits(result: FileOutcome): number {
  if (DONE.includes(result)) return EXIT.CLEAN;
  if (result === 'cancelled') return EXIT.CANCELLED;
  return result === 'failed' ? EXIT.ERROR : EXIT.UNCORRECTED;
}

/** What came of a run over files, added up. */
export class FileTally {
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

/** A file's line. Text output leaves out what went well unless it is `verbose`. */
export function fileLine(context: CommandContext, verbose: boolean, file: FileResult): void {
  const { path, id, result, why, code, sizeBytes } = file;
  const text =
    verbose || !DONE.includes(result)
      ? `${result.padEnd(11)} ${quotePath(path)}${why ? `: ${oneLine(why)}` : ''}\n`
      : '';
  const { terminal } = context;
  terminal.line('file', { ...pathFields(path), ino: id?.ino, gen: id?.gen, result, why, code, size: sizeBytes }, text);
}

/** The last line of a command that worked on files. */
export function fileSummaryLine(context: CommandContext, command: string, totals: FileTally, complete: boolean): void {
  const seconds = totalSeconds(context);
  const { counts, files, bytes, exitCode } = totals;
  const cut = complete ? '' : 'cancelled; what was begun is settled. ';
  const text = `${cut}${plural(files, 'file')}: ${formatTally(counts) || 'nothing to do'}, ${formatBytes(bytes)} in ${formatSeconds(seconds)} (${formatRate(files, seconds)})\n`;
  const fields = {
    command,
    files,
    bytes,
    results: Object.fromEntries(counts),
    complete,
    total_seconds: seconds,
    exit_code: exitCode,
  };
  context.terminal.line('summary', fields, text);
}
