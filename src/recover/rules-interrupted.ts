/** Files whose attribute says that a migration was under way (docs/protocol.md, "Complete or revert"). */
import { complete, report, revert, type Rule } from './rule.js';

const UNREACHABLE = 'the archive store cannot be reached, so nothing is known of the copy';
const CONFLICT =
  'the file has bytes that the archived version does not have: the file stays as it is, the copy is kept';
const LOST = 'data is missing from the file and the archived copy is bad or gone';
const EMPTIED =
  'data is missing and mtime moved since: a file that somebody emptied and one that was touched look alike; the copy is kept';
/** Nobody has touched the file since the operation began, as far as its times say. */
const UNMOVED = ['same', 'ctime-moved', 'unknown'] as const;
const NOT_GOOD = ['bad', 'missing', 'none'] as const;

const ARCHIVING: readonly Rule[] = [
  {
    name: 'archiving/offline-row',
    when: { attribute: ['archiving'], row: ['offline'] },
    verdict: report('the catalog has the file as being in the archive only, which is never archived', 'conflict'),
  },
  {
    name: 'archiving/unreachable',
    when: { attribute: ['archiving'], object: ['unreachable'] },
    verdict: report(UNREACHABLE),
  },
  {
    name: 'archiving/equal',
    when: { attribute: ['archiving'], object: ['good'], bytes: ['equal', 'void'] },
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
    name: 'releasing/unreachable',
    when: { attribute: ['releasing'], object: ['unreachable'] },
    verdict: report(UNREACHABLE),
  },
  {
    name: 'releasing/equal',
    when: { attribute: ['releasing'], object: ['good'], bytes: ['equal', 'void'] },
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
    preferComplete: complete('punch', 'offline', 'the copy is good and what is left of the file equals it'),
    preferRevert: revert('fill', 'dual', 'the copy is good: what was punched is brought back'),
  },
  {
    name: 'releasing/differing',
    when: { attribute: ['releasing'], bytes: ['differing'] },
    verdict: report(CONFLICT, 'conflict'),
  },
  {
    name: 'releasing/bad-object-equal',
    when: { attribute: ['releasing'], object: ['bad', 'missing', 'none'], bytes: ['equal', 'void'] },
    verdict: revert('make-resident', 'resident', 'the copy is bad, but the file on disk is whole by its hash'),
  },
  {
    name: 'releasing/lost',
    when: { attribute: ['releasing'], object: NOT_GOOD, bytes: ['missing'] },
    verdict: report(LOST, 'data-lost'),
  },
];

const RECALLING: readonly Rule[] = [
  {
    name: 'recalling/unreachable',
    when: { attribute: ['recalling'], object: ['unreachable'] },
    verdict: report(UNREACHABLE),
  },
  {
    name: 'recalling/equal',
    when: { attribute: ['recalling'], object: ['good'], bytes: ['equal', 'void'] },
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
    preferComplete: complete('fill', 'dual', 'the copy is good and the file has nothing else: it is filled'),
    preferRevert: revert('punch', 'offline', 'the copy is good: what came back leaves the disk again'),
  },
  {
    name: 'recalling/differing',
    when: { attribute: ['recalling'], bytes: ['differing'] },
    verdict: report(CONFLICT, 'conflict'),
  },
  {
    name: 'recalling/bad-object-equal',
    when: { attribute: ['recalling'], object: ['bad', 'missing', 'none'], bytes: ['equal', 'void'] },
    verdict: revert('make-resident', 'resident', 'the copy is bad, but the file on disk is whole by its hash'),
  },
  {
    name: 'recalling/lost',
    when: { attribute: ['recalling'], object: NOT_GOOD, bytes: ['missing'] },
    verdict: report(LOST, 'data-lost'),
  },
];

const REMOVING: readonly Rule[] = [
  {
    name: 'removing/unreachable',
    when: { attribute: ['removing'], object: ['unreachable'] },
    verdict: report(UNREACHABLE),
  },
  {
    name: 'removing/equal',
    when: { attribute: ['removing'], bytes: ['equal', 'void'] },
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
    preferRevert: revert('punch', 'offline', 'data is missing from the file: the copy is the data'),
  },
  {
    name: 'removing/lost',
    when: { attribute: ['removing'], object: NOT_GOOD, bytes: ['missing'] },
    verdict: report(LOST, 'data-lost'),
  },
];

export const INTERRUPTED_RULES: readonly Rule[] = [...ARCHIVING, ...RELEASING, ...RECALLING, ...REMOVING];
