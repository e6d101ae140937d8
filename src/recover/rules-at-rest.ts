/** Files with no operation open whose three records nevertheless differ. */
import { repair, report, type Rule } from './rule.js';

const EMPTIED =
  'data is missing and mtime moved since: a file that somebody emptied and one that was touched look alike; the copy is kept';
const UNMOVED = ['same', 'ctime-moved', 'unknown'] as const;
const LOST = 'data is missing from the file and the archived copy is bad or gone';
const CONFLICT =
  'the file has bytes that the archived version does not have: the file stays as it is, the copy is kept';
const NO_MARK = ['none', 'corrupt'] as const;

const VANISHED: readonly Rule[] = [
  {
    name: 'vanished/no-row',
    when: { attribute: ['corrupt'], intent: ['none'], row: ['none'] },
    verdict: report('the attribute is corrupt and the catalog has no row for the file: nobody knows what it said'),
  },
  {
    name: 'vanished/missing',
    when: { attribute: NO_MARK, intent: ['none'], row: ['offline'], object: ['good'], bytes: ['missing', 'void'] },
    verdict: repair('mark-offline', 'offline', 'somebody took the attribute away: it is attached again'),
  },
  {
    name: 'vanished/hole',
    when: {
      attribute: NO_MARK,
      intent: ['none'],
      row: ['dual'],
      object: ['good'],
      bytes: ['missing'],
      times: UNMOVED,
    },
    verdict: repair('fill', 'dual', 'attribute and data are gone, the copy is good'),
  },
  {
    name: 'vanished/emptied',
    when: { attribute: NO_MARK, intent: ['none'], row: ['dual'], object: ['good'], bytes: ['missing'] },
    verdict: report(EMPTIED, 'conflict'),
    preferComplete: repair('fill', 'dual', 'attribute and data are gone, the copy is good'),
  },
  {
    name: 'vanished/equal',
    when: {
      attribute: NO_MARK,
      intent: ['none'],
      row: ['dual', 'offline'],
      object: ['good'],
      bytes: ['equal', 'void'],
    },
    verdict: repair('restore-dual', 'dual', 'somebody took the attribute away; data and copy are equal'),
  },
  {
    name: 'vanished/lost',
    when: {
      attribute: NO_MARK,
      intent: ['none'],
      row: ['dual', 'offline'],
      object: ['bad', 'missing', 'none'],
      bytes: ['missing'],
    },
    verdict: report(LOST, 'data-lost'),
  },
  {
    name: 'vanished/differing',
    when: { attribute: NO_MARK, intent: ['none'], row: ['dual', 'offline'], bytes: ['differing'] },
    verdict: report(CONFLICT, 'conflict'),
  },
];

const DUAL: readonly Rule[] = [
  {
    name: 'dual/hole',
    when: {
      attribute: ['dual'],
      intent: ['none'],
      row: ['dual'],
      object: ['good'],
      bytes: ['missing'],
      times: ['same', 'ctime-moved'],
    },
    verdict: repair('fill', 'dual', 'the file reads zeros where its data should be, and the copy is good'),
  },
  {
    name: 'dual/emptied',
    when: {
      attribute: ['dual'],
      intent: ['none'],
      row: ['dual'],
      object: ['good'],
      bytes: ['missing'],
      times: ['changed'],
    },
    verdict: report(EMPTIED, 'stale-copy'),
    preferComplete: repair('fill', 'dual', 'the file reads zeros where the copy has data, and the copy is good'),
  },
  {
    name: 'dual/lost',
    when: {
      attribute: ['dual'],
      intent: ['none'],
      row: ['dual'],
      object: ['bad', 'missing', 'none'],
      bytes: ['missing'],
      times: ['same', 'ctime-moved'],
    },
    verdict: report(LOST, 'data-lost'),
  },
  {
    name: 'dual/rebaseline',
    when: {
      attribute: ['dual'],
      intent: ['none'],
      row: ['dual'],
      object: ['good'],
      bytes: ['equal', 'void'],
      times: ['ctime-moved'],
    },
    verdict: repair('rebaseline', 'dual', 'only ctime moved and the bytes are equal'),
  },
  {
    name: 'dual/stale',
    when: { attribute: ['dual'], intent: ['none'], row: ['dual'], bytes: ['differing'] },
    verdict: report('the file was changed after archiving: archive it again', 'stale-copy'),
  },
];

const OFFLINE: readonly Rule[] = [
  {
    name: 'offline/rebaseline',
    when: {
      attribute: ['offline'],
      intent: ['none'],
      row: ['offline'],
      object: ['good'],
      bytes: ['missing', 'void'],
      times: ['ctime-moved'],
    },
    verdict: repair('rebaseline', 'offline', 'only ctime moved and there is no data'),
  },
  {
    name: 'offline/touched',
    when: { attribute: ['offline'], intent: ['none'], bytes: ['missing', 'void'], times: ['changed'] },
    verdict: report(
      'mtime moved while the data was away: a touch and a truncation look alike; the copy is kept',
      'conflict',
    ),
  },
  {
    name: 'offline/lost',
    when: { attribute: ['offline'], intent: ['none'], object: ['bad', 'missing', 'none'], bytes: ['missing'] },
    verdict: report(LOST, 'data-lost'),
  },
  {
    name: 'offline/present',
    when: { attribute: ['offline'], intent: ['none'], bytes: ['equal', 'differing'] },
    verdict: report(CONFLICT, 'conflict'),
  },
];

export const AT_REST_RULES: readonly Rule[] = [...VANISHED, ...DUAL, ...OFFLINE];
