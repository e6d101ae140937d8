import { openCatalog } from '../../catalog/open-catalog.js';
import { UsageError } from '../../errors.js';
import { CancelledError } from '../../migrate/busy-error.js';
import { purgeTrash } from '../../recover/purge-trash.js';
import { formatBytes, plural } from '../../report/format-amount.js';
import { totalSeconds, type CommandContext } from '../command-context.js';
import { EXIT } from '../exit-codes.js';

const UNITS_MS = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 } as const;

/** `90d`, `12h`: whole numbers with one unit. */
export function parseAgeMs(text: string): number {
  const [, amount, unit] = /^([0-9]{1,6})([smhdw])$/.exec(text) ?? [];
  if (amount === undefined || unit === undefined) {
    throw new UsageError(`"${text}" is no age: give a number and s, m, h, d or w, such as 90d`);
  }
  return Number(amount) * UNITS_MS[unit as keyof typeof UNITS_MS];
}

export interface PurgeCommandOptions {
  readonly olderThan: string;
  readonly dryRun: boolean;
  readonly damaged: boolean;
}

/** `hsmck purge`: the only command that deletes archived bytes. */
export async function runPurge(context: CommandContext, options: PurgeCommandOptions): Promise<number> {
  const { terminal, threads, signal, catalogPath } = context;
  const olderThanMs = parseAgeMs(options.olderThan);
  const catalog = openCatalog({ path: catalogPath, mode: options.dryRun ? 'read' : 'write' });
  const counts = { purged: 0, planned: 0, kept: 0, failed: 0 };
  let bytes = 0n;
  try {
    await purgeTrash({
      catalog,
      olderThanMs,
      dryRun: options.dryRun,
      damaged: options.damaged,
      threads,
      signal,
      nowMs: Date.now(),
      ...(terminal.showsProgress && { onReading: (what, done, all) => terminal.showProgress(what, done, all) }),
      onObject: ({ objectId, result, why, sizeBytes }) => {
        counts[result] += 1;
        const isGone = result === 'purged' || result === 'planned';
        if (isGone) bytes += sizeBytes;
        const text = isGone ? '' : `${result.padEnd(8)} ${objectId}: ${why ?? ''}\n`;
        terminal.line(
          'action',
          { class: 'trash', object: objectId, action: 'purge', result, why, size: sizeBytes },
          text,
        );
      },
    });
  } catch (error) {
    // The summary says what was deleted until then.
    if (!(error instanceof CancelledError)) throw error;
  } finally {
    terminal.stopProgress();
    catalog.close();
  }
  const exitCode = (signal.aborted ? EXIT.CANCELLED : EXIT.CLEAN) | (counts.failed > 0 ? EXIT.ERROR : EXIT.CLEAN);
  const verb = options.dryRun ? 'would be deleted' : 'deleted';
  const text = `${plural(counts.purged + counts.planned, 'archived copy', 'archived copies')} ${verb}, ${formatBytes(bytes)}\n`;
  const fields = { command: 'purge', ...counts, bytes, total_seconds: totalSeconds(context), exit_code: exitCode };
  terminal.line('summary', fields, text);
  return exitCode;
}
