/** Files whose attribute says that a migration was under way (docs/protocol.md, "Complete or revert"). */
import { complete, report, revert, type Rule } from './rule.js';
import {
  CONFLICT,
  EMPTIED,
  GONE,
  LOST,
  NOT_GOOD,
  TOUCHED,
  TRASHED,
  UNKNOWN_COPY,
  UNMOVED,
  WHOLE,
} from './rules-shared.js';

const ARCHIVING: readonly Rule[] = [
  {
    name: 'archiving/offline-row',
    when: { attribute: ['archiving'], row: ['offline'] },
    verdict: report('the catalog has the file as being in the archive only, which is never archived', 'conflict'),
  },
  {
    name: 'archiving/bound-already-equal',
    when: { attribute: ['archiving'], names: ['row', 'number'], object: ['good'], bytes: WHOLE },
    verdict: complete('bind', 'dual', 'the catalog has bound the file to that copy, and both have the same bytes'),
  },
  {
    name: 'archiving/equal',
    when: { attribute: ['archiving'], object: ['good'], bytes: WHOLE },
    verdict: complete('bind', 'dual', 'the copy is complete and the file has the same bytes'),
    preferRevert: revert('unbind', 'resident', 'the file is whole; the copy goes to the trash'),
  },
  {
    // The copy was taken from this very file: it may be all that is left of the data.
    name: 'archiving/missing',
    when: { attribute: ['archiving'], object: ['good'], bytes: ['missing'], times: UNMOVED },
    verdict: report('the file has holes where the fresh copy has data: the copy is kept', 'conflict'),
  },
  {
    name: 'archiving/bound-already',
    when: { attribute: ['archiving'], names: ['row', 'number'] },
    verdict: report('the catalog has bound the file to that copy already, and the data does not prove it', 'conflict'),
  },
  {
    name: 'archiving/rest',
    when: { attribute: ['archiving'] },
    verdict: revert(
      'unbind',
      'resident',
      'the copy is not complete, or the file was changed since: the file is the truth',
    ),
  },
];

const RELEASING: readonly Rule[] = [
  {
    name: 'releasing/equal',
    when: { attribute: ['releasing'], object: ['good'], bytes: WHOLE },
    verdict: complete('punch', 'offline', 'the copy is good and the file still has the same bytes'),
    preferRevert: revert('restore-dual', 'dual', 'nothing was punched yet: the file stays on disk'),
  },
  {
    name: 'releasing/missing',
    when: { attribute: ['releasing'], object: ['good'], bytes: ['missing'], times: UNMOVED },
    verdict: complete('punch', 'offline', 'the copy is good and what is left of the file equals it'),
    preferRevert: revert('fill', 'dual', 'the copy is good: what was punched is brought back'),
  },
  {
    name: 'releasing/emptied',
    when: { attribute: ['releasing'], object: ['good'], bytes: ['missing'] },
    verdict: report(EMPTIED, 'conflict'),
    preferComplete: revert('fill', 'dual', TOUCHED),
    preferRevert: revert('fill', 'dual', TOUCHED),
  },
  {
    name: 'releasing/differing',
    when: { attribute: ['releasing'], bytes: ['differing'] },
    verdict: report(CONFLICT, 'conflict'),
  },
  {
    name: 'releasing/bad-object-equal',
    when: { attribute: ['releasing'], object: NOT_GOOD, bytes: WHOLE },
    verdict: revert('make-resident', 'resident', 'the copy is bad, but the file on disk is whole by its hash'),
  },
  {
    name: 'releasing/lost',
    when: { attribute: ['releasing'], object: GONE, bytes: ['missing'] },
    verdict: report(LOST, 'data-lost'),
  },
];

