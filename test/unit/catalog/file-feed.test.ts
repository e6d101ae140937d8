import Database from 'better-sqlite3';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Catalog } from '../../../src/catalog/catalog.js';
import type { FeedBlock } from '../../../src/catalog/feed-block.js';
import type { FeedOptions } from '../../../src/catalog/file-feed.js';
import type { NewFileRow } from '../../../src/catalog/file-row.js';
import { objectIdFromBytes, toFsId, toOp } from '../../../src/dm/identity.js';
import { stateCode } from '../../../src/dm/states.js';
import { toGen, toIno } from '../../../src/native/inode-id.js';
import { fileRow, FILESYSTEM, FS, newCatalog } from './sample-catalog.js';

const MAX = (1n << 63n) - 1n;

const wide = (high: Uint32Array, low: Uint32Array, index: number): bigint =>
  (BigInt(high[index] ?? 0) << 32n) | BigInt(low[index] ?? 0);

function rowAt(block: FeedBlock, index: number): unknown {
  return {
    ino: wide(block.inoHigh, block.inoLow, index),
    gen: block.gen[index],
    state: block.state[index],
    op: wide(block.opHigh, block.opLow, index),
    size: wide(block.sizeHigh, block.sizeLow, index),
    mtime: BigInt.asIntN(64, wide(block.mtimeHigh, block.mtimeLow, index)),
    ctime: BigInt.asIntN(64, wide(block.ctimeHigh, block.ctimeLow, index)),
    nonzero: wide(block.nonzeroHigh, block.nonzeroLow, index),
    blocks: block.nonzeroBlocks[index],
    objectId: block.objectIdAt(index),
  };
}

const expected = (row: NewFileRow): unknown => ({
  ino: row.ino,
  gen: row.gen,
  state: stateCode(row.state),
  op: row.op,
  size: row.sizeBytes,
  mtime: row.mtimeNs,
  ctime: row.ctimeNs,
  nonzero: row.nonzeroBytes,
  blocks: Number((row.nonzeroBytes + 511n) / 512n),
  objectId: row.objectId,
});

function drain(catalog: Catalog, options: Partial<FeedOptions> = {}): unknown[] {
  const feed = catalog.files.feed({ fs: FS, fromIno: toIno(0n), toIno: toIno(MAX), ...options });
  const rows: unknown[] = [];
  for (let block = feed.next(); block.count > 0; block = feed.next()) {
    for (let index = 0; index < block.count; index++) rows.push(rowAt(block, index));
  }
  expect(feed.next().count).toBe(0);
  return rows;
}

const put = (catalog: Catalog, rows: readonly NewFileRow[]): void =>
  catalog.transaction(() => rows.forEach((row) => catalog.files.put(row)));

const byInode = (a: NewFileRow, b: NewFileRow): number => (a.ino === b.ino ? a.gen - b.gen : a.ino < b.ino ? -1 : 1);

const anyU63 = fc.oneof(fc.bigInt(0n, MAX), fc.constantFrom(0n, (1n << 32n) - 1n, 1n << 32n, (1n << 53n) + 1n, MAX));
const anyS64 = fc.oneof(fc.bigInt(-MAX - 1n, MAX), fc.constantFrom(-MAX - 1n, -1n, 0n, MAX));
const anyRow = fc.record({
  ino: fc.oneof(anyU63, fc.bigInt(0n, 5n)).map(toIno),
  gen: fc.oneof(fc.constantFrom(0, 0xffff_ffff, 0x8000_0000), fc.integer({ min: 0, max: 3 })).map(toGen),
  state: fc.constantFrom('dual' as const, 'offline' as const),
  op: anyU63.map(toOp),
  sizeBytes: anyU63,
  mtimeNs: anyS64,
  ctimeNs: anyS64,
  // Its blocks are compared as numbers.
  nonzeroBytes: fc.oneof(fc.bigInt(0n, 1n << 61n), fc.constantFrom(1n, 511n, 512n, 513n, (1n << 53n) + 1n)),
  objectId: fc.uint8Array({ minLength: 16, maxLength: 16 }).map((bytes) => objectIdFromBytes(bytes)),
});

