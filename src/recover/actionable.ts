import type { Finding } from '../reconcile/finding.js';
import { judge } from '../reconcile/judge.js';
import { secondLook, type LookContext } from '../reconcile/second-look.js';
import type { InodeFinding } from './recover-batch.js';

const ACTIONABLE: readonly Finding['action'][] = ['settle', 'repair', 'rebaseline'];

/** A finding about one inode that the decision table is asked about. */
export function isActionable(finding: Finding): finding is InodeFinding {
  return ACTIONABLE.includes(finding.action) && finding.ino !== undefined && finding.gen !== undefined;
}

const OF_A_COPY: readonly Finding['class'][] = ['archive-missing', 'archive-size-mismatch', 'archive-digest-mismatch'];

/**
 * The archive's side of a file that the scan has a finding about as well: what is done is decided there, with the copy
 * among its facts, and once a run.
 */
export function isToldOfAlready(context: LookContext, finding: InodeFinding): boolean {
  if (!OF_A_COPY.includes(finding.class)) return false;
  const scanned = judge(secondLook(context, finding));
  return scanned !== undefined && (isActionable(scanned) || scanned.action === 'forget' || scanned.action === 'wait');
}
