/**
 * Rows read from the catalog's pages are those that SQLite gives, whatever was done to the tables and to the file; a
 * writer beside it changes nothing of what is held, and nothing is held where it could.
 */
import Database from 'better-sqlite3';
import fc from 'fast-check';
import fs from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import type { Catalog } from '../../../src/catalog/catalog.js';
import type { FeedBlock, RowFeed } from '../../../src/catalog/feed-block.js';
import { proveCopies } from '../../../src/catalog/pages/copy-proof.js';
import { PageLease } from '../../../src/catalog/pages/page-lease.js';
import type { PageFeed } from '../../../src/catalog/pages/page-feed.js';
import type { PageSnapshot } from '../../../src/catalog/pages/page-snapshot.js';
import { ALL_COPIES } from '../../../src/catalog/pages/range-rows.js';
import { toGen, toIno } from '../../../src/native/inode-id.js';
import { fileRow, FS, newCatalog, open, scratchPath } from './sample-catalog.js';
import { locksOn } from './own-locks.js';

const MAX = (1n << 63n) - 1n;
const ALL = { fs: FS, fromIno: toIno(0n), toIno: toIno(MAX) };

/** Every column of a row that the join compares, as text. */
function rowAt(block: FeedBlock, row: number): string {
  const { inoHigh, inoLow, gen, state, opHigh, opLow, sizeHigh, sizeLow, mtimeHigh, mtimeLow } = block;
  const columns = [inoHigh, inoLow, gen, state, opHigh, opLow, sizeHigh, sizeLow, mtimeHigh, mtimeLow];
  const { ctimeHigh, ctimeLow, nonzeroHigh, nonzeroLow, nonzeroBlocks } = block;
  const numbers = [...columns, ctimeHigh, ctimeLow, nonzeroHigh, nonzeroLow, nonzeroBlocks].map(
    (column) => column[row],
  );
  return `${numbers.join(' ')} ${Buffer.from(block.objectIds.subarray(row * 16, row * 16 + 16)).toString('hex')}`;
}

function drain(feed: RowFeed): string[] {
  const rows: string[] = [];
  for (let block = feed.next(); block.count > 0; block = feed.next()) {
    for (let row = 0; row < block.count; row++) rows.push(rowAt(block, row));
  }
  return rows;
}

function hold(catalog: Catalog): PageSnapshot {
  const pages = catalog.holdPages();
  if (pages === undefined) throw new Error('the pages cannot be held');
  onTestFinished(() => pages.close());
  return pages;
}

/** As the sqlite3 shell would have it open. */
function shell(path: string): Database.Database {
  const db = new Database(path, { timeout: 0 });
  onTestFinished(() => void db.close());
  return db;
}

const INSERT = `INSERT OR REPLACE INTO file VALUES (@fs, @ino, @gen, @state, @id, @op, @time, @size, @time, @time, @size, 1, @path)`;

const anyInteger = fc.oneof(
  fc.bigInt(0n, MAX),
  fc.constantFrom(0n, 1n, 127n, 128n, 0x7fffn, 0x8000n, 0x7f_ffffn, 0x80_0000n, 0x7fff_ffffn, 0x8000_0000n, MAX),
  fc.constantFrom(0x7fff_ffff_ffffn, 0x8000_0000_0000n, 0xffff_ffffn, 0x1_0000_0000n),
);
const anyRow = fc.record({
  fs: fc.constantFrom(BigInt(FS), 0n),
  ino: fc.oneof(fc.bigInt(0n, 300n), anyInteger),
  gen: fc.constantFrom(0n, 1n, 0x7fff_ffffn, 0x8000_0000n, 0xffff_ffffn),
  state: fc.constantFrom('dual', 'offline'),
  id: fc.uint8Array({ minLength: 16, maxLength: 16 }).map((id) => Buffer.from(id)),
  op: anyInteger,
  size: anyInteger,
  time: fc.oneof(anyInteger, fc.bigInt(-(1n << 63n), -1n), fc.constantFrom(-1n, -128n, -129n, -32_769n)),
  // Long enough for pages of their own, now and then.
  path: fc.oneof(
    fc.constant(null),
    fc.integer({ min: 0, max: 6000 }).map((bytes) => Buffer.alloc(bytes, 'p')),
  ),
});

