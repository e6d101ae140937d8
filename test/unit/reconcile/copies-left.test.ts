/**
 * What the catalog's pages prove of the copies spares SQLite the asking, and nothing else: whatever was done to the tables
 * and to the file, the same rows come up as when SQLite is asked for all.
 */
import fc from 'fast-check';
import fs from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { Catalog } from '../../../src/catalog/catalog.js';
import { joinProofs, proveCopies } from '../../../src/catalog/pages/copy-proof.js';
import { cutCopies } from '../../../src/catalog/pages/cut-copies.js';
import { PageLease } from '../../../src/catalog/pages/page-lease.js';
import type { PageSource } from '../../../src/catalog/pages/page-source.js';
import { objectIdFromBytes } from '../../../src/dm/identity.js';
import { toIno } from '../../../src/native/inode-id.js';
import { ALL_LEFT, copiesLeft, type CopiesLeft } from '../../../src/reconcile/copies-left.js';
import { fileRow, FS, newCatalog, objectRow, open, scratchPath } from '../catalog/sample-catalog.js';
import { anyCopy, found, put, shell, store } from './sample-copies.js';

function leftOf(source: PageSource, parts: number): CopiesLeft {
  const prove = (range: ReturnType<typeof cutCopies>[number]) =>
    proveCopies({ source, range, fs: FS, store, cancelled: () => false });
  return copiesLeft(joinProofs(cutCopies(source, parts).map(prove)));
}

/** What somebody may do to the tables with SQL. */
const CHANGES = [
  'DELETE FROM file WHERE ino % 7 < 2',
  'DELETE FROM object WHERE ino % 97 = 3',
  "UPDATE object SET status = 'purged' WHERE ino % 11 = 3",
  'UPDATE OR IGNORE file SET ino = ino / 2 WHERE ino % 5 = 3',
  'DELETE FROM file',
  'DELETE FROM object',
  'ALTER TABLE object ADD COLUMN remark TEXT',
  'DROP INDEX file_by_object; CREATE INDEX file_by_object ON file (object_id) WHERE ino > 5',
  'DROP INDEX file_by_object; CREATE INDEX file_by_object ON file (object_id DESC)',
  'VACUUM',
] as const;
const UNDO = `DROP INDEX file_by_object; CREATE INDEX file_by_object ON file (object_id); DELETE FROM file; DELETE FROM object`;

describe('what the pages prove of the copies', () => {
  it('leaves all that SQLite would find, after any change by SQL', () => {
    const catalog = newCatalog();
    const db = shell(catalog.path);
    let spared = 0;
    let asked = 0;
    const property = fc.property(
      fc.constantFrom(0, 1, 40).chain((faults) => fc.array(anyCopy(faults), { maxLength: 700, size: 'max' })),
      fc.array(fc.constantFrom(...CHANGES), { maxLength: 2 }),
      fc.integer({ min: 1, max: 12 }),
      (copies, changes, parts) => {
        db.exec(UNDO);
        if (db.prepare("SELECT 1 FROM pragma_table_info('object') WHERE name = 'remark'").get() !== undefined)
          db.exec('ALTER TABLE object DROP COLUMN remark');
        put(db, copies);
        for (const change of new Set(changes)) db.exec(change);
        const pages = catalog.holdPages();
        if (pages === undefined) throw new Error('the pages cannot be held');
        const left = pages.source.roots.copies === undefined ? ALL_LEFT : leftOf(pages.source, parts);
        const isPlain = !changes.some((change) => change.startsWith('DROP'));
        expect(pages.source.roots.copies !== undefined).toBe(isPlain);
        if (isPlain) {
          const all = found(catalog, ALL_LEFT);
          expect(found(catalog, left)).toEqual(all);
          const isClean = JSON.stringify(all) === '{"duplicates":[],"unrecorded":[],"verified":[]}';
          // Nothing is asked of SQLite where all is well.
          if (isClean) expect(left).toEqual({ duplicates: [], unrecorded: [], verified: [] });
          if (isClean) spared += 1;
          else asked += 1;
        }
        pages.close();
      },
    );
    fc.assert(property, { numRuns: 60 });
    expect(Math.min(spared, asked)).toBeGreaterThan(5);
  });
});

