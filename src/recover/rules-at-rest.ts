/** Files with no operation open whose attribute speaks of themselves, and whose three records nevertheless differ. */
import { repair, report, type Rule } from './rule.js';
import {
  ALONE,
  BOUND,
  CONFLICT,
  EMPTIED,
  EMPTIED_LOST,
  GONE,
  LOST,
  NOT_GOOD,
  TRASHED,
  UNKNOWN_COPY,
  UNKNOWN_COPY_OF_STUB,
  UNMOVED,
  WHOLE,
} from './rules-shared.js';

const AT_REST = { intent: ['none'] } as const;
const SETTLED = { ...AT_REST, attribute: ['dual', 'offline'] } as const;
const DUAL_FILE = { ...AT_REST, attribute: ['dual'] } as const;
const OFFLINE_FILE = { ...AT_REST, attribute: ['offline'] } as const;
const HOLE = { object: ['good'], bytes: ['missing'] } as const;
const STUB = { object: ['good'], bytes: ['missing', 'void'], times: UNMOVED } as const;
/** Why nothing is done where nothing is wrong any more. */
export const AGREE = 'attribute, catalog, copy and data agree by now: nothing is to be done';

/** Before it matters whether the file is dual or offline. */
const EITHER: readonly Rule[] = [
  {
    name: 'settled/unknown-copy',
    when: { ...DUAL_FILE, object: ['none'] },
    verdict: report(`${UNKNOWN_COPY}; if the file is whole, take its attribute off with setfattr`),
  },
  {
    name: 'settled/unknown-copy-of-offline',
    when: { ...OFFLINE_FILE, object: ['none'] },
    verdict: report(UNKNOWN_COPY_OF_STUB),
  },
  {
    name: 'settled/other-copy-equal',
    when: { ...SETTLED, row: BOUND, names: ['other'], object: ['good'], bytes: WHOLE },
    verdict: repair(
      'restore-dual',
      'dual',
      'data and the copy that the attribute names are equal: the row follows, and its other copy is kept',
    ),
  },
  {
    name: 'settled/other-copy',
    when: { ...SETTLED, row: BOUND, names: ['other'] },
    verdict: report(
      'attribute and catalog name different copies and the data proves neither: both copies are kept',
      'conflict',
    ),
  },
  {
    name: 'settled/bad-object-whole',
    when: { ...SETTLED, object: NOT_GOOD, bytes: WHOLE, others: ALONE },
    verdict: repair(
      'make-resident',
      'resident',
      'the copy is bad or gone, but the file on disk is whole by its hash: it can be archived again',
    ),
  },
  {
    name: 'settled/bad-object-shared',
    when: { ...SETTLED, object: NOT_GOOD, bytes: WHOLE },
    verdict: report(
      'the copy is bad or gone; this file is whole, but the catalog binds another one to the same copy: settle that first',
      'conflict',
    ),
  },
  { name: 'settled/trashed', when: { ...SETTLED, object: ['trashed'], bytes: ['missing'] }, verdict: report(TRASHED) },
];