/** What somebody may do to the table with SQL. */
const CHANGES = [
  'UPDATE file SET op = op / 2, size = size / 3 WHERE ino % 3 = 1',
  'DELETE FROM file WHERE ino % 7 < 2',
  "UPDATE file SET state = 'offline', path_hint = NULL WHERE ino % 5 = 0",
  'UPDATE file SET mtime_ns = -mtime_ns / 2 WHERE gen > 1',
  'UPDATE OR REPLACE file SET ino = ino / 2 WHERE ino % 11 = 3',
  'DELETE FROM file',
  'VACUUM',
  'ALTER TABLE file ADD COLUMN remark TEXT',
] as const;

describe('reading the pages', () => {
  it('gives the rows that SQLite gives, after any change by SQL, in any range', () => {
    const catalog = newCatalog();
    const db = shell(catalog.path);
    db.pragma('foreign_keys = OFF');
    const insert = db.prepare(INSERT);
    const property = fc.property(
      fc.array(anyRow, { maxLength: 400 }),
      fc.array(fc.constantFrom(...CHANGES), { maxLength: 3 }),
      fc.tuple(anyInteger, anyInteger),
      fc.integer({ min: 1, max: 50 }),
      (rows, changes, [a, b], limit) => {
        db.transaction(() => rows.forEach((row) => insert.run(row)))();
        for (const change of changes) {
          const isMade =
            db.prepare("SELECT 1 FROM pragma_table_info('file') WHERE name = 'remark'").get() !== undefined;
          if (!change.startsWith('ALTER') || !isMade) db.exec(change);
          if (change.startsWith('ALTER')) db.exec('ALTER TABLE file DROP COLUMN remark');
        }
        const range = { fs: FS, fromIno: toIno(a < b ? a : b), toIno: toIno(a < b ? b : a), limit };
        const pages = hold(catalog);
        for (const options of [range, { ...ALL, limit }]) {
          const feed = catalog.files.pageFeed(pages.source, options);
          expect(drain(feed)).toEqual(drain(catalog.files.feed(options)));
          expect(feed.isBySql).toBe(false);
        }
        pages.close();
      },
    );
    fc.assert(property, { numRuns: 60 });
  });

  it('gives them with a column more, and leaves a table of another layout to SQLite', () => {
    const catalog = newCatalog();
    catalog.files.put(fileRow());
    const db = shell(catalog.path);
    db.exec("ALTER TABLE file ADD COLUMN remark TEXT DEFAULT 'x'");
    const pages = hold(catalog);
    expect(drain(catalog.files.pageFeed(pages.source, ALL))).toEqual(drain(catalog.files.feed(ALL)));
    pages.close();
    db.exec('ALTER TABLE file RENAME COLUMN op TO operation');
    expect(catalog.holdPages()).toBeUndefined();
  });
});

describe('a process that may not have the memory', () => {
  it('has all rows from SQLite, and proves nothing', () => {
    const catalog = newCatalog();
    catalog.files.put(fileRow());
    const pages = hold(catalog);
    const { WebAssembly: wasm } = globalThis as unknown as { WebAssembly: { Memory: new () => unknown } };
    const refuse = vi.spyOn(wasm, 'Memory').mockImplementation(function refuseMemory() {
      throw new RangeError('WebAssembly.Memory(): could not allocate memory');
    });
    onTestFinished(() => refuse.mockRestore());
    const feed = catalog.files.pageFeed(pages.source, ALL);
    expect(drain(feed)).toEqual(drain(catalog.files.feed(ALL)));
    expect([feed.isBySql, feed.rowsRead]).toEqual([true, undefined]);
    const options = { source: pages.source, range: ALL_COPIES, fs: FS, store: undefined, cancelled: () => false };
    expect(proveCopies(options)).toBeUndefined();
  });
});

