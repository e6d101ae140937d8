import type { ArchiveStore } from '../archive/archive-store.js';
import { HsmckError, InvariantError } from '../errors.js';
import type { LookContext } from '../reconcile/second-look.js';
import type { ActionRecord } from './action-record.js';
import { decideLook } from './decide-look.js';
import type { Preference } from './decision-facts.js';
import { gatherEvidence } from './evidence.js';
import { holdCandidate, letCandidateGo } from './hold-candidate.js';
import type { InodeFinding } from './recover-batch.js';

/** What recovery would do about a finding. Reads the file and its copy, writes nothing and takes no lease. */
export async function planOne(
  context: LookContext,
  store: ArchiveStore | undefined,
  finding: InodeFinding,
  prefer: Preference,
): Promise<ActionRecord> {
  const { ino, gen, path, severity, state } = finding;
  const about = {
    id: { ino, gen },
    ...(path && { path }),
    class: finding.class,
    severity,
    ...(state && { from: state }),
  };
  try {
    const hold = holdCandidate(context, about.id, 'plan');
    if (hold.kind === 'vanished')
      return { ...about, kind: 'revert', action: 'close-intent', result: 'planned', why: hold.why };
    if (hold.kind === 'skip') return { ...about, kind: 'wait', action: 'none', result: 'skipped', why: hold.why };
    try {
      const { facts } = await gatherEvidence({ catalog: context.catalog, store }, hold.candidate);
      const { kind, settlement: action, to, reason: why, reportClass } = decideLook(hold.candidate.look, facts, prefer);
      const result = action === 'none' ? 'left' : 'planned';
      const critical = reportClass === 'data-lost' ? ({ severity: 'critical' } as const) : {};
      return {
        ...about,
        kind,
        action,
        ...(to && { to }),
        result,
        why,
        facts,
        ...(reportClass && { class: reportClass }),
        ...critical,
      };
    } finally {
      letCandidateGo(hold.candidate);
    }
  } catch (error) {
    if (!(error instanceof HsmckError) || error instanceof InvariantError) throw error;
    return { ...about, kind: 'wait', action: 'none', result: 'failed', why: error.message, code: error.code };
  }
}
