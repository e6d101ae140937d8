import { describe, expect, it, test } from 'vitest';
import { toOp } from '../../../src/dm/identity.js';
import { toGen, toIno } from '../../../src/native/inode-id.js';
import { FINDING_CLASSES } from '../../../src/reconcile/finding.js';
import { judge, JUDGEMENTS } from '../../../src/reconcile/judge.js';
import type { Look } from '../../../src/reconcile/look.js';
import { intent, look, OTHER_OBJECT_ID, own, owner, row, stat, attribute } from './sample-look.js';

const present = (change: Parameters<typeof stat>[0]): Look['presence'] => ({ kind: 'present', stat: stat(change) });
const dual = (change: Partial<Look> = {}): Look => look('dual', change);
const offline = (change: Partial<Look> = {}): Look => look('offline', change);
const resident = (change: Partial<Look> = {}): Look => look('resident', change);
const CORRUPT: Look['attribute'] = { kind: 'corrupt', why: 'its checksum is wrong' };

type Case = readonly [what: string, look: Look, found: string | undefined];

/** `class severity action`, one for each row of the table at least, and what is right next to it. */
const CASES: readonly Case[] = [
  ['a resident file', resident(), undefined],
  ['a dual file', dual(), undefined],
  ['an offline file', offline(), undefined],
  ['a whole dual file with few blocks', dual({ layout: 'whole' }), undefined],
  ['an all-zero offline file', offline({ layout: 'void' }), undefined],
  ['an offline file with room preallocated', offline({ layout: 'missing-all' }), undefined],

  ['what keeps changing, whatever else', dual({ changing: true, attribute: CORRUPT }), 'changing info wait'],
  ['an unreadable inode', dual({ presence: { kind: 'unreadable', why: 'EUCLEAN' } }), 'inode-unreadable error report'],
  ['a newer attribute', dual({ attribute: { kind: 'newer', version: 2 } }), 'attribute-newer error report'],
  [
    'an operation at work',
    dual({ attribute: own('releasing'), intent: intent('release'), owner: owner(true) }),
    'busy info wait',
  ],

  ['archiving, died', dual({ attribute: own('archiving') }), 'interrupted error settle'],
  ['releasing, died', dual({ attribute: own('releasing'), owner: owner(false) }), 'interrupted error settle'],
  ['recalling, died', offline({ attribute: own('recalling') }), 'interrupted error settle'],
  ['removing, died', dual({ attribute: own('removing') }), 'interrupted error settle'],
  ['an intent on a resident file', resident({ intent: intent('archive') }), 'open-intent error settle'],
  [
    'an intent and a torn attribute',
    dual({ attribute: CORRUPT, intent: intent('release') }),
    'open-intent error settle',
  ],
  [
    'an intent on a deleted file',
    resident({ presence: { kind: 'gone' }, intent: intent('archive') }),
    'open-intent error settle',
  ],

  ['a corrupt attribute', dual({ attribute: CORRUPT }), 'attribute-corrupt error repair'],
  ['a corrupt attribute that nobody knows', resident({ attribute: CORRUPT }), 'attribute-corrupt error repair'],
  [
    'a copied attribute',
    resident({ attribute: { kind: 'copied', attribute: attribute('dual') } }),
    'attribute-copied warning repair',
  ],
  [
    'a foreign attribute',
    resident({ attribute: { kind: 'foreign', attribute: attribute('dual') } }),
    'attribute-foreign warning repair',
  ],
  ['a number from the future', dual({ nextOp: toOp(40n) }), 'catalog-behind error report'],
  [
    'a copy that another inode has, too',
    dual({ boundElsewhere: { ino: toIno(5n), gen: toGen(1) } }),
    'duplicate-binding error repair',
  ],
  ['an attribute that nobody knows', resident({ attribute: own('dual') }), 'attribute-without-row error repair'],
  ['a partial file that nobody knows', resident({ attribute: own('partial') }), 'attribute-without-row error repair'],

  [
    'a deleted file',
    dual({ presence: { kind: 'gone' }, attribute: { kind: 'none' } }),
    'row-without-inode warning forget',
  ],
  [
    'a number that is used again',
    dual({ presence: { kind: 'reused', gen: toGen(8) }, attribute: { kind: 'none' } }),
    'inode-reused warning forget',
  ],
  ['a deleted file that nobody knows', resident({ presence: { kind: 'gone' } }), undefined],
  [
    'no attribute and no data',
    offline({ attribute: { kind: 'none' }, layout: 'missing-all' }),
    'resident-with-hole critical repair',
  ],
  [
    'no attribute and some data',
    dual({ attribute: { kind: 'none' }, layout: 'missing-some' }),
    'resident-with-hole critical repair',
  ],
  ['no attribute and all data', dual({ attribute: { kind: 'none' }, layout: 'whole' }), 'state-mismatch error repair'],
  [
    'no attribute and nobody knows where the data is',
    dual({ attribute: { kind: 'none' } }),
    'state-mismatch error repair',
  ],
  ['another state in the catalog', dual({ row: row('offline') }), 'state-mismatch error repair'],
  [
    'another copy in the catalog',
    dual({ row: row('dual', { objectId: OTHER_OBJECT_ID }) }),
    'state-mismatch error repair',
  ],
  ['another number in the catalog', dual({ row: row('dual', { op: toOp(39n) }) }), 'state-mismatch error repair'],

  ['a dual file with a hole', dual({ layout: 'missing-some' }), 'resident-with-hole critical repair'],
  ['a dual file without data', dual({ layout: 'missing-all' }), 'resident-with-hole critical repair'],
  [
    'a dual file that was cut off',
    dual({ layout: 'missing-some', presence: present({ sizeBytes: 5n }) }),
    'stale-copy warning report',
  ],
  ['a dual file that grew', dual({ presence: present({ sizeBytes: 8193n }) }), 'stale-copy warning report'],
  ['a dual file that was written', dual({ presence: present({ mtimeNs: 1n }) }), 'stale-copy warning report'],
  ['a dual file that was renamed', dual({ presence: present({ ctimeNs: 1n }) }), 'metadata-changed info rebaseline'],
  ['an offline file with all data', offline({ layout: 'whole' }), 'offline-with-data error repair'],
  ['an offline file with some data', offline({ layout: 'missing-some' }), 'offline-with-data error report'],
  ['an offline file of another size', offline({ presence: present({ sizeBytes: 0n }) }), 'conflict error report'],
  ['an offline file that was touched', offline({ presence: present({ mtimeNs: 1n }) }), 'conflict warning report'],
  [
    'an offline file that was renamed',
    offline({ presence: present({ ctimeNs: 1n }) }),
    'metadata-changed info rebaseline',
  ],
  [
    'a time that no column holds, cut alike on both sides',
    dual({ presence: present({ mtimeNs: 1n << 70n }), row: row('dual', { mtimeNs: (1n << 63n) - 1n }) }),
    undefined,
  ],
];

