/** Which file, which process, which time a record is of; and what half a look is worth. */
import { damage } from './laboratories.js';
import type { Mutant } from './mutant.js';

const IDENTITY = 'test/unit/dm/identity.test.ts';
const ROW_AGE = 'test/unit/recover/row-age.test.ts';

export const IDENTITY_MUTANTS: readonly Mutant[] = [
  {
    name: 'an-attribute-of-another-filesystem-is-the-files-own',
    rule: 'An attribute that names another filesystem says nothing of this inode.',
    file: 'src/dm/identify.ts',
    edits: [["if (attribute.fsId !== foundOn.fsId) return 'foreign';", "if (attribute.fsId < 0) return 'foreign';"]],
    killers: [IDENTITY],
  },
  {
    name: 'an-attribute-of-an-earlier-inode-is-the-files-own',
    rule: 'An inode number that is used again is another file: the generation tells.',
    file: 'src/dm/identify.ts',
    edits: [['attribute.ino === foundOn.ino && attribute.gen === foundOn.gen', 'attribute.ino === foundOn.ino']],
    killers: [IDENTITY],
  },
  {
    name: 'hold-does-not-ask-for-the-generation',
    rule: 'The file that is held is the one that was named.',
    file: 'src/migrate/take-hold.ts',
    edits: [['if (generationOf(fd, target) !== path.id.gen) return', 'if (generationOf(fd, target) < 0) return']],
    killers: ['test/filesystem/migrate-walk.test.ts'],
    equivalent:
      'A file is opened by a handle that carries its generation, and the kernel refuses another one. It holds on filesystems whose handles take a wild card for it.',
  },
  {
    name: 'two-copies-take-one-place',
    rule: 'Of two copies of a deleted file one takes its place.',
    file: 'src/recover/decide-claims.ts',
    edits: [["  if (context.taken?.has(objectId)) return { fact: 'identified', dead };\n", '']],
    killers: [damage('504')],
  },
  {
    name: 'an-intent-of-another-time-has-a-say',
    rule: 'After an accepted rollback an intent that is older than the file’s attribute has no say.',
    file: 'src/recover/row-age.ts',
    edits: [['isIntentOutdated(look, history) ? rest : look', 'isIntentOutdated(look, history) ? look : look']],
    killers: [ROW_AGE],
  },
  {
    name: 'a-row-that-is-newer-than-its-inode-has-a-say',
    rule: 'After an accepted rollback a row that is newer than the inode, by its ctime, has no say.',
    file: 'src/recover/row-age.ts',
    edits: [["return isOlderThan(stat, row) ? 'undone' : 'same';", "return 'same';"]],
    killers: [ROW_AGE],
  },
  {
    name: 'lookers-take-each-other-for-the-owner',
    rule: 'Two who look at a dead owner at once must not seem to be it.',
    file: 'src/catalog/owner-lock.ts',
    edits: [['return !tryLockShared(fd, lockFile.toString());', 'return !tryLockExclusive(fd, lockFile.toString());']],
    killers: [{ tests: 'test/live/interlocks.test.ts', named: 'the dead do not seem alive' }],
  },
  {
    name: 'a-lock-on-a-file-that-was-taken-away-holds',
    rule: 'A lock on a file without a name excludes nobody.',
    file: 'src/catalog/owner-lock.ts',
    edits: [['held = isStillNamed(fd, file);', 'held = fd >= 0;']],
    killers: [{ tests: 'test/live/interlocks.test.ts', named: 'no two hold one lock' }],
  },
  {
    name: 'marks-are-moved-by-two-at-once',
    rule: 'One process at a time moves the marks: two in turn would leave one behind the catalog, which is the sign of a rollback.',
    file: 'src/migrate/operation-marks.ts',
    edits: [
      [
        "const lock = await holdWithin(path.join(locksFolder(catalogPath), 'marks.lock'), LOCK_WAIT_MS);",
        'const lock = await holdWithin(path.join(locksFolder(catalogPath), `marks.${process.pid}.lock`), LOCK_WAIT_MS);',
      ],
    ],
    killers: [{ tests: 'test/live/interlocks.test.ts', named: 'while another process does' }],
  },
  {
    name: 'rows-behind-the-end-of-half-a-scan-are-looked-at',
    rule: 'What was not scanned to the end is never judged missing.',
    file: 'src/reconcile/reconcile-partition.ts',
    edits: [['  if (partition.complete) join.finish();\n', '  join.finish();\n']],
    killers: ['test/faults/failed-scan.test.ts'],
    equivalent:
      'Each row that the scan had no inode for is asked of the kernel again, which says that the inode is there. It spares asking so for every row.',
  },
  {
    name: 'a-copied-root-mark-is-taken-for-the-filesystem-itself',
    rule: 'A filesystem whose root inode was born at another time is another one: what is not there was not deleted.',
    file: 'src/reconcile/marks.ts',
    edits: [["  if (mark.isCopied) return 'copied';\n", '']],
    killers: [{ tests: 'test/filesystem/copied-mark.test.ts', named: 'makes nothing look deleted' }],
  },
  {
    name: 'only-the-first-filesystem-is-asked-for-names',
    rule: 'A copy goes only after every filesystem of the catalog was scanned for attributes that name it.',
    file: 'src/recover/forget-deleted.ts',
    edits: [['of catalog.filesystems.list()', 'of catalog.filesystems.list().slice(0, 1)']],
    killers: [{ tests: 'test/filesystem/moved-between.test.ts', named: 'a store of its own' }],
  },
  {
    name: 'a-torn-attribute-is-no-witness',
    rule: 'A copy that half an attribute names is kept.',
    file: 'src/recover/named-objects-worker.ts',
    edits: [['status === ATTRIBUTE_STATUS.wrongLength', 'status === ATTRIBUTE_STATUS.unreadable']],
    killers: [{ tests: 'test/filesystem/moved-between.test.ts', named: 'half of its attribute' }],
  },
  {
    name: 'archive-takes-a-stub-of-another-namespace',
    rule: 'A file that has an attribute of ours which nobody here looks for may be all hole.',
    file: 'src/migrate/take-hold.ts',
    edits: [["operation === 'archive' && hasStray", "operation !== 'archive' && hasStray"]],
    killers: [{ tests: 'test/filesystem/moved-between.test.ts', named: 'another namespace keeps' }],
  },
  {
    name: 'resolve-fills-by-anyone’s-word',
    rule: 'In the user namespace nothing is filled by an attribute that names the copy of another file.',
    file: 'src/recover/resolve-file.ts',
    edits: [['isForgeable ? FORGEABLE : resolution', 'isForgeable && FORGEABLE ? resolution : resolution']],
    killers: [{ tests: 'test/filesystem/recover-forged.test.ts', named: 'resolve either' }],
  },
  {
    name: 'purge-deletes-the-last-version-that-is-left',
    rule: 'An earlier version is kept while the present copy of its file is gone or bad.',
    file: 'src/recover/copy-stands.ts',
    edits: [
      [
        'return !(await copyStands(catalog, store, file.objectId));',
        'return (await copyStands(catalog, store, file.objectId)) && false;',
      ],
    ],
    killers: [{ tests: 'test/filesystem/earlier-versions.test.ts', named: 'is not purged' }],
  },
];
