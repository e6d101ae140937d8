/** Store and catalog: what is durable before what, and what is proven before something goes. */
import { INTERLOCKS } from './laboratories.js';
import type { Mutant } from './mutant.js';

export const RECORD_MUTANTS: readonly Mutant[] = [
  {
    name: 'store-does-not-sync-content',
    rule: 'Copy and sidecar are durable before they get their names.',
    file: 'src/archive/posix-batch.ts',
    edits: [['      this.#syncContent(staged);\n', '']],
    killers: [{ seeds: 1000 }],
  },
  {
    name: 'store-does-not-sync-names',
    rule: 'An object’s name is durable before anything relies on it.',
    file: 'src/archive/posix-batch.ts',
    edits: [
      [
        '      if (this.#syncsEach) for (const folder of folders) syncFolder(folder);\n      else syncFilesystem(this.#syncFd, this.#root.dir.toString());\n',
        '      if (folders.length < 0) syncFolder(this.#root.dir);\n',
      ],
    ],
    killers: [{ seeds: 1000 }],
  },
  {
    name: 'store-names-the-data-before-the-sidecar',
    rule: 'Data of unknown origin never lies among the objects.',
    file: 'src/archive/posix-batch.ts',
    edits: [
      [
        "    this.#onStep('before-rename-sidecar');\n    move(files.sidecar, final.sidecar);\n    this.#onStep('after-rename-sidecar');\n",
        '',
      ],
      [
        "    this.#onStep('after-rename-data');\n",
        "    this.#onStep('after-rename-data');\n    this.#onStep('before-rename-sidecar');\n    move(files.sidecar, final.sidecar);\n    this.#onStep('after-rename-sidecar');\n",
      ],
    ],
    killers: ['test/unit/archive/posix-store.test.ts'],
  },
  {
    name: 'store-replaces-an-object',
    rule: 'Objects are immutable: none is ever put twice.',
    file: 'src/archive/posix-batch.ts',
    edits: [['if (!statIfPresent(data) && !statIfPresent(sidecar)) continue;', 'if (place.length > 0) continue;']],
    killers: ['test/contract'],
  },
  {
    name: 'trash-gives-an-object-its-record-last',
    rule: 'What lies in the trash always has its age.',
    file: 'src/archive/posix-trash.ts',
    edits: [
      [
        '    for (const { temporary, found } of moves) if (temporary) renamePath(temporary, found.dropped.trashRecord);\n    // The records before the data: what lies in the trash always has its age.\n    sync();\n',
        '',
      ],
      [
        '      if (found.liveSidecar) renamePath(found.live.sidecar, found.dropped.sidecar);\n    }\n    sync();\n',
        '      if (found.liveSidecar) renamePath(found.live.sidecar, found.dropped.sidecar);\n    }\n    sync();\n    for (const { temporary, found } of moves) if (temporary) renamePath(temporary, found.dropped.trashRecord);\n    sync();\n',
      ],
    ],
    killers: [{ tests: 'test/unit/archive/posix-store.test.ts', named: 'record before its data' }],
  },
  {
    name: 'trash-is-not-durable-when-the-intent-closes',
    rule: 'What was moved to the trash stays there, once the records say so.',
    file: 'src/archive/posix-trash.ts',
    edits: [
      [
        '      if (found.liveSidecar) renamePath(found.live.sidecar, found.dropped.sidecar);\n    }\n    sync();\n',
        '      if (found.liveSidecar) renamePath(found.live.sidecar, found.dropped.sidecar);\n    }\n',
      ],
    ],
    killers: [{ sweep: 'crash:remove:power-with-archive' }],
    equivalent:
      'A copy that is back among the objects after a power cut is an orphan, which the next recovery moves again; until then it is only kept.',
  },
  {
    name: 'purge-does-not-look-for-files-that-name-an-object',
    rule: 'Bytes are deleted only if no attribute on any filesystem of the store names them.',
    file: 'src/recover/purge-trash.ts',
    edits: [["named.has(objectId) ? 'a file still names it' : catalogNeed", 'catalogNeed']],
    killers: [{ tests: 'test/cli/purge.test.ts', named: 'keeps what an attribute' }],
  },
  {
    name: 'purge-does-not-ask-the-catalog',
    rule: 'Bytes that a row or an open operation needs are not deleted.',
    file: 'src/recover/purge-trash.ts',
    edits: [[': catalogNeed(options.catalog, objectId);', ': undefined;']],
    killers: [{ tests: 'test/cli/purge.test.ts', named: 'keeps what an operation' }],
  },
  {
    name: 'purge-does-not-look-at-the-age',
    rule: 'Backups and snapshots may need what lies in the trash.',
    file: 'src/recover/purge-trash.ts',
    edits: [['    if (options.nowMs - entry.trashedAtMs < options.olderThanMs) continue;\n', '']],
    killers: [{ tests: 'test/cli/purge.test.ts', named: 'old enough' }],
  },
  {
    name: 'purge-believes-any-store',
    rule: 'Whatever lies at the store’s place is the store only if it says so.',
    file: 'src/recover/purge-trash.ts',
    edits: [
      [
        'if (identity.storeId !== row.storeId || identity.catalogId !== catalog.catalogId()) {',
        'if (identity.storeId.length === 0) {',
      ],
    ],
    killers: [{ tests: 'test/cli/purge.test.ts', named: 'refuses where another store' }],
  },
  {
    name: 'catalog-does-not-sync',
    rule: 'What the catalog has committed is durable.',
    file: 'src/catalog/open-catalog.ts',
    edits: [["db.pragma('synchronous = FULL');", "db.pragma('synchronous = OFF');"]],
    killers: [{ tests: 'test/recorder/power-cut.test.ts', named: 'power cuts within release' }],
  },
  {
    name: 'owners-are-all-dead',
    rule: 'What a living process is at work on is busy, not interrupted.',
    file: 'src/catalog/owner-lock.ts',
    edits: [
      [
        'return !tryLockShared(fd, lockFile.toString());',
        'return !tryLockShared(fd, lockFile.toString()) && lockFile.length === 0;',
      ],
    ],
    killers: [INTERLOCKS],
  },
  {
    name: 'owners-are-all-alive',
    rule: 'What a dead process left behind is settled.',
    file: 'src/catalog/owner-lock.ts',
    edits: [
      ['return !tryLockShared(fd, lockFile.toString());', 'return tryLockShared(fd, lockFile.toString()) || true;'],
    ],
    killers: [INTERLOCKS],
  },
  {
    name: 'a-broken-copy-keeps-operations-open',
    rule: 'What the medium does not let go of must not keep an operation open for ever.',
    file: 'src/migrate/settle-records.ts',
    edits: [['if (isOfMedium(error)) progress.keepsObject', 'if (!isOfMedium(error)) progress.keepsObject']],
    killers: [{ tests: 'test/filesystem/broken-copy.test.ts', named: 'in a group' }],
  },
];
