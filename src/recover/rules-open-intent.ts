/**
 * Files whose attribute does not show the operation that the catalog has open: the crash came before the mark was
 * durable, or after the settled attribute was. A torn attribute counts as none: the row and the data decide.
 */
import { complete, repair, report, revert, type Rule } from './rule.js';

const NO_MARK = ['none', 'corrupt'] as const;
const CONFLICT =
  'the file has bytes that the archived version does not have: the file stays as it is, the copy is kept';
const LOST = 'data is missing from the file and the archived copy is bad or gone';
const EMPTIED =
  'data is missing and mtime moved since: a file that somebody emptied and one that was touched look alike; the copy is kept';
/** Nobody has touched the file since the operation began, as far as its times say. */
const UNMOVED = ['same', 'ctime-moved', 'unknown'] as const;
const NOT_GOOD = ['bad', 'missing', 'none'] as const;

const UNREACHABLE: Rule = {
  name: 'open-intent/unreachable',
  when: { intent: ['archive', 'release', 'recall', 'remove'], object: ['unreachable'] },
  verdict: report('the archive store cannot be reached, so nothing is known of the copy'),
};

const ARCHIVE: readonly Rule[] = [
  {
    name: 'archive-intent/offline-row',
    when: { attribute: [...NO_MARK, 'dual'], intent: ['archive'], row: ['offline'] },
    verdict: report('the catalog has the file as being in the archive only, which is never archived', 'conflict'),
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
    when: { attribute: ['dual'], intent: ['archive'], names: ['intent'], object: ['good'], bytes: ['equal', 'void'] },
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
    when: { attribute: ['dual'], intent: ['archive'], names: ['intent'], bytes: ['equal', 'void'] },
    verdict: revert('unbind', 'resident', 'the copy is bad, but the file on disk is whole by its hash'),
  },
  {
    name: 'archive-intent/bound-lost',
    when: { attribute: ['dual'], intent: ['archive'], names: ['intent'], object: NOT_GOOD, bytes: ['missing'] },
    verdict: report(LOST, 'data-lost'),
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
      names: ['other'],
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
    when: { attribute: ['dual'], intent: ['archive'], names: ['other'], row: ['dual'] },
    verdict: revert('unbind', 'dual', 'archiving anew had not begun, or was being reverted'),
  },
];

const STILL_DUAL = { attribute: ['dual'], intent: ['release', 'recall', 'remove'] } as const;

const DUAL: readonly Rule[] = [
  {
    name: 'dual-intent/equal',
    when: { ...STILL_DUAL, object: ['good'], bytes: ['equal', 'void'] },
    verdict: revert('restore-dual', 'dual', 'data and copy are equal and the attribute says so'),
  },
  {
    name: 'dual-intent/missing',
    when: { ...STILL_DUAL, object: ['good'], bytes: ['missing'], times: UNMOVED },
    verdict: repair('fill', 'dual', 'data is missing from the file and the copy is good'),
  },
  {
    name: 'dual-intent/lost',
    when: { ...STILL_DUAL, object: NOT_GOOD, bytes: ['missing'] },
    verdict: report(LOST, 'data-lost'),
  },
  {
    // The row may still say `offline`, or carry an earlier number: it has to follow the attribute.
    name: 'dual-intent/bound',
    when: { ...STILL_DUAL, row: ['dual', 'offline'] },
    verdict: revert('bind-stale', 'dual', 'the file was changed since, or the copy is bad: the file on disk is kept'),
  },
  {
    name: 'dual-intent/rest',
    when: STILL_DUAL,
    verdict: revert('close-intent', 'dual', 'the file was changed since, or the copy is bad: the file on disk is kept'),
  },
];

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
    when: { attribute: ['offline'], intent: ['release', 'recall', 'remove'], bytes: ['equal', 'differing'] },
    verdict: report(CONFLICT, 'conflict'),
  },
  {
    name: 'offline-intent/void-bad-object',
    when: { attribute: ['offline'], intent: ['release', 'recall', 'remove'], object: NOT_GOOD, bytes: ['void'] },
    verdict: revert('make-resident', 'resident', 'the copy is bad, but its data were zeros, and so is the file'),
  },
  {
    name: 'offline-intent/lost',
    when: {
      attribute: ['offline'],
      intent: ['release', 'recall', 'remove'],
      object: NOT_GOOD,
      bytes: ['missing'],
    },
    verdict: report(LOST, 'data-lost'),
  },
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
    preferComplete: repair('punch', 'offline', 'the attribute is gone; the copy is good and the file has nothing else'),
  },
  {
    name: 'no-mark-intent/differing',
    when: { ...UNMARKED, bytes: ['differing'] },
    verdict: report(CONFLICT, 'conflict'),
  },
  {
    name: 'no-mark-intent/bad-object-equal',
    when: { ...UNMARKED, bytes: ['equal', 'void'] },
    verdict: repair('make-resident', 'resident', 'the copy is bad, but the file on disk is whole by its hash'),
  },
  {
    name: 'no-mark-intent/lost',
    when: { ...UNMARKED, object: NOT_GOOD, bytes: ['missing'] },
    verdict: report(LOST, 'data-lost'),
  },
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
    preferRevert: revert('mark-offline', 'offline', 'data is missing from the file: the copy is the data'),
  },
  {
    name: 'remove-intent/lost',
    when: { attribute: NO_MARK, intent: ['remove'], object: NOT_GOOD, bytes: ['missing'] },
    verdict: report(LOST, 'data-lost'),
  },
  {
    name: 'remove-intent/whole',
    when: { attribute: NO_MARK, intent: ['remove'], bytes: ['equal', 'void'] },
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
    when: { attribute: NO_MARK, intent: ['remove'], object: ['missing', 'none'] },
    verdict: report('the copy is gone from the store and the file cannot be proven whole', 'conflict'),
  },
];

export const OPEN_INTENT_RULES: readonly Rule[] = [
  UNREACHABLE,
  ...ARCHIVE,
  ...DUAL,
  ...OFFLINE,
  ...NO_ATTRIBUTE,
  ...REMOVE,
];