const RECALLING: readonly Rule[] = [
  {
    name: 'recalling/equal',
    when: { attribute: ['recalling'], object: ['good'], bytes: WHOLE },
    verdict: complete('restore-dual', 'dual', 'all data is back and equals the copy'),
    preferRevert: revert('punch', 'offline', 'the copy is good: the data leaves the disk again'),
  },
  {
    name: 'recalling/missing',
    when: { attribute: ['recalling'], object: ['good'], bytes: ['missing'], times: UNMOVED },
    verdict: complete('fill', 'dual', 'the copy is good and the file has nothing else: it is filled'),
    preferRevert: revert('punch', 'offline', 'the copy is good: what came back leaves the disk again'),
  },
  {
    name: 'recalling/emptied',
    when: { attribute: ['recalling'], object: ['good'], bytes: ['missing'] },
    verdict: report(EMPTIED, 'conflict'),
    preferComplete: complete('fill', 'dual', TOUCHED),
    preferRevert: complete('fill', 'dual', TOUCHED),
  },
  {
    name: 'recalling/differing',
    when: { attribute: ['recalling'], bytes: ['differing'] },
    verdict: report(CONFLICT, 'conflict'),
  },
  {
    name: 'recalling/bad-object-equal',
    when: { attribute: ['recalling'], object: NOT_GOOD, bytes: WHOLE },
    verdict: revert('make-resident', 'resident', 'the copy is bad, but the file on disk is whole by its hash'),
  },
  {
    name: 'recalling/lost',
    when: { attribute: ['recalling'], object: GONE, bytes: ['missing'] },
    verdict: report(LOST, 'data-lost'),
  },
];

const REMOVING: readonly Rule[] = [
  {
    name: 'removing/equal',
    when: { attribute: ['removing'], bytes: WHOLE },
    verdict: complete('make-resident', 'resident', 'the file on disk is whole; the copy goes to the trash'),
  },
  {
    name: 'removing/written-since',
    when: { attribute: ['removing'], bytes: ['differing'], times: ['changed'] },
    verdict: complete('make-resident', 'resident', 'the file was written since and is not missing data'),
  },
  {
    name: 'removing/differing',
    when: { attribute: ['removing'], bytes: ['differing'] },
    verdict: report('the bytes differ though the times do not: both versions are kept', 'conflict'),
  },
  {
    name: 'removing/missing',
    when: { attribute: ['removing'], object: ['good'], bytes: ['missing'], times: UNMOVED },
    verdict: revert('punch', 'offline', 'data is missing from the file: the copy is the data'),
  },
  {
    name: 'removing/emptied',
    when: { attribute: ['removing'], object: ['good'], bytes: ['missing'] },
    verdict: report(EMPTIED, 'conflict'),
    preferRevert: revert('fill', 'dual', TOUCHED),
  },
  {
    name: 'removing/lost',
    when: { attribute: ['removing'], object: GONE, bytes: ['missing'] },
    verdict: report(LOST, 'data-lost'),
  },
];

const MANAGED = ['releasing', 'recalling', 'removing'] as const;

const COPY_NOT_AT_HAND: readonly Rule[] = [
  {
    name: 'in-flight/trashed',
    when: { attribute: MANAGED, object: ['trashed'], bytes: ['missing'] },
    verdict: report(TRASHED),
  },
  { name: 'in-flight/unknown-copy', when: { attribute: MANAGED, object: ['none'] }, verdict: report(UNKNOWN_COPY) },
];

/** No operation of this version leaves a file so, and the state machine has no way out of it. */
const PARTIAL: readonly Rule[] = [
  {
    name: 'partial/lost',
    when: { attribute: ['partial'], object: GONE, bytes: ['missing'] },
    verdict: report(LOST, 'data-lost'),
  },
  {
    name: 'partial/trashed',
    when: { attribute: ['partial'], object: ['trashed'], bytes: ['missing'] },
    verdict: report(TRASHED),
  },
  {
    name: 'partial/differing',
    when: { attribute: ['partial'], bytes: ['differing'] },
    verdict: report(CONFLICT, 'conflict'),
  },
  { name: 'partial/unknown-copy', when: { attribute: ['partial'], object: ['none'] }, verdict: report(UNKNOWN_COPY) },
  {
    name: 'partial/whole',
    when: { attribute: ['partial'], bytes: WHOLE },
    verdict: report(
      'the file says that it is partial, which no operation of this version makes, but it has all of its data',
    ),
  },
  {
    name: 'partial/missing',
    when: { attribute: ['partial'], object: ['good'], bytes: ['missing'] },
    verdict: report('the file says that it is partial, which no operation of this version makes; its copy is good'),
  },
];

export const INTERRUPTED_RULES: readonly Rule[] = [
  ...ARCHIVING,
  ...RELEASING,
  ...RECALLING,
  ...REMOVING,
  ...COPY_NOT_AT_HAND,
  ...PARTIAL,
];
