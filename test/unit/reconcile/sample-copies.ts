/** Copies of all kinds in a catalog's tables, and what SQLite says of them. */
import fc from 'fast-check';
import Database from 'better-sqlite3';
import { expect, onTestFinished } from 'vitest';
import type { Catalog } from '../../../src/catalog/catalog.js';
import { uuidToBytes } from '../../../src/dm/identity.js';
import type { CopiesLeft } from '../../../src/reconcile/copies-left.js';
import { FS, STORE } from '../catalog/sample-catalog.js';

const ELSEWHERE = Buffer.alloc(16, 9);
const ALL = 1_000_000;
export const store = uuidToBytes(STORE);

/** What SQLite finds where it is still to be asked, or that it cannot tell. */
export function found({ files, objects }: Catalog, left: CopiesLeft): unknown {
  try {
    const fromEach = <Range, Row>(ranges: readonly Range[], query: (range: Range) => readonly Row[]) =>
      ranges.flatMap((range) => [...query(range)]);
    return {
      duplicates: fromEach(left.duplicates, (range) =>
        files.duplicateBindings({ ...range, limit: ALL }).map(({ objectId }) => objectId),
      ),
      unrecorded: fromEach(left.unrecorded, (range) =>
        files.pageWithoutCopy(FS, { range, limit: ALL }).map(({ ino, gen }) => `${ino}.${gen}`),
      ),
      verified: fromEach(left.verified, (range) =>
        objects.page({ storeId: STORE, fs: FS, status: 'verified', ...range, limit: ALL }).map((row) => row.objectId),
      ),
    };
  } catch (error) {
    expect(error).toMatchObject({ code: 'ECATALOG_CORRUPT' });
    return 'damaged';
  }
}

/** As the sqlite3 shell would have it open. */
export function shell(path: string): Database.Database {
  const db = new Database(path, { timeout: 0 });
  db.pragma('foreign_keys = OFF');
  onTestFinished(() => void db.close());
  return db;
}

const INSERT_FILE = `INSERT OR REPLACE INTO file VALUES (@fs, @ino, 1, 'dual', @id, 1, 1, 1, 1, 1, 1, 1, NULL)`;
const INSERT_OBJECT = `INSERT OR REPLACE INTO object VALUES (@id, @store, @fs, @ino, @gen, @status, 1, 1, 1,
  zeroblob(32), 4096, zeroblob(@bytes), 1, 0, 1, NULL, NULL, NULL, NULL)`;

export interface Copy {
  readonly id: Buffer;
  readonly fs: bigint;
  readonly ino: bigint;
  readonly what: 'fine' | 'duplicate' | 'unbound' | 'unrecorded' | 'incomplete' | 'trash' | 'verified here';
  readonly bytes: bigint;
}

/** Where `fine` is what nearly all are, most ranges are proven. */
export const anyCopy = (faults: number): fc.Arbitrary<Copy> =>
  fc.record({
    id: fc.uint8Array({ minLength: 16, maxLength: 16 }).map((id) => Buffer.from(id)),
    fs: fc.constantFrom(BigInt(FS), BigInt(FS), BigInt(FS), 0n, 0xffff_ffffn),
    ino: fc.oneof(fc.bigInt(1n, 1000n), fc.bigInt(0n, (1n << 63n) - 2n)),
    what: fc.oneof(
      { weight: 100, arbitrary: fc.constant('fine' as const) },
      {
        weight: faults,
        arbitrary: fc.constantFrom('duplicate', 'unbound', 'unrecorded', 'incomplete', 'trash', 'verified here'),
      },
    ),
    // Long enough for pages of their own, now and then.
    bytes: fc.oneof(fc.bigInt(0n, 300n), fc.bigInt(0n, 6000n)),
  });

export function put(db: Database.Database, copies: readonly Copy[]): void {
  const insertFile = db.prepare(INSERT_FILE);
  const insertObject = db.prepare(INSERT_OBJECT);
  db.transaction(() => {
    for (const { id, fs, ino, what, bytes } of copies) {
      if (what !== 'unbound') insertFile.run({ fs, ino, id });
      if (what === 'duplicate') insertFile.run({ fs: BigInt(FS), ino: ino + 1n, id });
      if (what === 'unrecorded') continue;
      const status = what === 'incomplete' || what === 'trash' ? what : what === 'fine' ? 'complete' : 'verified';
      const storeId = what === 'verified here' ? Buffer.from(store) : ELSEWHERE;
      insertObject.run({ id, store: storeId, fs, ino, gen: BigInt(bytes), status, bytes });
    }
  })();
}
