/** Files at rest whose attribute is gone or torn: the row and the data decide. */
import { repair, report, type Rule } from './rule.js';
import {
  BOUND,
  CONFLICT,
  EMPTIED,
  GONE,
  LOST,
  NO_MARK,
  NOT_GOOD,
  TRASHED,
  UNKNOWN_COPY,
  UNMOVED,
  WHOLE,
} from './rules-shared.js';

const UNMARKED = { attribute: NO_MARK, intent: ['none'] } as const;
const RECORDED = { ...UNMARKED, row: BOUND } as const;
/** Another file says of itself that the copy is its own. */
const TAKEN = { ...RECORDED, others: ['identified'] } as const;
const HOLE = { object: ['good'], bytes: ['missing'] } as const;
const BROUGHT_BACK = 'attribute and data are gone, the copy is good';

const NOBODY_KNOWS: readonly Rule[] = [
  {
    name: 'vanished/no-row',
    when: { ...UNMARKED, attribute: ['corrupt'], row: ['none'] },
    verdict: report('the attribute is corrupt and the catalog has no row for the file: nobody knows what it said'),
  },
  {
    name: 'vanished/unmanaged',
    when: { ...UNMARKED, row: ['none'] },
    verdict: report('no record speaks of the file any more: nothing is to be done'),
  },
  { name: 'vanished/unknown-copy', when: { ...RECORDED, object: ['none'] }, verdict: report(UNKNOWN_COPY) },
];

const DUPLICATE: readonly Rule[] = [
  {
    name: 'vanished/unidentified',
    when: { ...RECORDED, others: ['unidentified'] },
    verdict: report('the catalog binds two files to one copy, and neither says that it is its own', 'conflict'),
  },
  {
    name: 'vanished/taken-whole',
    when: { ...TAKEN, bytes: WHOLE },
    verdict: repair('strip', 'resident', 'the file is whole, and the copy is another file’s: only its row goes'),
  },
  {
    name: 'vanished/taken-hole',
    when: { ...TAKEN, ...HOLE, times: UNMOVED },
    verdict: repair('fill-and-strip', 'resident', 'the copy is another file’s: this one gets data of its own'),
  },
  { name: 'vanished/taken-emptied', when: { ...TAKEN, ...HOLE }, verdict: report(EMPTIED, 'conflict') },
  {
    name: 'vanished/taken-bad-object',
    when: { ...TAKEN, bytes: ['missing'] },
    verdict: report('data is missing and the copy is bad or gone; the other file of this copy may have the data'),
  },
];

const ROW_DECIDES: readonly Rule[] = [
  {
    name: 'vanished/missing',
    when: { ...RECORDED, row: ['offline'], object: ['good'], bytes: ['missing', 'void'] },
    verdict: repair('mark-offline', 'offline', 'somebody took the attribute away: it is attached again'),
  },
  {
    name: 'vanished/hole',
    when: { ...RECORDED, ...HOLE, times: UNMOVED },
    verdict: repair('fill', 'dual', BROUGHT_BACK),
  },
  {
    name: 'vanished/emptied',
    when: { ...RECORDED, ...HOLE },
    verdict: report(EMPTIED, 'conflict'),
    preferComplete: repair('fill', 'dual', BROUGHT_BACK),
  },
  {
    name: 'vanished/equal',
    when: { ...RECORDED, object: ['good'], bytes: WHOLE },
    verdict: repair('restore-dual', 'dual', 'somebody took the attribute away; data and copy are equal'),
  },
  {
    name: 'vanished/bad-object-whole',
    when: { ...RECORDED, object: NOT_GOOD, bytes: WHOLE },
    verdict: repair('make-resident', 'resident', 'the copy is bad or gone, but the file on disk is whole by its hash'),
  },
  {
    name: 'vanished/lost',
    when: { ...RECORDED, object: GONE, bytes: ['missing'] },
    verdict: report(LOST, 'data-lost'),
  },
  {
    name: 'vanished/trashed',
    when: { ...RECORDED, object: ['trashed'], bytes: ['missing'] },
    verdict: report(TRASHED),
  },
  {
    name: 'vanished/differing',
    when: { ...RECORDED, bytes: ['differing'] },
    verdict: report(CONFLICT, 'conflict'),
  },
];

export const VANISHED_RULES: readonly Rule[] = [...NOBODY_KNOWS, ...DUPLICATE, ...ROW_DECIDES];
