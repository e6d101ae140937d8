/** Records of different ages, several programs at once, and what is refused or looked at before anything is done. */
import { CHANGES, step } from './laboratories.js';
import type { Mutant } from './mutant.js';

const marks = 'src/migrate/operation-marks.ts';
const ANNOUNCE =
  '  subject.catalog.transaction(() => {\n    ops.announce(limit);\n    filesystems.announceMark(fs, limit);\n  });\n';
const RAISE = '  subject.catalog.transaction(() => {\n    raise(limit);\n    filesystems.setMark(fs, limit);\n  });\n';
const ROOT_MARK = '  writeRootMark(subject, epoch, limit);\n';

export const BOUNDARY_MUTANTS: readonly Mutant[] = [
  {
    name: 'marks-are-written-before-they-are-announced',
    rule: 'The catalog announces a mark before it is written: else a crash looks like a rollback.',
    file: marks,
    edits: [[`${ANNOUNCE}${ROOT_MARK}`, `${ROOT_MARK}${ANNOUNCE}`]],
    killers: [{ sweep: 'crash:archive:kill' }],
  },
  {
    name: 'marks-raise-the-limit-before-the-root-inode',
    rule: 'The limit rises last: a mark below it is the sign of an older filesystem.',
    file: marks,
    edits: [
      [ROOT_MARK, `${RAISE}${ROOT_MARK}`],
      [`  }\n${RAISE}}`, '  }\n}'],
    ],
    killers: [{ sweep: 'crash:archive:kill' }],
  },
  {
    name: 'root-mark-is-not-synced',
    rule: 'The root inode’s mark is durable before the limit rises.',
    file: marks,
    edits: [['  fsyncFd(mount.rootFd, target);\n', '']],
    killers: [{ sweep: 'crash:archive:power' }],
  },
  {
    name: 'marks-that-disagree-are-let-through',
    rule: 'Where the marks disagree nothing is written.',
    file: 'src/migrate/open-session.ts',
    edits: [["  if (markVerdict === 'agree') return;\n", '  if (markVerdict.length > 0) return;\n']],
    killers: [{ tests: 'test/filesystem/migrate-failures.test.ts', named: 'acting on an older filesystem' }],
  },
  {
    name: 'a-store-of-another-age-is-let-through',
    rule: 'The store’s mark counts as well.',
    file: 'src/migrate/open-session.ts',
    edits: [
      ["if (verdict === 'agree' || verdict === 'mark-behind') return store;", 'if (verdict.length > 0) return store;'],
    ],
    killers: ['test/filesystem/rollback-both.test.ts'],
  },
  {
    name: 'any-store-is-the-right-one',
    rule: 'Whatever lies at the store’s place is the store only if it says so.',
    file: 'src/migrate/open-session.ts',
    edits: [
      [
        'if (identity.storeId !== filesystem.storeId || identity.catalogId !== catalog.catalogId()) {',
        'if (identity.storeId.length === 0) {',
      ],
    ],
    killers: [{ tests: 'test/cli/bad-archive.test.ts', named: 'a store that is not there' }],
  },
  {
    name: 'twins-are-let-through',
    rule: 'Two mounted devices with one filesystem id are refused.',
    file: 'src/reconcile/registered-filesystem.ts',
    edits: [['    if (twin) {\n', '    if (twin && other.mountPoint.length === 0) {\n']],
    killers: [{ tests: 'test/filesystem/migrate-failures.test.ts', named: 'two devices with one identity' }],
  },
  {
    name: 'adoption-lets-everything-through',
    rule: 'Until a rollback is accepted, nothing is punched, filled, dropped or thrown away.',
    file: 'src/recover/adoption.ts',
    edits: [['  return waiting(verdict, why);', '  return verdict;']],
    killers: ['test/unit/recover/adoption.test.ts'],
  },
  {
    name: 'adoption-has-no-doubts',
    rule: 'Before a rollback is accepted no record is overwritten that only one side knows.',
    file: 'src/recover/adoption.ts',
    edits: [[' ?? DOUBTS.find(({ when }) => when(facts, verdict, kind))?.why;', ';']],
    killers: ['test/unit/recover/adoption.test.ts'],
  },
  {
    name: 'records-of-another-time-have-a-say',
    rule: 'After an accepted rollback a row that is older than the file’s attribute has no say.',
    file: 'src/recover/row-age.ts',
    edits: [
      [
        "if (rowAge(current, stat, history) !== 'outdated') return current;",
        'if (stat.sizeBytes >= 0n) return current;',
      ],
    ],
    killers: ['test/unit/recover/row-age.test.ts'],
  },
  {
    name: 'a-row-of-another-birth-is-the-files-own',
    rule: 'After an accepted rollback a row of another birth time is of another file.',
    file: 'src/recover/row-age.ts',
    edits: [["    if (saturateMtime(stat.btimeNs).mtimeNs !== row.btimeNs) return 'other-file';\n", '']],
    killers: ['test/unit/recover/row-age.test.ts'],
  },
  {
    name: 'recovery-forgets-what-a-rollback-took',
    rule: 'What deleted files left behind before an accepted rollback is kept until somebody says that they were deleted.',
    file: 'src/recover/forget-deleted.ts',
    edits: [['acceptDeleted ? undefined : whyKept(context, history, leftover);', 'undefined;']],
    killers: ['test/filesystem/rollback-catalog.test.ts'],
  },
  {
    name: 'intents-do-not-clash',
    rule: 'One intent for an inode.',
    file: 'src/catalog/intent-rows.ts',
    edits: [['if (existing !== undefined) return', 'if (existing !== undefined && existing.op < 0n) return']],
    killers: ['test/unit/catalog/intents.test.ts'],
  },
  {
    name: 'release-where-readers-get-zeros',
    rule: 'Release is refused on a filesystem that was not registered as unguarded.',
    file: 'src/migrate/run-operation.ts',
    edits: [
      [
        "if (operation !== 'release' || !subject.filesystem.guarded) return;",
        "if (operation !== 'release' || !subject.filesystem.guarded || operation.length > 0) return;",
      ],
    ],
    killers: [{ tests: 'test/filesystem/migrate-failures.test.ts', named: 'release where readers' }],
  },
  {
    name: 'hold-lets-two-files-share-a-copy',
    rule: 'A copy that two rows name is neither released to, recalled from, nor removed.',
    file: 'src/migrate/take-hold.ts',
    edits: [
      [
        "    if (operation !== 'archive' && row !== undefined && isShared(session, row)) return stop('conflict', SHARED);\n",
        "    if (row !== undefined && operation.length === 0 && isShared(session, row)) return stop('conflict', SHARED);\n",
      ],
    ],
    killers: [step('another row names')],
  },
  {
    name: 'already-archived-though-the-copy-is-gone',
    rule: 'A copy that is gone is no reason not to make one.',
    file: 'src/migrate/already-archived.ts',
    edits: [[' || !(await isThere(session, object)))\n', ' || isThere === undefined)\n']],
    killers: [{ tests: CHANGES, named: 'in nothing is archived again' }],
  },
  {
    name: 'already-archived-by-its-times',
    rule: 'Where ctime moved, the hash says whether a file is archived already.',
    file: 'src/migrate/already-archived.ts',
    edits: [['if (!digest.sha256.equals(object.sha256))', 'if (digest.sha256.length === 0)']],
    killers: [CHANGES],
  },
  {
    name: 'a-stub-with-data-counts-as-archived',
    rule: 'Data in an offline file is somebody’s work, whichever operation meets it.',
    file: 'src/migrate/take-hold.ts',
    edits: [
      [
        "return touched === undefined ? undefined : stop('conflict', touched);",
        'return touched === undefined ? undefined : undefined;',
      ],
    ],
    killers: [CHANGES],
  },
  {
    name: 'the-second-look-is-no-bracket',
    rule: 'What changes between two looks is never judged.',
    file: 'src/reconcile/second-look.ts',
    edits: [['    changing: !steady,\n', '    changing: !steady && id.ino < 0n,\n']],
    killers: ['test/filesystem/changing.test.ts'],
  },
  {
    name: 'an-inode-that-cannot-be-read-is-gone',
    rule: 'An inode is gone only if its allocation bit is clear, or a read shows another generation.',
    file: 'src/reconcile/inode-access.ts',
    edits: [
      ["return { kind: 'unreadable', why: cause.code };", "return { kind: 'gone' };"],
      [
        "if (error instanceof NativeError) return { kind: 'unreadable', why: error.code };",
        "if (error instanceof NativeError) return { kind: 'gone' };",
      ],
    ],
    killers: [
      { tests: 'test/cli/findings.test.ts', named: 'inode-unreadable' },
      { tests: 'test/damage/alone.test.ts', env: { HSMCK_DAMAGE: '610' } },
    ],
  },
  {
    name: 'a-plan-is-carried-out-unasked',
    rule: 'Each fact of a plan is checked again under the lease.',
    file: 'src/recover/plan-apply.ts',
    edits: [
      [
        "action === undefined ? 'the plan does not name it' : objectionTo(context, action, found)",
        "action === undefined ? 'the plan does not name it' : undefined",
      ],
    ],
    killers: ['test/filesystem/plan-evidence.test.ts'],
  },
  {
    name: 'the-table-punches-what-differs',
    rule: 'Bytes that differ from the copy are left to a person.',
    file: 'src/recover/rules-interrupted.ts',
    edits: [
      [
        "    name: 'releasing/differing',\n    when: { attribute: ['releasing'], bytes: ['differing'] },\n    verdict: report(CONFLICT, 'conflict'),",
        "    name: 'releasing/differing',\n    when: { attribute: ['releasing'], bytes: ['differing'] },\n    verdict: complete('punch', 'offline', CONFLICT),",
      ],
    ],
    killers: ['test/unit/recover/decision-table.test.ts'],
  },
  {
    name: 'the-table-drops-the-only-copy',
    rule: 'A copy that has what the file lacks is kept.',
    file: 'src/recover/rules-interrupted.ts',
    edits: [
      [
        "    when: { attribute: ['archiving'], object: ['good'], bytes: ['missing'], times: UNMOVED },",
        "    when: { attribute: ['archiving'], object: ['good'], bytes: ['missing'], row: ['offline'], times: UNMOVED },",
      ],
    ],
    killers: ['test/unit/recover/decision-table.test.ts'],
  },
];
