import { checkImage, type CheckImageResult } from '../../reconcile/check-image.js';
import { openRegisteredImage } from '../../reconcile/registered-image.js';
import { findingFields, findingText } from '../../report/finding-report.js';
import { formatCount, formatRate, formatSeconds, formatTally, plural } from '../../report/format-amount.js';
import { totalSeconds, type CommandContext } from '../command-context.js';
import { EXIT } from '../exit-codes.js';
import { NOT_REPLAYED } from '../source-options.js';
import { FindingTally } from './finding-tally.js';

const NOT_LOOKED_AT = 'where data lies and what the archive holds was not looked at: for that, mount it';

function summaryText(tally: FindingTally, result: CheckImageResult): string {
  const { inodes, managed, seconds, complete, cancelled, attributesUnread, intentsUnseen } = result;
  const cut = cancelled ? 'cancelled: ' : complete ? '' : 'not complete: ';
  const found =
    tally.interrupted === 0
      ? 'nothing is interrupted'
      : `${formatCount(tally.interrupted)} interrupted (${formatTally(tally.interruptedByState)})`;
  const unread =
    attributesUnread > 0 ? `; ${plural(attributesUnread, 'attribute')} outside of their inodes could not be read` : '';
  const unseen = intentsUnseen > 0 ? `; nothing can be said of ${plural(intentsUnseen, 'open intent')}` : '';
  return (
    `${cut}${found}\n` +
    `${plural(inodes, 'inode')}, ${formatCount(managed)} managed, scanned in ${formatSeconds(seconds)} ` +
    `(${formatRate(inodes, seconds)})${unread}${unseen}\n${NOT_LOOKED_AT}\n`
  );
}

/** `hsmck check DEVICE-or-IMAGE`: a first look at what is not mounted. Writes nothing, to the catalog neither. */
export async function runCheckImage(context: CommandContext, path: string, ignoreLog: boolean): Promise<number> {
  const { terminal, signal, catalogPath } = context;
  const subject = openRegisteredImage(catalogPath, path, ignoreLog);
  try {
    const tally = new FindingTally();
    const progress = terminal.startProgress('inodes');
    let result: CheckImageResult;
    try {
      result = await checkImage({
        subject,
        signal,
        onFinding: (finding) => {
          tally.add(finding);
          terminal.line('finding', findingFields(finding), findingText(finding));
        },
        onProgress: ({ inodes, expectedInodes }) => progress.update(inodes, expectedInodes),
      });
    } finally {
      terminal.stopProgress();
    }
    if (!result.settled) terminal.note(NOT_REPLAYED);
    for (const { agno, message } of result.failures)
      terminal.note(`allocation group ${agno} was not scanned to its end: ${message}`);
    const { settled, inodes, managed, candidates, complete, cancelled, seconds } = result;
    let exitCode = tally.exitCode;
    if (cancelled) exitCode |= EXIT.CANCELLED;
    else if (!complete) exitCode |= EXIT.ERROR;
    const fields = {
      command: 'check',
      source: 'xfs-device',
      mounted: false,
      settled,
      inodes,
      managed,
      candidates,
      findings: Object.fromEntries(tally.byClass),
      interrupted: tally.interrupted,
      interrupted_by_state: Object.fromEntries(tally.interruptedByState),
      lost: tally.lost,
      attributes_unreadable: result.attributesUnread,
      intents_unseen: result.intentsUnseen,
      complete,
      seconds,
      total_seconds: totalSeconds(context),
      inodes_per_second: Math.round(inodes / seconds),
      exit_code: exitCode,
    };
    terminal.line('summary', fields, summaryText(tally, result));
    return exitCode;
  } finally {
    subject.close();
  }
}