const inShort = (seen: Look): string | undefined => {
  const found = judge(seen);
  return found && `${found.class} ${found.severity} ${found.action}`;
};

describe('judge', () => {
  it.each(CASES)('%s', (_, seen, expected) => expect(inShort(seen)).toBe(expected));

  test('every row of the table decides some case here', () => {
    const deciding = new Set(CASES.map(([, seen]) => JUDGEMENTS.find(({ when }) => when(seen))));
    expect(JUDGEMENTS.filter((one) => !deciding.has(one)).map((one) => one.class)).toEqual([]);
  });

  test('every row passes over some case here', () => {
    for (const { when } of JUDGEMENTS) expect(CASES.some(([, seen]) => !when(seen))).toBe(true);
  });

  test('only classes that scripts know', () => {
    for (const one of JUDGEMENTS) expect(FINDING_CLASSES).toContain(one.class);
  });

  test('why it is so can be read, whatever was seen', () => {
    for (const [what, seen] of CASES) {
      const found = judge(seen);
      if (found) expect(found.why, what).toMatch(/^[a-z][^\n]{10,}[^.]$/);
      if (found) expect(found.why, what).not.toMatch(/undefined|\[object/);
    }
  });

  test('a finding says which file, in which state, and what the records are', () => {
    expect(judge(dual({ presence: present({ mtimeNs: 1n }), layout: 'whole' }))).toMatchObject({
      ino: 131n,
      gen: 7,
      path: Buffer.from('/data/file'),
      state: 'dual',
      facts: { size: 8192n, mtime_ns: 1n, attribute: 'own', attribute_op: 40n, row_state: 'dual', layout: 'whole' },
    });
    expect(judge(resident({ intent: intent('recall'), owner: owner(false) }))).toMatchObject({
      state: 'resident',
      facts: { intent: 'recall', intent_op: 40n, owner_pid: 4711, owner_alive: false },
    });
  });
});