describe('the feed', () => {
  it('gives every row exactly, in order, whatever the values and the size of the blocks', () => {
    const anyRows = fc.uniqueArray(anyRow, { selector: (row) => `${row.ino}.${row.gen}`, maxLength: 25 });
    fc.assert(
      fc.property(anyRows, fc.integer({ min: 1, max: 30 }), (changes, limit) => {
        const catalog = newCatalog();
        const rows = changes.map(fileRow);
        put(catalog, rows);
        expect(drain(catalog, { limit })).toEqual([...rows].sort(byInode).map(expected));
        catalog.close();
      }),
      { numRuns: 60 },
    );
  });

  it('keeps to its range, both ends included, and to its filesystem', () => {
    const catalog = newCatalog();
    const other = toFsId(FS - 1);
    catalog.filesystems.put({ ...FILESYSTEM, fs: other, randomId: Buffer.alloc(16, 8) });
    const rows = [10n, 11n, 12n, 13n].map((ino) => fileRow({ ino: toIno(ino) }));
    put(catalog, [...rows, ...rows.map((row) => ({ ...row, fs: other }))]);
    for (const limit of [1, 2, 3, 4096]) {
      const range = { fromIno: toIno(11n), toIno: toIno(12n), limit };
      expect(drain(catalog, range)).toEqual(rows.slice(1, 3).map(expected));
    }
    expect(drain(catalog, { fromIno: toIno(14n) })).toEqual([]);
  });

  it('splits between two generations of one inode', () => {
    const catalog = newCatalog();
    const rows = [0, 1, 0xffff_ffff].map((gen) => fileRow({ gen: toGen(gen) }));
    put(catalog, rows);
    expect(drain(catalog, { limit: 1 })).toEqual(rows.map(expected));
    expect(drain(catalog, { limit: 2, fromIno: toIno(131n), toIno: toIno(131n) })).toEqual(rows.map(expected));
  });

  it('holds no read transaction between blocks: a row behind it is seen, and the log can be checked in', () => {
    const catalog = newCatalog();
    put(
      catalog,
      [1n, 2n].map((ino) => fileRow({ ino: toIno(ino) })),
    );
    const feed = catalog.files.feed({ fs: FS, fromIno: toIno(0n), toIno: toIno(MAX), limit: 2 });
    expect(feed.next().count).toBe(2);
    catalog.files.put(fileRow({ ino: toIno(3n) }));
    expect(feed.next().inoAt(0)).toBe(3n);
  });

  // The text of a full block was cut where its buffer ended: rows behind such a one were taken from between two others.
  it.each([
    ['one is longer', [17, 16, 16]],
    ['one makes up for another', [17, 15, 16]],
    ['one has none', [16, 0, 16]],
    ['one is longer, in a block that is not full', [17]],
  ])('gives no rows of a block with object ids of other lengths: %s', (_, lengths) => {
    const catalog = newCatalog();
    lengths.forEach((_bytes, ino) => catalog.files.put(fileRow({ ino: toIno(BigInt(ino + 1)) })));
    const db = new Database(catalog.path);
    db.pragma('ignore_check_constraints = ON');
    const set = db.prepare('UPDATE file SET object_id = ? WHERE ino = ?');
    lengths.forEach((bytes, ino) => set.run(Buffer.alloc(bytes, 0xab), ino + 1));
    db.close();
    const feed = catalog.files.feed({ fs: FS, fromIno: toIno(0n), toIno: toIno(MAX), limit: 3 });
    expect(() => feed.next()).toThrow(expect.objectContaining({ code: 'ECATALOG_CORRUPT' }));
  });

  it('refuses blocks of no rows or of too many', () => {
    const catalog = newCatalog();
    for (const limit of [0, -1, 32_769]) {
      expect(() => drain(catalog, { limit })).toThrow(expect.objectContaining({ code: 'EINVARIANT' }));
    }
  });
});