/** A closed catalog with a tree of three levels. */
function filledCatalog(): string {
  const catalog = newCatalog();
  const pathHint = Buffer.alloc(700, 'x');
  catalog.transaction(() => {
    for (let ino = 1n; ino <= 6000n; ino++) catalog.files.put(fileRow({ ino: toIno(ino), pathHint }));
  });
  catalog.close();
  return catalog.path;
}

function drainOrFail(feed: RowFeed): string[] | 'failed' {
  try {
    return drain(feed);
  } catch (error) {
    expect(error).toMatchObject({ code: 'ECATALOG_CORRUPT' });
    return 'failed';
  }
}

/** Undefined where the damage is in what every opening looks at. */
function openOrRefuse(path: string): Catalog | undefined {
  try {
    return open(path, 'read');
  } catch (error) {
    expect(error).toMatchObject({ code: 'ECATALOG_CORRUPT' });
    return undefined;
  }
}

describe('damage', () => {
  it('by flipped bits gives what SQLite makes of it', () => {
    const sound = fs.readFileSync(filledCatalog());
    const path = scratchPath();
    let same = 0;
    let bySqlOnly = 0;
    const property = fc.property(fc.array(fc.nat(sound.length * 8 - 1), { minLength: 1, maxLength: 40 }), (bits) => {
      const bytes = Buffer.from(sound);
      for (const bit of bits) if (bit >= 8 * 4096) bytes[bit >> 3] = (bytes[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      fs.writeFileSync(path, bytes);
      const catalog = openOrRefuse(path);
      const pages = catalog?.holdPages();
      if (catalog === undefined || pages === undefined) return catalog?.close();
      // In one block, for SQLite seeks anew for each.
      const options = { ...ALL, limit: 8192 };
      const feed = catalog.files.pageFeed(pages.source, options);
      const rows = drainOrFail(feed);
      const bySql = drainOrFail(catalog.files.feed(options));
      // Damage that SQLite comes by when it seeks behind a row, and not when it reads on, fails one of them: other rows, never.
      if (rows === 'failed') expect(feed.isBySql).toBe(true);
      else if (bySql !== 'failed') expect(rows).toEqual(bySql);
      if (feed.isBySql) bySqlOnly += 1;
      else same += 1;
      pages.close();
      catalog.close();
    });
    fc.assert(property, { numRuns: 40 });
    // Both ways were gone.
    expect(Math.min(same, bySqlOnly)).toBeGreaterThan(0);
  });

  // Such a row was taken for one of an inode beyond 2^63, behind which SQLite was then to go on: it cannot be asked that.
  it.each([0, 1])('that makes the inode number of row %i negative is not believed', (row) => {
    const catalog = newCatalog();
    for (const ino of [0x7abc_def0_1234n, 0x7abc_def0_1235n]) catalog.files.put(fileRow({ ino: toIno(ino) }));
    catalog.close();
    const bytes = fs.readFileSync(catalog.path);
    const at = bytes.indexOf(Buffer.from(row === 0 ? '7abcdef01234' : '7abcdef01235', 'hex'));
    bytes[at] = (bytes[at] ?? 0) | 0x80;
    fs.writeFileSync(catalog.path, bytes);
    const damaged = open(catalog.path, 'read');
    const pages = hold(damaged);
    for (const limit of [1, 2, 3]) {
      const feed = damaged.files.pageFeed(pages.source, { ...ALL, limit });
      expect(drainOrFail(feed)).toEqual(drainOrFail(damaged.files.feed({ ...ALL, limit })));
      expect(feed.isBySql).toBe(true);
    }
  });

  it('of a file that was cut or written to behind SQLite is noticed, and what was read of it not believed', () => {
    const harms = [
      (path: string): void => fs.truncateSync(path, fs.statSync(path).size - 8192),
      (path: string): void => fs.writeFileSync(path, fs.readFileSync(path)),
    ];
    for (const harm of harms) {
      const path = filledCatalog();
      const catalog = open(path, 'read');
      const pages = hold(catalog);
      const feed = catalog.files.pageFeed(pages.source, { ...ALL, limit: 100 });
      expect(feed.next().count).toBe(100);
      harm(path);
      drainOrFail(feed);
      expect(feed.isBySql).toBe(true);
      pages.close();
      catalog.close();
    }
  });
});

describe('beside a writer', () => {
  it('the pages stay as they were, and the log is checked in when they are let go', () => {
    const catalog = open(filledCatalog(), 'write');
    const before = drain(catalog.files.feed(ALL));
    const pages = hold(catalog);
    const db = shell(catalog.path);
    db.exec('UPDATE file SET size = size + 1; DELETE FROM file WHERE ino % 2 = 0');
    expect(db.pragma('wal_checkpoint(PASSIVE)')).toEqual([expect.objectContaining({ checkpointed: 0 })]);
    const feed = catalog.files.pageFeed(pages.source, ALL);
    expect(drain(feed)).toEqual(before);
    expect(feed.isBySql).toBe(false);
    expect(drain(catalog.files.feed(ALL))).toHaveLength(3000);
    pages.close();
    expect(db.pragma('wal_checkpoint(TRUNCATE)')).toEqual([{ busy: 0, log: 0, checkpointed: 0 }]);
    const again = hold(catalog);
    expect(drain(catalog.files.pageFeed(again.source, ALL))).toHaveLength(3000);
  });

  it('nothing is held while the log is in use: by a reader of an earlier state, or under a catalog opened for reading', () => {
    const catalog = newCatalog();
    const db = shell(catalog.path);
    db.exec('BEGIN');
    db.prepare('SELECT count(*) FROM file').get();
    catalog.files.put(fileRow());
    expect(catalog.holdPages()).toBeUndefined();
    db.exec('COMMIT');
    expect(open(catalog.path, 'read').holdPages()).toBeUndefined();
    expect(catalog.holdPages()?.close()).toBeUndefined();
  });

  it('a reader goes on through SQLite where it stood when the pages are taken back', () => {
    const catalog = open(filledCatalog(), 'write');
    const whole = drain(catalog.files.feed(ALL));
    const pages = hold(catalog);
    for (const blocks of [0, 1, 7]) {
      const feed: PageFeed = catalog.files.pageFeed(pages.source, { ...ALL, limit: 500 });
      const rows: string[] = [];
      for (let index = 0; index < blocks; index++) {
        const block = feed.next();
        for (let row = 0; row < block.count; row++) rows.push(rowAt(block, row));
      }
      if (blocks === 7) new PageLease(pages.source.lease).revoke();
      expect([...rows, ...drain(feed)]).toEqual(whole);
      expect(feed.isBySql).toBe(blocks === 7);
    }
  });

  it('a log that grows is let go', async () => {
    const catalog = newCatalog();
    const pages = hold(catalog);
    const lease = new PageLease(pages.source.lease);
    const db = shell(catalog.path);
    db.exec('CREATE TABLE filler (bytes BLOB)');
    db.prepare('INSERT INTO filler VALUES (zeroblob(?))').run(65 * 1024 * 1024);
    expect(lease.enter()).toBe(true);
    await sleep(1200);
    // Not from under a reader.
    expect(db.pragma('wal_checkpoint(TRUNCATE)', { simple: true })).toBe(1);
    lease.leave();
    expect(lease.enter()).toBe(false);
    await sleep(1200);
    expect(db.pragma('wal_checkpoint(TRUNCATE)', { simple: true })).toBe(0);
  });

  it('the locks of the catalog stay while it is open', () => {
    const catalog = newCatalog();
    hold(catalog).close();
    expect(locksOn(catalog.path)).toHaveLength(1);
  });
});

describe('the pages of a generation that was used again', () => {
  it('come in the order of generations', () => {
    const catalog = newCatalog();
    for (const gen of [7, 0xffff_ffff, 0, 1]) catalog.files.put(fileRow({ gen: toGen(gen) }));
    const pages = hold(catalog);
    expect(drain(catalog.files.pageFeed(pages.source, ALL))).toEqual(drain(catalog.files.feed(ALL)));
  });
});
