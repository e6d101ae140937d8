import type { Acceptance } from '../migrate/accept-epoch.js';
import type { RollbackKind } from '../migrate/rollback.js';
import type { Finding } from '../reconcile/finding.js';
import type { ActionRecord } from './action-record.js';
import { waitsFor } from './adoption.js';

const WHY = {
  'catalog-behind': 'the catalog is older than the filesystem: it goes on from what the filesystem says',
  'filesystem-behind': 'the filesystem is older than the catalog: the catalog goes on from what it says',
} as const;

/** A finding about the marks of the filesystem, not about one of its files. */
export const isAboutMarks = ({ class: findingClass, ino }: Finding): boolean =>
  ino === undefined && (findingClass === 'catalog-behind' || findingClass === 'filesystem-behind');

const FOUND = {
  'catalog-behind': 'filesystem or store are further than the catalog, or of another epoch; nothing is taken away',
  'filesystem-behind': 'the filesystem is behind the catalog; nothing is taken away, no row is changed',
} as const;

/** The record of a rollback that nobody has accepted. */
export const rollbackRecord = (kind: RollbackKind): ActionRecord => ({
  class: kind,
  severity: 'error',
  kind: 'report',
  action: 'none',
  result: 'left',
  why: waitsFor(FOUND[kind]),
  code: 'EROLLBACK',
});

/** The record of a rollback that was accepted, or would be. */
export function acceptanceRecord(acceptance: Acceptance, result: 'done' | 'planned'): ActionRecord {
  const { kind, earlierEpoch, epoch } = acceptance;
  const why = `${WHY[kind]}, in a new epoch`;
  const [from, to] = [`epoch ${earlierEpoch}`, result === 'done' ? `epoch ${epoch}` : 'a new epoch'];
  return { class: kind, severity: 'error', kind: 'repair', action: 'accept-epoch', from, to, result, why };
}
