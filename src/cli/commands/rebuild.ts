import { rebuildCatalog, type RebuildResult } from '../../recover/rebuild-catalog.js';
import { actionFields, actionText } from '../../report/finding-report.js';
import { formatCount, formatSeconds, plural } from '../../report/format-amount.js';
import { quotePath } from '../../report/quote-path.js';
import { globalOptions, totalSeconds, type CommandContext } from '../command-context.js';
import { EXIT } from '../exit-codes.js';
import { textToBytes } from '../raw-arguments.js';
import { ActionTally } from './action-tally.js';

export interface RebuildCommandOptions {
  readonly archive: string;
  readonly takeOver: boolean;
  readonly unguarded: boolean;
  readonly dryRun: boolean;
}

function summaryText(
  context: CommandContext,
  mounts: readonly string[],
  tally: ActionTally,
  result: RebuildResult,
  dryRun: boolean,
): string {
  const { inodes, managed, objects, passedOver, otherFilesystems, bound, unreadable, seconds } = result;
  const over = passedOver > 0 ? `, ${formatCount(passedOver)} other files` : '';
  const unread = unreadable > 0 ? `, ${formatCount(unreadable)} unreadable ("hsmck audit" names them)` : '';
  const left = tally.uncorrected > 0 ? `, ${formatCount(tally.uncorrected)} left for recover` : '';
  const where = mounts.map((mount) => quotePath(textToBytes(mount))).join(', ');
  const others =
    otherFilesystems > 0
      ? `the archive has copies of ${plural(otherFilesystems, 'other filesystem')}; as long as this catalog does not know it, nothing is purged\n`
      : '';
  return (
    `${dryRun ? 'would bind' : 'bound'} ${plural(bound, 'file')}${left}; ${plural(objects, 'archived copy', 'archived copies')}${over}\n` +
    `${dryRun ? 'nothing was written' : `catalog ${context.catalogPath}, in a new epoch; next: hsmck ${globalOptions(context)}recover ${where}`}\n` +
    `${plural(inodes, 'inode')}, ${formatCount(managed)} managed${unread}, scanned in ${formatSeconds(seconds)}\n${others}`
  );
}

/** `hsmck rebuild`: makes a lost catalog anew. */
export async function runRebuild(
  context: CommandContext,
  mounts: readonly string[],
  { archive, takeOver, unguarded, dryRun }: RebuildCommandOptions,
): Promise<number> {
  const { catalogPath, threads, signal, terminal } = context;
  const tally = new ActionTally(false);
  const result = await rebuildCatalog({
    catalogPath,
    mountPaths: mounts.map(textToBytes),
    archiveDir: textToBytes(archive),
    unguarded,
    takeOver,
    dryRun,
    threads,
    signal,
    passStep: context.passStep,
    onAction: (record) => {
      tally.add(record);
      // A row is what is expected: in text only what did not get one is worth a line.
      const isRow = record.class === 'attribute-without-row' && record.result !== 'left';
      terminal.line('action', actionFields(record), isRow ? '' : actionText(record));
    },
  });
  const { inodes, managed, bound, unreadable, objects, passedOver, otherFilesystems, epoch, storeId, seconds } = result;
  const { uncorrected } = tally;
  // Whose an inode's copy is that cannot be read, nobody knows.
  const { notGiven } = result;
  if (notGiven > 0) {
    terminal.note(
      `the medium of the archive does not give ${plural(notGiven, 'sidecar')}: what they tell of is not in this catalog. ` +
        'Mend it, then rebuild again',
    );
  }
  const exitCode = unreadable + notGiven > 0 ? tally.exitCode | EXIT.UNCORRECTED : tally.exitCode;
  const fields = {
    command: 'rebuild',
    source: 'xfs-bulkstat',
    applied: !dryRun,
    store: storeId,
    epoch: dryRun ? undefined : epoch,
    inodes,
    managed,
    bound,
    objects,
    passed_over: passedOver,
    other_filesystems: otherFilesystems,
    unreadable,
    uncorrected,
    complete: true,
    seconds,
    total_seconds: totalSeconds(context),
    exit_code: exitCode,
  };
  terminal.line('summary', fields, summaryText(context, mounts, tally, result, dryRun));
  return exitCode;
}
