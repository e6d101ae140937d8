/**
 * Files whose attribute does not show the operation that the catalog has open: the crash came before the mark was
 * durable, or after the settled attribute was. A torn attribute counts as none: the row and the data decide.
 */
import { complete, repair, report, revert, type Rule } from './rule.js';
import {
  CONFLICT,
  EMPTIED,
  GONE,
  LOST,
  NO_MARK,
  NOT_GOOD,
  TOUCHED,
  TRASHED,
  UNKNOWN_COPY,
  UNMOVED,
  WHOLE,
} from './rules-shared.js';

/** The catalog has the fresh copy as bound already. */
const UNMARKED_BOUND = { attribute: NO_MARK, intent: ['archive'], names: ['row'] } as const;

const ARCHIVE: readonly Rule[] = [
  {
    name: 'archive-intent/offline-row',
    when: { attribute: [...NO_MARK, 'dual'], intent: ['archive'], row: ['offline'] },
    verdict: report('the catalog has the file as being in the archive only, which is never archived', 'conflict'),
  },
  {
    name: 'archive-intent/no-mark-bound',
    when: { ...UNMARKED_BOUND, object: ['good'], bytes: WHOLE },
    verdict: complete('bind', 'dual', 'the file was bound, and its attribute is gone: file and copy are equal'),
  },
  {
    name: 'archive-intent/no-mark-bound-bad',
    when: { ...UNMARKED_BOUND, object: NOT_GOOD, bytes: WHOLE },
    verdict: revert('make-resident', 'resident', 'the copy is bad, but the file on disk is whole by its hash'),
  },
  {
    name: 'archive-intent/no-mark-bound-unproven',
    when: UNMARKED_BOUND,
    verdict: report(
      'the file was bound, its attribute is gone and its bytes are not the copy’s: both are kept',
      'conflict',
    ),
  },
  {
    name: 'archive-intent/no-mark-missing',
    when: { attribute: NO_MARK, intent: ['archive'], object: ['good'], bytes: ['missing'], times: UNMOVED },
    verdict: report('the file has holes where the fresh copy has data: the copy is kept', 'conflict'),
  },
  {
    name: 'archive-intent/no-mark',
    when: { attribute: NO_MARK, intent: ['archive'] },
    verdict: revert('unbind', 'resident', 'archiving had not begun, or was being reverted'),
  },
  {
    name: 'archive-intent/bound-equal',
    when: { attribute: ['dual'], intent: ['archive'], names: ['intent'], object: ['good'], bytes: WHOLE },
    verdict: complete('bind', 'dual', 'the attribute was settled; only the catalog has to follow'),
  },
  {
    name: 'archive-intent/bound-missing',
    when: {
      attribute: ['dual'],
      intent: ['archive'],
      names: ['intent'],
      object: ['good'],
      bytes: ['missing'],
      times: UNMOVED,
    },
    verdict: repair('fill', 'dual', 'data is missing from the file and the copy is good'),
  },
  {
    name: 'archive-intent/bound-differing',
    when: { attribute: ['dual'], intent: ['archive'], names: ['intent'], object: ['good'] },
    verdict: complete('bind-stale', 'dual', 'the file was changed since: bound as not proven equal, never as equal'),
  },
  {
    name: 'archive-intent/bound-bad-object',
    // The row may name this copy already, or an older version's: neither is worth keeping as a binding.
    when: { attribute: ['dual'], intent: ['archive'], names: ['intent'], bytes: WHOLE },
    verdict: revert('make-resident', 'resident', 'the copy is bad, but the file on disk is whole by its hash'),
  },
  {
    name: 'archive-intent/bound-lost',
    when: { attribute: ['dual'], intent: ['archive'], names: ['intent'], object: GONE, bytes: ['missing'] },
    verdict: report(LOST, 'data-lost'),
  },
  {
    name: 'archive-intent/bound-trashed',
    when: { attribute: ['dual'], intent: ['archive'], names: ['intent'], object: ['trashed'], bytes: ['missing'] },
    verdict: report(TRASHED),
  },
  {
    name: 'archive-intent/bound-unknown-copy',
    when: { attribute: ['dual'], intent: ['archive'], names: ['intent'], object: ['none'] },
    verdict: report(UNKNOWN_COPY),
  },
  {
    name: 'archive-intent/bound-unproven',
    when: { attribute: ['dual'], intent: ['archive'], names: ['intent'] },
    verdict: report('the copy is bad and the file differs from what was archived', 'conflict'),
  },
  {
    name: 'archive-intent/earlier-binding-missing',
    when: {
      attribute: ['dual'],
      intent: ['archive'],
      names: ['row', 'number'],
      row: ['dual'],
      object: ['good'],
      bytes: ['missing'],
      times: UNMOVED,
    },
    verdict: report('the file has holes where the fresh copy has data: the copy is kept', 'conflict'),
  },
  {
    // A changed file was to be archived anew: it still carries its earlier binding.
    name: 'archive-intent/earlier-binding',
    when: { attribute: ['dual'], intent: ['archive'], names: ['row', 'number'], row: ['dual'] },
    verdict: revert('unbind', 'dual', 'archiving anew had not begun, or was being reverted'),
  },
  {
    name: 'archive-intent/third-copy',
    when: { attribute: ['dual'], intent: ['archive'], names: ['other'] },
    verdict: report(
      'the attribute names a copy that neither the open intent nor the row knows: all are kept',
      'conflict',
    ),
  },
];