/** A closed catalog with trees of three levels, all in order. */
function filledCatalog(): string {
  const catalog = newCatalog();
  const sha256 = Buffer.alloc(32, 7);

  catalog.transaction(() => {
    for (let ino = 1n; ino <= 4000n; ino++) {
      const bytes = Buffer.alloc(16, 3);
      // Neighbours differ in their last bytes: one flipped bit makes duplicates of them.
      bytes.writeBigUInt64BE(ino, 8);
      const objectId = objectIdFromBytes(bytes);
      catalog.files.put(fileRow({ ino: toIno(ino), objectId }));
      // Some go on in pages of their own.
      const nonzeroMap = Buffer.alloc(ino % 50n === 0n ? 9000 : 400, 1);
      catalog.objects.put(objectRow({ ino: toIno(ino), objectId, status: 'complete', sha256, nonzeroMap }));
    }
  });
  catalog.close();
  return catalog.path;
}

describe('of a damaged file', () => {
  it('the pages prove nothing that SQLite would not', () => {
    const path = filledCatalog();
    const sound = fs.readFileSync(path);
    const catalog = open(path, 'read');
    const pages = catalog.holdPages();
    const roots = pages?.source.roots;
    expect(leftOf(pages?.source as PageSource, 8)).toEqual({ duplicates: [], unrecorded: [], verified: [] });
    pages?.close();
    catalog.close();
    const ofCopies = pagesOf(path, ['file_by_object', 'object']);
    const outcomes = { same: 0, harmless: 0, bySql: 0, refused: 0 };
    const flip = fc.tuple(fc.nat(ofCopies.length - 1), fc.nat(4096 * 8 - 1));
    const property = fc.property(fc.array(flip, { minLength: 1, maxLength: 3 }), (flips) => {
      const bytes = Buffer.from(sound);
      for (const [page, bit] of flips) {
        const at = ((ofCopies[page] ?? 2) - 1) * 4096 + (bit >> 3);
        bytes[at] = (bytes[at] ?? 0) ^ (1 << (bit & 7));
      }
      outcomes[compareDamaged(bytes)] += 1;
    });
    fc.assert(property, { numRuns: 150 });
    expect(roots?.copies).toBeDefined();
    // All ways were gone.
    expect(Math.min(outcomes.harmless, outcomes.bySql)).toBeGreaterThan(10);
  });
});

function pagesOf(path: string, names: readonly string[]): number[] {
  const db = shell(path);
  return db
    .prepare(`SELECT pageno FROM dbstat WHERE name IN (${names.map(() => '?').join()})`)
    .pluck()
    .all(...names) as number[];
}

/** Holds both ways against each other over a file of these bytes. */
function compareDamaged(bytes: Buffer): 'same' | 'harmless' | 'bySql' | 'refused' {
  const path = scratchPath();
  fs.writeFileSync(path, bytes);
  let catalog: Catalog;
  try {
    catalog = open(path, 'read');
  } catch (error) {
    expect(error).toMatchObject({ code: 'ECATALOG_CORRUPT' });
    return 'refused';
  }
  const pages = catalog.holdPages();
  const left = pages === undefined ? ALL_LEFT : leftOf(pages.source, 8);
  pages?.close();
  if (left === ALL_LEFT) return 'bySql';
  const withProofs = found(catalog, left);
  catalog.close();
  // SQLite tells of some damage only once: by a connection that has not seen it yet.
  const all = found(open(path, 'read'), ALL_LEFT);
  expect(withProofs).toEqual(all);
  return JSON.stringify(all) === '{"duplicates":[],"unrecorded":[],"verified":[]}' ? 'harmless' : 'same';
}

describe('nothing is proven', () => {
  const harms: [string, (source: PageSource, path: string) => void][] = [
    ['when the pages were taken back', (source) => void new PageLease(source.lease).revoke()],
    ['of a file that was written to', (_, path) => fs.writeFileSync(path, fs.readFileSync(path))],
    ['of a file that was cut', (_, path) => fs.truncateSync(path, fs.statSync(path).size - 8192)],
  ];
  it.each(harms)('%s', (_, harm) => {
    const catalog = open(filledCatalog(), 'read');
    const pages = catalog.holdPages();
    if (pages === undefined) throw new Error('the pages cannot be held');
    harm(pages.source, catalog.path);
    expect(leftOf(pages.source, 8)).toBe(ALL_LEFT);
    pages.close();
  });

  it('where one walk did not end where the next one began', () => {
    const catalog = open(filledCatalog(), 'read');
    const pages = catalog.holdPages();
    if (pages === undefined) throw new Error('the pages cannot be held');
    const { source } = pages;
    const proofs = cutCopies(source, 8).map((range) =>
      proveCopies({ source, range, fs: FS, store, cancelled: () => false }),
    );
    expect(proofs.length).toBeGreaterThan(4);
    expect(joinProofs(proofs)).toHaveLength(proofs.length);
    for (const hole of [1, proofs.length - 1]) expect(joinProofs(proofs.toSpliced(hole, 1))).toBe(undefined);
    pages.close();
  });
});
