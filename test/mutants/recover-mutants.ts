/** Recovery: compare before destroying, and what is certain before something is forgotten. */
import { damage, step } from './laboratories.js';
import type { Mutant } from './mutant.js';

const TROUBLE = 'test/filesystem/store-trouble.test.ts';
const AT_REST = ['test/filesystem', 'test/crash/user-writes.test.ts', 'test/damage'];

export const RECOVER_MUTANTS: readonly Mutant[] = [
  {
    name: 'recovery-acts-without-a-lease',
    rule: 'Recovery works under a write lease.',
    file: 'src/recover/hold-candidate.ts',
    edits: [
      [
        "if (purpose === 'act' && !(takeLease(fd, 'write', target) && leaseIsWhole(fd, 'write', target))) {",
        'if (fd < 0) {',
      ],
    ],
    killers: ['test/filesystem/recover-at-rest.test.ts', damage('058')],
  },
  {
    name: 'recovery-acts-on-the-work-of-a-living-process',
    rule: 'What a living process is at work on is left to it.',
    file: 'src/recover/hold-candidate.ts',
    edits: [
      [
        '  if (owner && ownerIsAlive(owner, catalog.path)) return',
        '  if (owner && ownerIsAlive(owner, catalog.path) && id.ino < 0n) return',
      ],
      ['    if (look.owner?.alive) return', '    if (look.owner?.alive && id.ino < 0n) return'],
    ],
    killers: [{ tests: 'test/live/interlocks.test.ts', named: 'too late to see it' }],
  },
  {
    name: 'recovery-takes-different-bytes-for-missing-ones',
    rule: 'A byte that is neither the copy’s nor zero is somebody’s: it is never punched nor overwritten.',
    file: 'src/archive/compare-content.ts',
    edits: [['      if (mine !== 0) return { missingBytes, differsAt: at };\n', '']],
    killers: ['test/unit/archive/compare-content.test.ts'],
  },
  {
    name: 'recovery-takes-written-zeros-for-a-hole',
    rule: 'Zeros in a data extent, somebody wrote.',
    file: 'src/recover/evidence.ts',
    edits: [
      [
        'const written = asked && (await hasWrittenZeros(local, object, onChunk));',
        'const written = asked && hasWrittenZeros === undefined;',
      ],
    ],
    killers: [damage('409,416,061'), ...AT_REST],
  },
  {
    name: 'recovery-trusts-a-copy-unread',
    rule: 'Recovery reads a copy back before it relies on it.',
    file: 'src/recover/copy-facts.ts',
    edits: [
      ["verdict === 'good' || verdict === 'missing' ? verdict : 'bad';", "verdict === 'missing' ? verdict : 'good';"],
    ],
    killers: [damage('027,102'), ...AT_REST],
  },
  {
    name: 'recovery-takes-an-unreachable-store-for-an-empty-one',
    rule: 'Nothing is concluded from objects that do not show while the store is not there.',
    file: 'src/recover/copy-facts.ts',
    edits: [
      [
        "return { objectId, fact: 'unreachable', ...(known && { content: known }) };\n}",
        "return { objectId, fact: 'missing', ...(known && { content: known }) };\n}",
      ],
    ],
    killers: ['test/unit/recover/copy-facts.test.ts'],
  },
  {
    name: 'recovery-takes-an-error-of-the-medium-for-other-bytes',
    rule: 'An error says nothing of a copy: no file is unbound, and no copy dropped, because of one.',
    file: 'src/recover/copy-facts.ts',
    edits: [["const saysNothing = verdict === 'unreadable' || (", 'const saysNothing = (']],
    killers: [TROUBLE],
  },
  {
    name: 'recovery-drops-what-lies-in-a-wrong-place',
    rule: 'What lies under another object’s sidecar may be the only copy of another file.',
    file: 'src/recover/copy-facts.ts',
    edits: [['(await isMisplaced(store, objectId))', '!(await isMisplaced(store, objectId))']],
    killers: [TROUBLE],
  },
  {
    name: 'recovery-trusts-the-page-cache',
    rule: 'Before a file is taken for all that is left, the disk is asked.',
    file: 'src/recover/evidence.ts',
    edits: [['    dropCachedPages(fd, target);\n    return bytesAgainstRecord', '    return bytesAgainstRecord']],
    killers: [TROUBLE],
  },
  {
    name: 'purge-deletes-what-may-be-another-file’s',
    rule: 'A copy that read back with other bytes is not deleted unasked.',
    file: 'src/recover/purge-trash.ts',
    edits: [['if (damaged) return doubts;', 'if (!damaged) return doubts;']],
    killers: [TROUBLE],
  },
  {
    name: 'purge-goes-by-the-name-of-a-copy',
    rule: 'What is deleted is read first: its name does not say whose bytes it has.',
    file: 'src/recover/doubtful-trash.ts',
    edits: [['rightful === undefined ? DOUBTS.other : undefined', 'rightful && undefined']],
    killers: [{ tests: 'test/cli/purge-reads.test.ts', named: 'reads what it deletes' }],
  },
  {
    name: 'purge-deletes-what-was-dropped-anew',
    rule: 'A copy that was needed again, and dropped again, begins its time in the trash anew.',
    file: 'src/archive/posix-trash.ts',
    edits: [['isThere(data) : atMs !== trashedAtMs', 'isThere(data) : atMs < 0']],
    killers: [{ tests: 'test/contract/posix-store.test.ts', named: 'dropped anew' }],
  },
  {
    name: 'recall-carries-a-wrong-size-of-the-catalog-on',
    rule: 'A record that differs from the others is not copied into them.',
    file: 'src/migrate/recall-batch.ts',
    edits: [['object.sizeBytes !== attribute.attribute.sizeBytes', 'object.sizeBytes < 0n']],
    killers: [TROUBLE],
  },
  {
    name: 'release-does-not-ask-the-row-again',
    rule: 'A copy that was found bad since the first look lets nothing be punched.',
    file: 'src/migrate/settle-inode.ts',
    edits: [['  assertCopyStands(session, ticket);\n', '']],
    killers: [TROUBLE],
  },
  {
    name: 'recovery-closes-the-intent-of-a-file-that-may-come-back',
    rule: 'A deletion is durable before the file is taken for gone.',
    file: 'src/recover/recover-batch.ts',
    edits: [
      [
        '  syncFilesystem(session.mount.rootFd, session.mount.mountPath.toString());\n  session.catalog',
        '  session.catalog',
      ],
      ["import { syncFilesystem } from '../native/io.js';\n", ''],
    ],
    killers: [{ sweep: 'delete:release' }],
    equivalent:
      'What is left of the file is forgotten right behind, which syncs too; until then row and attribute still tell. It holds for a crash between the two.',
  },
  {
    name: 'recovery-forgets-a-file-that-may-come-back',
    rule: 'A deletion is durable before row and copy go.',
    file: 'src/recover/forget-deleted.ts',
    edits: [
      [
        '  syncFilesystem(mount.rootFd, mount.mountPath.toString());\n',
        '  if (mount.rootFd < 0) syncFilesystem(mount.rootFd, mount.mountPath.toString());\n',
      ],
    ],
    killers: [{ sweep: 'delete:release' }],
  },
  {
    name: 'recovery-forgets-what-another-file-names',
    rule: 'A copy goes only if no attribute on any filesystem of the store names it.',
    file: 'src/recover/forget-deleted.ts',
    edits: [
      [
        "part === 'row-and-copy' && named.has(leftover.objectId)",
        "part === 'row-and-copy' && options.threads < 0 && named.has(leftover.objectId)",
      ],
    ],
    killers: [
      { tests: 'test/damage/shared.test.ts', env: { HSMCK_DAMAGE: '504' } },
      'test/filesystem/recover-classes.test.ts',
    ],
  },
  {
    name: 'recovery-forgets-without-looking-again',
    rule: 'Rows and inodes are looked at again right before row and copy go.',
    file: 'src/recover/forget-deleted.ts',
    edits: [
      [
        '    const part = partToForget(session, leftover, batch);',
        "    const found = partToForget(session, leftover, batch);\n    const part = found === 'nothing' ? 'row-and-copy' : found;",
      ],
    ],
    killers: [step('a leftover whose inode')],
  },
  {
    name: 'recovery-forgets-any-number-of-files',
    rule: 'So many files gone at once are a wrong or damaged filesystem until somebody says otherwise.',
    file: 'src/recover/forget-deleted.ts',
    edits: [
      [
        'return gone > SUSPICIOUS_ROWS && gone * 100 > rows;',
        'return gone > 1e9 && gone * 100 > rows + SUSPICIOUS_ROWS;',
      ],
    ],
    killers: ['test/filesystem/recover-deleted.test.ts'],
  },
  {
    name: 'two-recoveries-at-once',
    rule: 'One recover for a filesystem.',
    file: 'src/recover/run-recover.ts',
    edits: [
      [
        'return aloneInRecovery(options.session, () => findAndSettle(options));',
        'return aloneInRecovery === undefined ? aloneInRecovery : findAndSettle(options);',
      ],
    ],
    killers: [{ tests: 'test/live/interlocks.test.ts', named: 'a second recovery' }],
  },
  {
    name: 'recovery-forgets-after-half-a-scan',
    rule: 'What was not scanned to the end is never judged missing.',
    file: 'src/recover/run-recover.ts',
    edits: [['  if (result.complete) {', '  if (result.complete || leftovers.length > 0) {']],
    killers: ['test/filesystem/recover-deleted.test.ts'],
    equivalent:
      'Each leftover is asked of the kernel again, and its copy goes only after a complete scan for attributes that name it. It holds should one of the two ever be left out.',
  },
  {
    name: 'recovery-relies-on-a-copy-whose-name-may-be-lost',
    rule: 'Recovery makes a copy durable before any record relies on it.',
    file: 'src/recover/ready-copies.ts',
    edits: [['    await session.store.secure(copies.map(({ objectId }) => objectId));\n', '']],
    killers: [{ sweep: 'rely:archive' }],
  },
];