const STILL_DUAL = { attribute: ['dual'], intent: ['release', 'recall', 'remove'] } as const;

const DUAL: readonly Rule[] = [
  {
    name: 'dual-intent/equal',
    when: { ...STILL_DUAL, object: ['good'], bytes: WHOLE },
    verdict: revert('restore-dual', 'dual', 'data and copy are equal and the attribute says so'),
  },
  {
    name: 'dual-intent/missing',
    when: { ...STILL_DUAL, object: ['good'], bytes: ['missing'], times: UNMOVED },
    verdict: repair('fill', 'dual', 'data is missing from the file and the copy is good'),
  },
  {
    name: 'dual-intent/lost',
    when: { ...STILL_DUAL, object: GONE, bytes: ['missing'] },
    verdict: report(LOST, 'data-lost'),
  },
  {
    name: 'dual-intent/trashed',
    when: { ...STILL_DUAL, object: ['trashed'], bytes: ['missing'] },
    verdict: report(TRASHED),
  },
  { name: 'dual-intent/unknown-copy', when: { ...STILL_DUAL, object: ['none'] }, verdict: report(UNKNOWN_COPY) },
  {
    name: 'dual-intent/bad-object-equal',
    when: { ...STILL_DUAL, object: NOT_GOOD, bytes: WHOLE },
    verdict: revert('make-resident', 'resident', 'the copy is bad, but the file on disk is whole by its hash'),
  },
  {
    // The row may still say `offline`, or carry an earlier number: it has to follow the attribute.
    name: 'dual-intent/bound',
    when: { ...STILL_DUAL, row: ['dual', 'offline'] },
    verdict: revert('bind-stale', 'dual', 'the file was changed since, or the copy is bad: the file on disk is kept'),
  },
  {
    name: 'dual-intent/unrecorded',
    when: { ...STILL_DUAL, object: ['good'] },
    verdict: revert('bind-stale', 'dual', 'the file was changed since: the catalog gets its row, as not proven equal'),
  },
  {
    name: 'dual-intent/rest',
    when: STILL_DUAL,
    verdict: revert('close-intent', 'dual', 'the file was changed since, or the copy is bad: the file on disk is kept'),
  },
];

const STILL_OFFLINE = { attribute: ['offline'], intent: ['release', 'recall', 'remove'] } as const;

const OFFLINE: readonly Rule[] = [
  {
    name: 'offline-intent/released',
    when: { attribute: ['offline'], intent: ['release'], object: ['good'], bytes: ['missing', 'void'] },
    verdict: complete('mark-offline', 'offline', 'the attribute was settled; only the catalog has to follow'),
  },
  {
    name: 'offline-intent/not-recalled',
    when: { attribute: ['offline'], intent: ['recall'], object: ['good'], bytes: ['missing', 'void'] },
    verdict: revert('mark-offline', 'offline', 'the recall had not begun, or was being reverted'),
  },
  {
    // Recovery found data missing and was cut short.
    name: 'offline-intent/not-removed',
    when: { attribute: ['offline'], intent: ['remove'], object: ['good'], bytes: ['missing', 'void'] },
    verdict: revert('mark-offline', 'offline', 'the removal was being reverted: the copy is the data'),
  },
  {
    name: 'offline-intent/present',
    when: { ...STILL_OFFLINE, object: ['good'], bytes: ['equal'] },
    verdict: repair('restore-dual', 'dual', 'all data is on disk and equals the copy'),
  },
  {
    name: 'offline-intent/bad-object-equal',
    when: { ...STILL_OFFLINE, object: NOT_GOOD, bytes: WHOLE },
    verdict: revert('make-resident', 'resident', 'the copy is bad, but the file on disk is whole by its hash'),
  },
  {
    name: 'offline-intent/differing',
    when: { ...STILL_OFFLINE, bytes: ['differing'] },
    verdict: report(CONFLICT, 'conflict'),
  },
  {
    name: 'offline-intent/lost',
    when: { ...STILL_OFFLINE, object: GONE, bytes: ['missing'] },
    verdict: report(LOST, 'data-lost'),
  },
  {
    name: 'offline-intent/trashed',
    when: { ...STILL_OFFLINE, object: ['trashed'], bytes: ['missing'] },
    verdict: report(TRASHED),
  },
  { name: 'offline-intent/unknown-copy', when: { ...STILL_OFFLINE, object: ['none'] }, verdict: report(UNKNOWN_COPY) },
];

