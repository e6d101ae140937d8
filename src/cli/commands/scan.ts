import { UsageError } from '../../errors.js';
import { asksForAttributes } from '../../scan/where-expression.js';
import { runScan, type ScanSummary } from '../../scan/run-scan.js';
import { formatCount, formatRate, formatSeconds, formatTally, plural } from '../../report/format-amount.js';
import { totalSeconds, type CommandContext } from '../command-context.js';
import { EXIT } from '../exit-codes.js';
import { NOT_REPLAYED, sourceOptions, UNSETTLED, type SourceFlags } from '../source-options.js';
import { textToBytes } from '../raw-arguments.js';

export interface ScanCommandOptions extends SourceFlags {
  readonly where?: string | undefined;
  readonly count: boolean;
  readonly ignoreLog: boolean;
  readonly attributes: boolean;
}

function exitCodeOf(summary: ScanSummary): number {
  let code: number = EXIT.CLEAN;
  if (summary.unreadable > 0 || summary.attributesUnreadable > 0) code |= EXIT.UNCORRECTED;
  if (summary.cancelled) code |= EXIT.CANCELLED;
  else if (!summary.complete) code |= EXIT.ERROR;
  return code;
}

function summaryText(summary: ScanSummary, seconds: number): string {
  const { inodes, matched, managed, unreadable } = summary;
  const states = formatTally(new Map(Object.entries(summary.byState)));
  const picked = matched === inodes ? '' : `, ${formatCount(matched)} of them match`;
  const bad = unreadable > 0 ? `, ${formatCount(unreadable)} unreadable` : '';
  const cut = summary.complete ? '' : ' (not complete)';
  return (
    `${plural(inodes, 'inode')}${picked}, ${formatCount(managed)} managed${bad}${cut}\n` +
    (states === '' ? '' : `${states}\n`) +
    `${formatSeconds(seconds)} by ${summary.source}, ${formatRate(inodes, seconds)}\n`
  );
}

/** `hsmck scan`: lists or counts inodes. Needs no catalog. */
export async function runScanCommand(
  context: CommandContext,
  mount: string,
  options: ScanCommandOptions,
): Promise<number> {
  const { terminal, threads, signal } = context;
  if (!options.attributes && options.where !== undefined && asksForAttributes(options.where)) {
    throw new UsageError('--where asks for what only the DM attribute says: leave --no-attributes out');
  }
  const listing = !options.count;
  const progress = terminal.startProgress('inodes');
  let summary: ScanSummary;
  try {
    summary = await runScan({
      mountPath: textToBytes(mount),
      threads,
      where: options.where,
      mode: options.count ? 'count' : terminal.format,
      attributes: options.attributes ? 'read' : 'skip',
      source: sourceOptions(context, options, []),
      ignoreLog: options.ignoreLog,
      signal,
      output: listing ? terminal.stdout : undefined,
      onProgress: ({ inodes, expectedInodes }) => progress.update(inodes, expectedInodes),
    });
  } finally {
    terminal.stopProgress();
  }
  for (const { ino, code } of summary.unreadableInodes) terminal.note(`inode ${ino} cannot be read: ${code}`);
  if (!summary.settled) terminal.note(options.ignoreLog ? NOT_REPLAYED : UNSETTLED);
  for (const { agno, message } of summary.failures)
    terminal.note(`allocation group ${agno} was not scanned to its end: ${message}`);
  const exitCode = exitCodeOf(summary);
  const { inodes, seconds } = summary;
  const { byState, unreadableInodes: _, attributesUnreadable, attributesElsewhere, fetchedSingly, ...counts } = summary;
  const fields = {
    command: 'scan',
    ...counts,
    attributes_unreadable: attributesUnreadable,
    fetched_singly: fetchedSingly,
    attributes_elsewhere: attributesElsewhere,
    states: byState,
    total_seconds: totalSeconds(context),
    inodes_per_second: Math.round(inodes / seconds),
    exit_code: exitCode,
  };
  // A listing in text stays clean for other programs; its summary goes to stderr.
  if (listing && terminal.format === 'text') terminal.stderr.write(summaryText(summary, seconds));
  else terminal.line('summary', fields, summaryText(summary, seconds));
  return exitCode;
}