const DUAL: readonly Rule[] = [
  {
    name: 'dual/hole',
    when: { ...DUAL_FILE, ...HOLE, times: UNMOVED },
    verdict: repair('fill', 'dual', 'the file reads zeros where its data should be, and the copy is good'),
  },
  {
    name: 'dual/emptied',
    when: { ...DUAL_FILE, ...HOLE },
    verdict: report(EMPTIED, 'stale-copy'),
    preferComplete: repair('fill', 'dual', 'the file reads zeros where the copy has data, and the copy is good'),
  },
  {
    name: 'dual/lost',
    when: { ...DUAL_FILE, object: GONE, bytes: ['missing'], times: UNMOVED },
    verdict: report(LOST, 'data-lost'),
  },
  {
    name: 'dual/emptied-lost',
    when: { ...DUAL_FILE, object: GONE, bytes: ['missing'] },
    verdict: report(EMPTIED_LOST, 'conflict'),
  },
  {
    name: 'dual/no-row',
    when: { ...DUAL_FILE, row: ['none'], object: ['good'], bytes: WHOLE },
    verdict: repair('restore-dual', 'dual', 'data and copy are equal: the catalog gets the row that it lacks'),
  },
  {
    name: 'dual/row-offline',
    when: { ...DUAL_FILE, row: ['offline'], object: ['good'], bytes: WHOLE },
    verdict: repair('restore-dual', 'dual', 'data and copy are equal: the catalog follows the file'),
  },
  {
    name: 'dual/row-of-other-number',
    when: { ...DUAL_FILE, names: ['number'], object: ['good'], bytes: WHOLE },
    verdict: repair(
      'restore-dual',
      'dual',
      'data and copy are equal: the catalog takes the number of the attribute, which gets the size of the copy',
    ),
  },
  {
    name: 'dual/agree',
    when: { ...DUAL_FILE, object: ['good'], bytes: WHOLE, times: ['same'] },
    verdict: report(AGREE),
  },
  {
    name: 'dual/rebaseline',
    when: { ...DUAL_FILE, object: ['good'], bytes: WHOLE, times: ['ctime-moved', 'unknown'] },
    verdict: repair('rebaseline', 'dual', 'only ctime moved and the bytes are equal'),
  },
  {
    name: 'dual/touched',
    when: { ...DUAL_FILE, object: ['good'], bytes: WHOLE },
    verdict: repair('rebaseline', 'dual', 'mtime moved, and the bytes are equal all the same'),
  },
  {
    name: 'dual/stale-unrecorded',
    when: { ...DUAL_FILE, row: ['none', 'offline'], bytes: ['differing'] },
    verdict: repair('bind-stale', 'dual', 'the catalog follows the file, as not proven equal: it was changed since'),
  },
  {
    name: 'dual/stale-of-other-number',
    when: { ...DUAL_FILE, names: ['number'], bytes: ['differing'] },
    verdict: repair(
      'bind-stale',
      'dual',
      'the catalog takes the number of the attribute, which gets the size of the copy; the file was changed since',
    ),
  },
  {
    name: 'dual/stale',
    when: { ...DUAL_FILE, bytes: ['differing'] },
    verdict: report('the file was changed after archiving: archive it again', 'stale-copy'),
  },
];

const OFFLINE: readonly Rule[] = [
  {
    name: 'offline/lost',
    when: { ...OFFLINE_FILE, object: GONE, bytes: ['missing'] },
    verdict: report(LOST, 'data-lost'),
  },
  {
    name: 'offline/touched',
    when: { ...OFFLINE_FILE, bytes: ['missing', 'void'], times: ['changed'] },
    verdict: report(
      'mtime moved while the data was away: a touch and a truncation look alike; the copy is kept',
      'conflict',
    ),
  },
  {
    name: 'offline/no-row',
    when: { ...OFFLINE_FILE, ...STUB, row: ['none'] },
    verdict: repair('mark-offline', 'offline', 'the copy is good: the catalog gets the row that it lacks'),
  },
  {
    name: 'offline/row-dual',
    when: { ...OFFLINE_FILE, ...STUB, row: ['dual'] },
    verdict: repair('mark-offline', 'offline', 'there is no data and the copy is good: the catalog follows the file'),
  },
  {
    name: 'offline/row-of-other-number',
    when: { ...OFFLINE_FILE, ...STUB, names: ['number'] },
    verdict: repair(
      'mark-offline',
      'offline',
      'the copy is good: the catalog takes the number of the attribute, which gets the size of the copy',
    ),
  },
  {
    name: 'offline/agree',
    when: { ...OFFLINE_FILE, object: ['good'], bytes: ['missing', 'void'], times: ['same'] },
    verdict: report(AGREE),
  },
  {
    name: 'offline/rebaseline',
    when: { ...OFFLINE_FILE, object: ['good'], bytes: ['missing', 'void'] },
    verdict: repair('rebaseline', 'offline', 'only ctime moved and there is no data'),
  },
  {
    name: 'offline/present',
    when: { ...OFFLINE_FILE, object: ['good'], bytes: ['equal'] },
    verdict: repair('restore-dual', 'dual', 'all data is on disk and equals the copy'),
  },
  {
    name: 'offline/differing',
    when: { ...OFFLINE_FILE, bytes: ['differing'] },
    verdict: report(CONFLICT, 'conflict'),
  },
];

export const AT_REST_RULES: readonly Rule[] = [...EITHER, ...DUAL, ...OFFLINE];
