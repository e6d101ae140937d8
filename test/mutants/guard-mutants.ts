/** What keeps a rule true in passing: leases that mean something, copies that are given up, what is put back, what is asked first. */
import { step } from './laboratories.js';
import type { Mutant, TestKiller } from './mutant.js';

const givesWay = (named: string): TestKiller => ({ tests: 'test/filesystem/gives-way.test.ts', named });
const capability = (named: string): TestKiller => ({ tests: 'test/filesystem/file-capability.test.ts', named });
const BACK_FROM_TRASH = 'test/filesystem/back-from-trash.test.ts';
const FILL = 'test/unit/archive/fill-content.test.ts';
const ready = 'src/recover/ready-copies.ts';
const WANTED = '  recordWanted(\n    session,\n    inTrash.map(({ copy }) => copy),\n  );\n';

export const GUARD_MUTANTS: readonly Mutant[] = [
  {
    name: 'a-lease-that-lasts-too-short-will-do',
    rule: 'With less than ten seconds of lease-break-time an opener could come in between the last look and the punch.',
    file: 'src/migrate/run-operation.ts',
    edits: [['if (seconds > 0 && seconds < LEASE_BREAK_SECONDS_MIN) {', 'if (seconds < 0) {']],
    killers: ['test/filesystem/lease-break-time.test.ts'],
  },
  {
    name: 'a-child-keeps-our-leases',
    rule: 'A descriptor with a lease is closed in children: one that inherits it keeps the lease alive.',
    file: 'src/native/xfs-handle.ts',
    edits: [['  setCloseOnExec(fd, target);\n', '']],
    killers: [{ tests: 'test/native/leases.test.ts', named: 'opened by handle' }],
  },
  {
    name: 'archiving-ends-its-copy-though-somebody-waits',
    rule: 'A long copy gives way between two pieces, not only at its end.',
    file: 'src/migrate/under-lease.ts',
    edits: [
      ['if (!leaseIsWhole(file.fd, file.lease, file.target)) {', 'if (file.fd < 0) {'],
      ["import { leaseIsWhole } from '../native/lock.js';\n", ''],
    ],
    killers: [givesWay('of archive')],
  },
  {
    name: 'recall-ends-its-fetch-though-somebody-waits',
    rule: 'A long fetch gives way between two pieces, not only at its end.',
    file: 'src/migrate/settle-fetch.ts',
    edits: [['if (!leaseIsWhole(fd, lease, target)) throw', 'if (fd < 0 && !leaseIsWhole(fd, lease, target)) throw']],
    killers: [givesWay('of recall')],
  },
  {
    name: 'fill-goes-on-under-a-broken-lease',
    rule: 'Where extents cannot be shared, each piece is written under a lease that is whole.',
    file: 'src/migrate/fill-file.ts',
    edits: [
      [
        "if (!leaseIsWhole(file.fd, 'write', file.target)) {",
        "if (file.fd < 0 && !leaseIsWhole(file.fd, 'write', file.target)) {",
      ],
    ],
    killers: [givesWay('stops in the middle')],
  },
  {
    name: 'fill-writes-zeros',
    rule: 'What is equal is not written: zeros in a written extent would count as somebody’s work.',
    file: 'src/archive/fill-content.ts',
    edits: [['    if (mine.compare(theirs, at, end, at, end) === 0) continue;\n', '']],
    killers: [FILL],
  },
  {
    name: 'fill-overwrites-what-differs',
    rule: 'A fill writes only where there are zeros, and looks right before it writes.',
    file: 'src/archive/fill-content.ts',
    edits: [['if (differsAt !== undefined) return', 'if (differsAt === -1) return']],
    killers: [FILL],
  },
  {
    name: 'fill-writes-parts-of-blocks',
    rule: 'A fill writes whole blocks: cut short within one it would leave zeros in what counts as data.',
    file: 'src/archive/fill-content.ts',
    edits: [
      ['Math.max(PAGE_BYTES, blockSizeBytes ?? PAGE_BYTES)', 'Math.min(PAGE_BYTES, blockSizeBytes ?? PAGE_BYTES)'],
    ],
    killers: [FILL],
  },
  {
    name: 'a-copy-is-read-back-from-the-cache',
    rule: 'A copy is read back from the medium, past the page cache.',
    file: 'src/archive/posix-read.ts',
    edits: [
      [
        '(await withOpenObject(root, placed, direct, fs.constants.O_DIRECT))',
        '(await withOpenObject(root, placed, (object) => judge(object, expected, () => hashContent(object, options))))',
      ],
    ],
    killers: [step('the medium')],
  },
  {
    name: 'a-failed-sync-is-tried-again',
    rule: 'A failed sync is final: the kernel has dropped what it could not write, so a second one would lie.',
    file: 'src/migrate/sync-barrier.ts',
    edits: [
      [
        'for (const inode of inodes) fsyncFd(inode.fd, inode.target);',
        'for (const inode of inodes) {\n    try {\n      fsyncFd(inode.fd, inode.target);\n    } catch {\n      fsyncFd(inode.fd, inode.target);\n    }\n  }',
      ],
    ],
    killers: ['test/faults/failed-sync.test.ts'],
  },
  {
    name: 'a-copy-is-moved-back-before-the-catalog-wants-it',
    rule: 'The catalog counts a copy as wanted before it leaves the trash: a crash behind the move must not leave one that counts as dropped.',
    file: ready,
    edits: [
      [`${WANTED}  const pass`, '  const pass'],
      ['  return failed;\n}\n\n/** Copies that were', `${WANTED}  return failed;\n}\n\n/** Copies that were`],
    ],
    killers: [BACK_FROM_TRASH],
  },
  {
    name: 'a-copy-counts-as-proven-before-it-is-moved-back',
    rule: 'A copy that comes back is unproven until it lies among the objects, durably.',
    file: ready,
    edits: [['catalog.objects.setUnproven(objectId)', 'catalog.objects.setVerified(objectId, 1)']],
    killers: [BACK_FROM_TRASH],
  },
  {
    name: 'restore-names-the-data-before-the-sidecar',
    rule: 'Data of unknown origin never lies among the objects, on the way back from the trash either.',
    file: 'src/archive/posix-trash.ts',
    edits: [
      [
        '    if (found.droppedSidecar) renamePath(dropped.sidecar, live.sidecar);\n    if (found.droppedData) renamePath(dropped.data, live.data);\n',
        '    if (found.droppedData) renamePath(dropped.data, live.data);\n    if (found.droppedSidecar) renamePath(dropped.sidecar, live.sidecar);\n',
      ],
    ],
    killers: [{ tests: 'test/unit/archive/posix-store.test.ts', named: 'its sidecar back before its data' }],
  },
  {
    name: 'trash-believes-an-old-record',
    rule: 'A record that is left over from a restore is replaced: its age would let a purge come too early.',
    file: 'src/archive/posix-trash.ts',
    edits: [
      [
        'if (found.liveData || !readTrashRecord(root, objectId)) writeTrashRecord',
        'if (!readTrashRecord(root, objectId)) writeTrashRecord',
      ],
      ['const needsRecord = found.liveData || !readTrashRecord', 'const needsRecord = !readTrashRecord'],
    ],
    killers: [{ tests: 'test/unit/archive/posix-store.test.ts', named: 'new age when only the record' }],
  },
  {
    name: 'the-intent-does-not-remember-the-capability',
    rule: 'The intent knows the capability that a punch or a fill takes away.',
    file: 'src/migrate/begin.ts',
    edits: [['if (capability !== undefined) begun.capability', 'if (capability?.length === -1) begun.capability']],
    killers: [capability('release: completed')],
  },
  {
    name: 'a-punch-takes-the-capability-away',
    rule: 'What the kernel takes off a file whose data is punched or filled is put back at once.',
    file: 'src/migrate/keep-capability.ts',
    edits: [
      [
        '  if (before !== undefined && !readCapability(file)?.equals(before)) restoreCapability(file, before);\n',
        '  if (before?.length === -1) restoreCapability(file, before);\n',
      ],
    ],
    killers: [capability('release: completed')],
  },
  {
    name: 'recovery-does-not-put-the-capability-back',
    rule: 'A capability that an interrupted operation took away comes back with its recovery.',
    file: 'src/migrate/settle-inode.ts',
    edits: [
      [
        'if (ticket.lostCapability !== undefined) restoreCapability',
        'if (ticket.lostCapability?.length === -1) restoreCapability',
      ],
    ],
    killers: [capability('recall: completed')],
  },
  {
    name: 'a-capability-comes-back-to-what-was-written-to',
    rule: 'Whoever writes to a file takes its capability away, and that stands.',
    file: 'src/recover/lost-capability.ts',
    edits: [['if (capability === undefined || !isUnwritten(facts)) return', 'if (capability === undefined) return']],
    killers: [capability('the same bytes again')],
  },
  {
    name: 'a-look-drops-the-locks-of-the-catalog',
    rule: 'A catalog that is open already is not opened and closed beside SQLite: closing drops every lock of the process.',
    file: 'src/catalog/file-header.ts',
    edits: [['    if (own !== undefined) return judgeDescriptor(own, path);\n', '']],
    killers: ['test/unit/catalog/own-descriptor.test.ts'],
  },
  {
    name: 'a-commit-that-fails-behind-returning-goes-unseen',
    rule: 'A statement with RETURNING is run to its end: its commit comes behind its row.',
    file: 'src/catalog/sql-session.ts',
    edits: [['return this.all(sql, parameters)[0];', 'return this.get(sql, parameters);']],
    killers: ['test/unit/catalog/sql-session.test.ts'],
  },
  {
    name: 'a-file-that-is-named-twice-is-held-twice',
    rule: 'A file is opened once in a batch: a second open would break the lease of the first.',
    file: 'src/migrate/run-operation.ts',
    edits: [['batch.findIndex((one) => one.id.ino === id.ino) === at', 'batch[at]?.id === id']],
    killers: [step('named twice')],
  },
  {
    name: 'purge-goes-by-an-older-catalog',
    rule: 'A catalog that was put back does not know who needs what.',
    file: 'src/recover/purge-trash.ts',
    edits: [["if (verdict === 'catalog-behind' || verdict === 'other-epoch') {", 'if (verdict.length === 0) {']],
    killers: [{ tests: 'test/filesystem/rollback-both.test.ts', named: 'nothing is purged' }],
  },
  {
    name: 'purge-does-not-mind-strangers',
    rule: 'As long as the store has copies of a filesystem that the catalog does not know, nothing is purged.',
    file: 'src/recover/purge-trash.ts',
    edits: [['if (catalog.objects.hasStrangers(row.storeId)) {', 'if (row.storeId.length === 0) {']],
    killers: [{ tests: 'test/filesystem/rebuild.test.ts', named: 'from one alone it purges nothing' }],
  },
  {
    name: 'purge-forgets-a-rollback',
    rule: 'What is from before a rollback that was accepted is not purged until somebody says that no file needs it.',
    file: 'src/recover/purge-trash.ts',
    edits: [
      [
        'keptSinceRollback(options.catalog, objectId) ??',
        '(objectId.length === 0 ? keptSinceRollback(options.catalog, objectId) : undefined) ??',
      ],
    ],
    killers: [{ tests: 'test/filesystem/rollback-purge.test.ts', named: 'keeps the copy' }],
  },
  {
    name: 'a-stub-over-another-file-is-that-file',
    rule: 'Where another file’s attribute came along with its size and mtime, the row may be of what was overwritten.',
    file: 'src/recover/evidence.ts',
    edits: [
      [
        'if (isStrange && row !== undefined && isOf(attribute.attribute))',
        'if (isStrange && row === undefined && isOf(attribute.attribute))',
      ],
    ],
    killers: [{ tests: 'test/filesystem/copied-onto.test.ts', named: 'released: both copies' }],
  },
  {
    name: 'purge-believes-a-scan-that-was-cut-short',
    rule: 'Only a complete scan of every filesystem of the store can tell that no attribute names an object.',
    file: 'src/recover/named-objects.ts',
    edits: [
      ['if (signal.aborted || results.some((result) => result?.complete !== true)) {', 'if (results.length < 0) {'],
    ],
    killers: ['test/faults/failed-scan.test.ts'],
  },
  {
    name: 'accepting-goes-on-below-what-was-announced',
    rule: 'The numbers of a new epoch lie above every mark.',
    file: 'src/migrate/accept-epoch.ts',
    edits: [
      [
        'highest([opLimit, announcedLimit, marks.root.opLimit, marks.store.opLimit, ...announced])',
        'highest([opLimit, marks.root.opLimit, ...announced.slice(announced.length)])',
      ],
    ],
    killers: ['test/unit/migrate/accept-epoch.test.ts'],
  },
  {
    name: 'accepting-forgets-the-epochs-before',
    rule: 'The epochs of both marks are known as former ones once a rollback is accepted.',
    file: 'src/migrate/accept-epoch.ts',
    edits: [['.filter((one) => one !== numbers.epoch)', '.filter((one) => one === numbers.epoch)']],
    killers: ['test/unit/migrate/accept-epoch.test.ts'],
  },
  {
    name: 'rebuild-replaces-a-catalog',
    rule: 'A rebuilt catalog never takes the name of a file that is there.',
    file: 'src/catalog/place-catalog.ts',
    edits: [['    fs.linkSync(temporary, place);\n', '    fs.renameSync(temporary, place);\n']],
    killers: ['test/unit/catalog/place-catalog.test.ts'],
  },
  {
    name: 'rebuild-leaves-the-log-behind',
    rule: 'A rebuilt catalog never gets its name while its log holds what was recorded last.',
    file: 'src/catalog/place-catalog.ts',
    edits: [['  assertSelfContained(temporary);\n', '']],
    killers: ['test/unit/catalog/place-catalog.test.ts'],
  },
  {
    name: 'audit-counts-no-rows',
    rule: 'An audit that has not come by all rows of the catalog does not say that all is well.',
    file: 'src/reconcile/whole-table.ts',
    edits: [['  if (total === bindings) return;\n', '  if (total >= 0) return;\n']],
    killers: ['test/unit/reconcile/whole-table.test.ts'],
  },
  {
    name: 'odd-pages-are-nobodys-business',
    rule: 'Where a page of the catalog is irregular, SQLite compares its indexes with their tables.',
    file: 'src/reconcile/whole-table.ts',
    edits: [["  if (rowsRead.includes('irregular')) catalog.checkIntegrity();\n", '']],
    killers: ['test/unit/reconcile/whole-table.test.ts'],
  },
  {
    name: 'rows-behind-an-odd-id-are-believed',
    rule: 'Rows that SQLite packs are taken apart only if each has an object id of its length.',
    file: 'src/catalog/file-feed.ts',
    edits: [[" || numberIn(row, 'sound_count') !== count", '']],
    killers: ['test/unit/catalog/file-feed.test.ts'],
  },
  {
    name: 'any-sidecar-speaks-against-the-catalog',
    rule: 'A sidecar is believed against the catalog only if both are of one operation.',
    file: 'src/reconcile/read-copy.ts',
    edits: [['  return isOfOne && (await', '  return (isOfOne || true) && (await']],
    killers: ['test/unit/reconcile/read-copy.test.ts'],
  },
];