const UNMARKED = { attribute: NO_MARK, intent: ['release', 'recall'] } as const;

const NO_ATTRIBUTE: readonly Rule[] = [
  {
    name: 'no-mark-intent/equal',
    when: { ...UNMARKED, object: ['good'], bytes: ['equal'] },
    verdict: repair('restore-dual', 'dual', 'the attribute is gone; data and copy are equal'),
  },
  {
    name: 'no-mark-intent/missing',
    when: { ...UNMARKED, object: ['good'], bytes: ['missing'], times: UNMOVED },
    verdict: repair('punch', 'offline', 'the attribute is gone; the copy is good and the file has nothing else'),
  },
  {
    name: 'no-mark-intent/void',
    when: { ...UNMARKED, object: ['good'], bytes: ['void'] },
    verdict: repair('punch', 'offline', 'the attribute is gone; file and copy are all zeros'),
  },
  {
    name: 'no-mark-intent/emptied',
    when: { ...UNMARKED, object: ['good'], bytes: ['missing'] },
    verdict: report(EMPTIED, 'conflict'),
    preferComplete: repair('fill', 'dual', TOUCHED),
  },
  {
    name: 'no-mark-intent/differing',
    when: { ...UNMARKED, bytes: ['differing'] },
    verdict: report(CONFLICT, 'conflict'),
  },
  {
    name: 'no-mark-intent/bad-object-equal',
    when: { ...UNMARKED, bytes: WHOLE },
    verdict: repair('make-resident', 'resident', 'the copy is bad, but the file on disk is whole by its hash'),
  },
  {
    name: 'no-mark-intent/lost',
    when: { ...UNMARKED, object: GONE, bytes: ['missing'] },
    verdict: report(LOST, 'data-lost'),
  },
  {
    name: 'no-mark-intent/trashed',
    when: { ...UNMARKED, object: ['trashed'], bytes: ['missing'] },
    verdict: report(TRASHED),
  },
  { name: 'no-mark-intent/unknown-copy', when: { ...UNMARKED, object: ['none'] }, verdict: report(UNKNOWN_COPY) },
];

const REMOVE: readonly Rule[] = [
  {
    name: 'remove-intent/missing',
    when: { attribute: NO_MARK, intent: ['remove'], object: ['good'], bytes: ['missing'], times: UNMOVED },
    verdict: revert('mark-offline', 'offline', 'data is missing from the file: the copy is the data'),
  },
  {
    name: 'remove-intent/emptied',
    when: { attribute: NO_MARK, intent: ['remove'], object: ['good'], bytes: ['missing'] },
    verdict: report(EMPTIED, 'conflict'),
    preferRevert: revert('fill', 'dual', TOUCHED),
  },
  {
    name: 'remove-intent/lost',
    when: { attribute: NO_MARK, intent: ['remove'], object: GONE, bytes: ['missing'] },
    verdict: report(LOST, 'data-lost'),
  },
  {
    name: 'remove-intent/whole',
    when: { attribute: NO_MARK, intent: ['remove'], bytes: WHOLE },
    verdict: complete('make-resident', 'resident', 'the file on disk is whole; the copy goes to the trash'),
  },
  {
    name: 'remove-intent/written-since',
    when: { attribute: NO_MARK, intent: ['remove'], bytes: ['differing'], times: ['changed'] },
    verdict: complete('make-resident', 'resident', 'the file was written since and is not missing data'),
  },
  {
    name: 'remove-intent/differing',
    when: { attribute: NO_MARK, intent: ['remove'], bytes: ['differing'] },
    verdict: report('the bytes differ though the times do not: both versions are kept', 'conflict'),
  },
  {
    name: 'remove-intent/trashed',
    when: { attribute: NO_MARK, intent: ['remove'], object: ['trashed'], bytes: ['missing'] },
    verdict: report(TRASHED),
  },
  {
    name: 'remove-intent/unknown-copy',
    when: { attribute: NO_MARK, intent: ['remove'], object: ['none'] },
    verdict: report('the copy is gone from the store and the file cannot be proven whole', 'conflict'),
  },
];

export const OPEN_INTENT_RULES: readonly Rule[] = [...ARCHIVE, ...DUAL, ...OFFLINE, ...NO_ATTRIBUTE, ...REMOVE];
