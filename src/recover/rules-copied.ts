/**
 * Attributes that were written to another inode: they came along with a copy, a restore or a snapshot, or were set by
 * hand. One is taken away only once the file's data is whole: until then it says where the data is.
 */
import { repair, report, type Rule } from './rule.js';
import {
  ALONE,
  ANY_INTENT,
  BOUND,
  CONFLICT,
  EMPTIED,
  EMPTIED_LOST,
  GONE,
  LOST,
  NOT_ALONE,
  NOT_GOOD,
  STRANGE,
  TRASHED,
  UNKNOWN_COPY,
  UNMOVED,
  WHOLE,
} from './rules-shared.js';

/** The catalog knows the inode itself: row and data decide, as if there were no attribute. */
const MANAGED = { attribute: STRANGE, intent: ['none'], row: BOUND } as const;

const WITH_RECORDS: readonly Rule[] = [
  {
    name: 'copied/open-intent',
    when: { attribute: STRANGE, intent: ANY_INTENT },
    verdict: report(
      'an operation is open on the file, and its attribute is of another inode: take it off with setfattr if you know how it came',
      'conflict',
    ),
  },
  {
    name: 'copied/managed-duplicate',
    when: { ...MANAGED, others: NOT_ALONE },
    verdict: report(
      'the attribute is of another inode, and the row names a copy that another file is bound to: both are kept',
      'conflict',
    ),
  },
  {
    name: 'copied/managed-emptied',
    when: { ...MANAGED, bytes: ['missing', 'void'], times: ['changed'] },
    verdict: report(
      'data is missing, and the file may be the one that the catalog knows, touched or emptied, or a copy of the one that its attribute names: both copies are kept; "hsmck resolve --keep archive" fills it from the catalog’s, and the other one’s can be copied out of the store',
      'conflict',
    ),
  },
  {
    name: 'copied/managed-offline',
    when: { ...MANAGED, row: ['offline'], object: ['good'], bytes: ['missing', 'void'], times: UNMOVED },
    verdict: repair('mark-offline', 'offline', 'the file is as the catalog says: its own attribute is put back'),
  },
  {
    name: 'copied/managed-equal',
    when: { ...MANAGED, object: ['good'], bytes: WHOLE },
    verdict: repair(
      'restore-dual',
      'dual',
      'data and the copy in the catalog are equal: its own attribute is put back',
    ),
  },
  {
    name: 'copied/managed-hole',
    when: { ...MANAGED, object: ['good'], bytes: ['missing'], times: UNMOVED },
    verdict: repair('fill', 'dual', 'data is missing, and the copy in the catalog is good'),
  },
  {
    name: 'copied/managed-bad-object',
    when: { ...MANAGED, object: NOT_GOOD, bytes: WHOLE },
    verdict: repair('make-resident', 'resident', 'the copy is bad, but the file on disk is whole by its hash'),
  },
  {
    name: 'copied/managed-differing',
    when: { ...MANAGED, bytes: ['differing'] },
    verdict: report('attribute, catalog and data are of three different files: all are kept', 'conflict'),
  },
  {
    name: 'copied/managed-bad-and-missing',
    when: { ...MANAGED, object: NOT_GOOD, bytes: ['missing'] },
    verdict: report(
      'the copy in the catalog cannot be read, and the attribute is of another file, which may have the data',
      'conflict',
    ),
  },
  {
    name: 'copied/managed-unknown',
    when: { ...MANAGED, object: ['none'] },
    verdict: report(UNKNOWN_COPY),
  },
];

const ALIEN = { attribute: STRANGE, intent: ['none'], row: ['none'] } as const;

const WITHOUT_RECORDS: readonly Rule[] = [
  {
    name: 'copied/unknown',
    when: { ...ALIEN, object: ['none'] },
    verdict: report(`the attribute is of another file and ${UNKNOWN_COPY}: it is never taken away unread`),
  },
  {
    name: 'copied/whole',
    when: { ...ALIEN, bytes: WHOLE },
    verdict: repair('strip', 'resident', 'the file has all of its data: only the attribute is another one’s'),
  },
  {
    name: 'copied/differing',
    when: { ...ALIEN, bytes: ['differing'] },
    verdict: report(`${CONFLICT}; if it is whole, take the attribute off with setfattr`, 'conflict'),
  },
  {
    name: 'copied/original-gone',
    when: { ...ALIEN, attribute: ['copied'], object: ['good'], bytes: ['missing'], times: UNMOVED, others: ['gone'] },
    verdict: repair('rebind', 'offline', 'the original is gone and the copy is good: this file takes its place'),
    preferComplete: repair('fill-and-strip', 'resident', 'the copy is good: the file gets data of its own'),
  },
  {
    name: 'copied/empty',
    when: { ...ALIEN, object: ['good'], bytes: ['missing'], times: UNMOVED },
    verdict: repair(
      'fill-and-strip',
      'resident',
      'the copy is good: the file gets data of its own, the original keeps it',
    ),
  },
  {
    name: 'copied/emptied',
    when: { ...ALIEN, object: ['good'], bytes: ['missing'] },
    verdict: report(EMPTIED, 'conflict'),
    preferComplete: repair('fill-and-strip', 'resident', 'the copy is good: the file gets data of its own'),
  },
  {
    name: 'copied/trashed',
    when: { ...ALIEN, object: ['trashed'], bytes: ['missing'] },
    verdict: report(TRASHED),
  },
  {
    name: 'copied/bad-and-original-gone',
    when: { ...ALIEN, object: GONE, bytes: ['missing'], times: UNMOVED, others: ALONE },
    verdict: report(LOST, 'data-lost'),
  },
  {
    name: 'copied/bad-and-emptied',
    when: { ...ALIEN, object: GONE, bytes: ['missing'], others: ALONE },
    verdict: report(EMPTIED_LOST, 'conflict'),
  },
  {
    name: 'copied/bad-object',
    when: { ...ALIEN, object: GONE, bytes: ['missing'] },
    verdict: report('data is missing and the copy is bad or gone; the original is still there and may have the data'),
  },
];

export const COPIED_RULES: readonly Rule[] = [...WITH_RECORDS, ...WITHOUT_RECORDS];
