import type { Finding } from '../reconcile/finding.js';
import { judge } from '../reconcile/judge.js';
import { secondLook, type LookContext } from '../reconcile/second-look.js';
import type { History } from './history.js';
import type { InodeFinding } from './recover-batch.js';

const ACTIONABLE: readonly Finding['action'][] = ['settle', 'repair', 'rebaseline'];

/**
 * A finding about one inode that the decision table is asked about. Files of an older catalog's future are told as
 * `catalog-behind`; where their numbers are known to be given out, the table decides on them all the same.
 */
export function isActionable(finding: Finding, { opsBelow }: Pick<History, 'opsBelow'>): finding is InodeFinding {
  const isOfFuture = finding.class === 'catalog-behind' && opsBelow !== undefined;
  return (ACTIONABLE.includes(finding.action) || isOfFuture) && finding.ino !== undefined && finding.gen !== undefined;
}

/** The archive's side tells of a copy's own record, too; the scan, of the file's. */
const isOfCopy = ({ class: found, facts }: Finding): boolean =>
  OF_A_COPY.includes(found) || (found === 'state-mismatch' && facts['object_op'] !== undefined);

const OF_A_COPY: readonly Finding['class'][] = ['archive-missing', 'archive-size-mismatch', 'archive-digest-mismatch'];

/**
 * The archive's side of a file that the scan has a finding about as well: what is done is decided there, with the copy
 * among its facts, and once a run.
 */
export function isToldOfAlready(context: LookContext, finding: InodeFinding, history: History): boolean {
  if (!isOfCopy(finding)) return false;
  const { ino, gen } = finding;
  const scanned = judge(secondLook(context, { ino, gen }));
  return (
    scanned !== undefined &&
    (isActionable(scanned, history) || scanned.action === 'forget' || scanned.action === 'wait')
  );
}
