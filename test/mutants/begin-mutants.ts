/** The beginning of an operation: holding the file, the intent, the mark; and what is asked before data is given up. */
import { catalogLost, CHANGES, damage, INTERLOCKS, step } from './laboratories.js';
import type { Mutant } from './mutant.js';

const hold = 'src/migrate/take-hold.ts';
const begin = 'src/migrate/begin.ts';
const ROW_AGAIN = '      if (row?.op !== file.row?.op) return true;\n';
const ATTRIBUTE_AGAIN = '  for (const begun of alive(all)) guard(begun, () => assertUnmoved(session, begun));\n';

export const BEGIN_MUTANTS: readonly Mutant[] = [
  {
    name: 'hold-without-a-lease',
    rule: 'Who works on a file holds a lease on it.',
    file: hold,
    edits: [['if (!takeLease(fd, lease, target) || !leaseIsWhole(fd, lease, target))', 'if (fd < 0)']],
    killers: [{ tests: 'test/filesystem/migrate-in-use.test.ts', named: 'while it is open' }],
  },
  {
    name: 'hold-does-not-look-again-under-the-lease',
    rule: 'What was seen before the lease is seen again under it.',
    file: hold,
    edits: [['    const second = check(session, operation, path, attributeBytes);\n', '    const second = first;\n']],
    killers: [step('a whole operation')],
    equivalent:
      'Begin looks at row and attribute again behind the intent, and gives way. Without this look a file that another process has changed meanwhile would be refused late, and for a less telling reason.',
  },
  {
    name: 'hold-ignores-another-operation',
    rule: 'One operation at a time on an inode.',
    file: hold,
    edits: [['  if (inTheWay !== undefined) return inTheWay;\n', '']],
    killers: [INTERLOCKS],
  },
  {
    name: 'begin-opens-no-intent-before-the-mark',
    rule: 'The catalog knows of an operation before the filesystem does.',
    file: begin,
    edits: [
      ['  openIntents(session, operation, alive(all), options.record);\n  for (const', '  for (const'],
      [
        '  syncBegun(session, alive(all));\n  return all;',
        '  syncBegun(session, alive(all));\n  openIntents(session, operation, alive(all), options.record);\n  return all;',
      ],
    ],
    killers: [INTERLOCKS],
  },
  {
    name: 'begin-does-not-sync-the-mark',
    rule: 'The mark is durable before anything is copied, punched or filled.',
    file: begin,
    edits: [['  syncBegun(session, alive(all));\n  return all;', '  return all;']],
    killers: [catalogLost('about to be punched')],
  },
  {
    name: 'begin-does-not-sync-the-data-of-what-it-archives',
    rule: 'A file that is marked `archiving` has its data on the disk, and no mapping can change it unseen.',
    file: begin,
    edits: [['  if (options.syncDataFirst) syncBegun(session, alive(all));\n', '']],
    killers: [catalogLost('about to be marked')],
  },
  {
    name: 'begin-does-not-look-at-the-attribute-again',
    rule: 'Between look and intent another process may have run a whole operation.',
    file: begin,
    edits: [[ATTRIBUTE_AGAIN, '']],
    killers: [step('a copying program')],
  },
  {
    name: 'begin-does-not-look-at-the-row-again',
    rule: 'Between look and intent another process may have changed the row.',
    file: begin,
    edits: [[ROW_AGAIN, '      if (row?.op === 0n) return true;\n']],
    killers: [step('a whole operation')],
    equivalent:
      'Whatever changes a row changes the attribute, which is looked at again behind the intent. The look at the row keeps intents that would be taken back at once from being written at all.',
  },
  {
    name: 'begin-looks-at-nothing-again',
    rule: 'Between look and intent another process may have run a whole operation, and left row and attribute changed.',
    file: begin,
    edits: [
      [ROW_AGAIN, '      if (row?.op === 0n) return true;\n'],
      [ATTRIBUTE_AGAIN, ''],
    ],
    killers: [step('a whole operation')],
  },
  {
    name: 'a-failed-sync-is-undone-as-if-nothing-were-the-matter',
    rule: 'After a failed sync nobody knows what the disk holds: the intent stays open, and recovery looks afresh.',
    file: begin,
    edits: [['      begun.syncFailed = true;\n', '']],
    killers: ['test/faults/failed-sync.test.ts'],
  },
  {
    name: 'archive-takes-an-offline-file-for-a-resident-one',
    rule: 'An offline file whose attribute vanished is never archived: that would archive zeros.',
    file: 'src/migrate/preconditions.ts',
    edits: [
      [
        "if ((row === 'none') !== (state === 'resident') || (row !== 'none' && row !== state) || !facts.sameObject) {",
        'if (!facts.sameObject) {',
      ],
    ],
    killers: ['test/unit/migrate/preconditions.test.ts'],
  },
  {
    name: 'archive-does-not-look-at-the-times-after-the-copy',
    rule: 'A copy counts only if size, mtime and ctime are as when it began.',
    file: 'src/migrate/archive-batch.ts',
    edits: [['if (!same || !leaseIsWhole(file.fd, file.lease, file.target)) {', 'if (!same && now.sizeBytes < 0n) {']],
    killers: [step('whose ctime moves')],
  },
  {
    name: 'archive-does-not-read-the-copy-back',
    rule: 'Nothing relies on a copy that was not read back.',
    file: 'src/migrate/archive-batch.ts',
    edits: [["      if (verdict !== 'good') {", "      if (verdict === 'missing') {"]],
    killers: [step('a copy that rots')],
  },
  {
    name: 'release-trusts-a-copy-that-was-never-read-back',
    rule: 'Only a verified copy lets anything be punched.',
    file: 'src/migrate/release-batch.ts',
    edits: [
      [
        "object?.sha256 !== undefined && (object.status === 'verified' || object.status === 'complete');",
        'object?.sha256 !== undefined;',
      ],
      ["if (object.status === 'verified' && age >= 0", 'if (age >= 0'],
    ],
    killers: ['test/filesystem/suspect-copy.test.ts'],
  },
  {
    name: 'release-does-not-ask-whether-the-copy-is-there',
    rule: 'A copy that is not in the store lets nothing be punched.',
    file: 'src/migrate/release-batch.ts',
    edits: [
      [
        "if (found.where === 'objects' && found.sizeBytes === object.sizeBytes) return",
        'if (found.where !== undefined) return',
      ],
    ],
    killers: [{ tests: 'test/filesystem/migrate-failures.test.ts', named: 'that is gone, or short' }],
  },
  {
    name: 'release-trusts-an-old-reading',
    rule: 'Media rot: a copy that was read too long ago is read again before anything is punched.',
    file: 'src/migrate/release-batch.ts',
    edits: [
      [
        "if (object.status === 'verified' && age >= 0 && age < VERIFIED_FOR_MS) return undefined;",
        "if (object.status === 'verified' && age > -VERIFIED_FOR_MS * 1e9) return undefined;",
      ],
    ],
    killers: [step('is read again before')],
  },
  {
    name: 'release-trusts-equal-times',
    rule: 'After a crash data can be new while size, mtime and ctime are old: release compares by hash.',
    file: 'src/migrate/release-batch.ts',
    edits: [
      ['if (object?.sha256?.equals(digest.sha256)) return undefined;', 'if (digest !== undefined) return undefined;'],
    ],
    killers: [CHANGES],
  },
  {
    name: 'recall-overwrites-what-was-written-to-a-released-file',
    rule: 'An offline file that has data holds somebody’s work.',
    file: 'src/migrate/offline-touched.ts',
    edits: [['return extent && `it was written', "return extent?.length === -1 ? '' : undefined && `it was written"]],
    killers: [CHANGES],
  },
  {
    name: 'recall-does-not-look-at-the-size',
    rule: 'An offline file whose size was changed is somebody’s work.',
    file: 'src/migrate/offline-touched.ts',
    edits: [['if (stat.sizeBytes !== record.sizeBytes) {', 'if (stat.sizeBytes + record.sizeBytes < 0n) {']],
    killers: [CHANGES],
  },
  {
    name: 'recall-does-not-look-at-the-mtime',
    rule: 'An offline file whose mtime moved may have been cut off and have grown again.',
    file: 'src/migrate/offline-touched.ts',
    edits: [['if (mtimeNs === record.mtimeNs) return undefined;', 'if (mtimeNs !== 0n) return undefined;']],
    killers: [CHANGES],
  },
  {
    name: 'an-interrupted-recall-makes-a-moved-mtime-the-reference',
    rule: 'The row of a file that is away keeps the mtime of its release.',
    file: 'src/recover/recover-batch.ts',
    edits: [["row?.state === 'offline' ? row : (intent ?? row)", 'intent ?? row']],
    killers: [damage('417')],
  },
  {
    name: 'resolve-fills-over-bytes-of-the-file',
    rule: 'No word of a person lets the archived version be written over bytes that exist once.',
    file: 'src/recover/decide-resolve.ts',
    edits: [["if (bytes === 'differing' || bytes === 'unknown') return", "if (bytes === 'unknown') return"]],
    killers: ['test/unit/recover/decide-resolve.test.ts'],
  },
  {
    name: 'remove-does-not-compare',
    rule: 'The last other copy goes only if the file is whole by its hash.',
    file: 'src/migrate/remove-batch.ts',
    edits: [
      ['[fromDisk, bytesDiffer]', '[fromDisk]'],
      ['import { bytesDiffer, passChecks,', 'import { passChecks,'],
    ],
    killers: [CHANGES],
  },
  {
    name: 'remove-trusts-the-page-cache',
    rule: 'The disk is about to have the only copy, so the disk is asked.',
    file: 'src/migrate/remove-batch.ts',
    edits: [['[fromDisk, bytesDiffer]', '[bytesDiffer]']],
    killers: [step('remove asks the disk')],
  },
];
