/** The one engine that brings files to rest: orders, leases, baselines. */
import { catalogLost, CHANGES, step } from './laboratories.js';
import type { Mutant } from './mutant.js';

const phases = (find: string, replace: string): readonly (readonly [string, string])[] => [[find, replace]];

export const SETTLE_MUTANTS: readonly Mutant[] = [
  {
    name: 'settle-syncs-no-data',
    rule: 'What was punched or filled is durable before the attribute says so.',
    file: 'src/migrate/settle.ts',
    edits: phases("  (session, live) => syncAll(session, live, 'data'),\n", ''),
    killers: [catalogLost('its data is back')],
  },
  {
    name: 'settle-syncs-no-attribute',
    rule: 'The settled attribute is durable before the catalog says so.',
    file: 'src/migrate/settle.ts',
    edits: phases("  (session, live) => syncAll(session, live, 'attribute'),\n", ''),
    killers: [step('was reported as done')],
  },
  {
    name: 'settle-sets-the-attribute-before-the-data',
    rule: 'Data first, then the state that claims it.',
    file: 'src/migrate/settle.ts',
    edits: [
      ["  changeAllData,\n  (session, live) => syncAll(session, live, 'data'),\n", ''],
      [
        '  setAllAttributes,\n',
        "  setAllAttributes,\n  changeAllData,\n  (session, live) => syncAll(session, live, 'data'),\n",
      ],
    ],
    killers: [catalogLost('a recall is about to change')],
  },
  {
    name: 'settle-writes-the-catalog-before-the-attribute',
    rule: 'A row never claims more than the inode says.',
    file: 'src/migrate/settle.ts',
    edits: [
      ['  judgeBaselines,\n  writeCatalog,\n', ''],
      ['  setAllAttributes,\n', '  setAllAttributes,\n  judgeBaselines,\n  writeCatalog,\n'],
    ],
    killers: [catalogLost('whose row is written')],
  },
  {
    name: 'settle-trashes-before-the-catalog',
    rule: 'An object leaves the store only after inode and row have let go of it.',
    file: 'src/migrate/settle.ts',
    edits: [
      ['  trashAll,\n', ''],
      ['  judgeBaselines,\n  writeCatalog,\n', '  trashAll,\n  judgeBaselines,\n  writeCatalog,\n'],
    ],
    killers: [CHANGES],
  },
  {
    name: 'settle-closes-the-intent-before-the-trash',
    rule: 'The intent closes last, so that a crash before is seen.',
    file: 'src/migrate/settle.ts',
    edits: phases('  trashAll,\n  closeIntents,\n', '  closeIntents,\n  trashAll,\n'),
    killers: [{ tests: 'test/crash/remove.test.ts', named: 'remove, killed remove:before-trash' }],
  },
  {
    name: 'baseline-adopts-times-without-a-lease',
    rule: 'A ctime that somebody else may have made never becomes the reference.',
    file: 'src/migrate/settle-baseline.ts',
    edits: phases(
      ' && leaseIsWhole(ticket.fd, ticket.lease, ticket.target) && !progress.touched',
      ' && !progress.touched',
    ),
    killers: [step('times that somebody')],
  },
  {
    name: 'baseline-does-not-look-at-size-and-mtime',
    rule: 'Whoever was let in has moved size or mtime; then the times prove nothing.',
    file: 'src/migrate/settle-baseline.ts',
    edits: phases(
      'progress.touched = after.sizeBytes !== before.sizeBytes || after.mtimeNs !== before.mtimeNs;',
      'progress.touched = false && after.sizeBytes !== before.sizeBytes;',
    ),
    killers: [step('while it is being released')],
  },
  {
    name: 'archive-binds-what-was-written-to-meanwhile',
    rule: 'A copy is bound only if nobody came near the file from the mark to the durable attribute.',
    file: 'src/migrate/settle-baseline.ts',
    edits: phases('if (mustStayUntouched && !progress.proven)', 'if (mustStayUntouched && progress === undefined)'),
    killers: [step('archive gives way')],
  },
  {
    name: 'punch-without-a-last-look-at-the-lease',
    rule: 'Nothing is punched once somebody waits for the file.',
    file: 'src/migrate/settle-inode.ts',
    edits: phases(
      "if (!leaseIsWhole(ticket.fd, ticket.lease, ticket.target)) {\n    throw new BusyError(ticket.target, 'it was opened just before its data would have been released');",
      "if (ticket.fd < 0) {\n    throw new BusyError(ticket.target, 'it was opened just before its data would have been released');",
    ),
    killers: [step('release gives way')],
  },
  {
    name: 'punch-without-a-last-look-at-the-times',
    rule: 'Nothing is punched that was written to since its bytes were compared.',
    file: 'src/migrate/settle-inode.ts',
    edits: phases(
      'if (now.sizeBytes !== ticket.before.sizeBytes || now.mtimeNs !== ticket.before.mtimeNs) {',
      'if (now.sizeBytes < 0n) {',
    ),
    killers: [step('touched between')],
  },
  {
    name: 'punch-leaves-the-tail-of-the-last-block',
    rule: 'The punch ends at the end of the last block: an offline file has no data.',
    file: 'src/migrate/settle-inode.ts',
    edits: phases('return Math.ceil(sizeBytes / block) * block;', 'return block > 0 ? sizeBytes : 0;'),
    killers: ['test/filesystem/migrate-round-trip.test.ts'],
  },
  {
    name: 'fill-without-a-last-look-at-the-lease',
    rule: 'Nothing is filled once somebody waits for the file.',
    file: 'src/migrate/settle-inode.ts',
    edits: phases(
      "if (!leaseIsWhole(ticket.fd, ticket.lease, ticket.target)) {\n    throw new BusyError(ticket.target, 'it was opened just before its data would have come back');",
      "if (ticket.fd < 0) {\n    throw new BusyError(ticket.target, 'it was opened just before its data would have come back');",
    ),
    killers: [step('recall gives way')],
  },
  {
    name: 'fill-without-a-last-look-at-the-size',
    rule: 'A file whose size was changed gets no data of the old size.',
    file: 'src/migrate/settle-inode.ts',
    edits: phases(
      'if (statFd(ticket.fd, ticket.target).sizeBytes !== ticket.object.sizeBytes) {',
      'if (ticket.fd < 0) {',
    ),
    killers: [step('recall gives way'), { sweep: 'user:recall:truncate' }],
    equivalent:
      'Whoever changes the size has to be let in, which the look at the lease, one line before, has seen. It holds where a lease runs out between the two.',
  },
  {
    name: 'recovery-trusts-unsynced-data',
    rule: 'Recovery syncs the data that it found, even where it changes none.',
    file: 'src/migrate/settle-inode.ts',
    edits: phases(" || progress.item.ticket.operation === 'recover';", ';'),
    killers: [catalogLost('recovery found whole')],
  },
  {
    name: 'fetch-believes-a-bad-copy',
    rule: 'A copy whose hash is wrong never reaches the file.',
    file: 'src/migrate/settle-fetch.ts',
    edits: phases("if (verdict !== 'good') {", "if (verdict === 'missing') {"),
    killers: [{ tests: 'test/filesystem/migrate-failures.test.ts', named: 'with one flipped bit' }],
  },
  {
    name: 'fetch-shares-extents-that-are-not-durable',
    rule: 'A file never shares extents whose data could still be lost.',
    file: 'src/migrate/settle-fetch.ts',
    edits: phases(
      '    syncBarrier(session.mount.rootFd, fetched);\n',
      '    if (fetched.length < 0) syncBarrier(session.mount.rootFd, fetched);\n',
    ),
    killers: [{ sweep: 'crash:recall:power' }],
    equivalent:
      'FICLONE of XFS writes the data of its source back before it shares the extents, and the log that tells of it flushes the drive first. It holds on filesystems that do not.',
  },
  {
    name: 'trash-takes-what-a-row-still-names',
    rule: 'A copy that a row names is never thrown away, whatever led there.',
    file: 'src/migrate/settle-records.ts',
    edits: phases(
      'objectsToTrash(progress).filter((id) => session.catalog.files.findByObject(id).length === 0);',
      'objectsToTrash(progress);',
    ),
    killers: [step('another row names')],
  },
];
