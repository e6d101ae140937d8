import Database from 'better-sqlite3';
import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { APPLICATION_ID } from '../../../src/catalog/file-header.js';
import { assertCatalogElsewhere } from '../../../src/catalog/catalog-place.js';
import { createCatalogFile, newCatalogIdentity } from '../../../src/catalog/create-catalog.js';
import { openCatalog } from '../../../src/catalog/open-catalog.js';
import { SCHEMA_VERSION } from '../../../src/catalog/migrations.js';
import { parseObjectId, toOp } from '../../../src/dm/identity.js';
import { toIno } from '../../../src/native/inode-id.js';
import { statPath } from '../../../src/native/statx.js';
import { locksOn } from './own-locks.js';
import { fileRow, FS, newCatalog, open, scratchFolder, scratchPath } from './sample-catalog.js';

const coded = (code: string): unknown => expect.objectContaining({ code, message: expect.stringMatching(/.{20}/) });

/** Every file of a folder with its bytes and times. */
function snapshot(folder: string): unknown {
  return fs.readdirSync(folder).map((name) => {
    const file = path.join(folder, name);
    return { name, bytes: fs.readFileSync(file).toString('hex'), mtimeMs: fs.statSync(file).mtimeMs };
  });
}

/** A closed catalog of some hundred pages. */
function filledCatalog(): string {
  const catalog = newCatalog();
  catalog.transaction(() => {
    for (let ino = 1n; ino <= 3000n; ino++) catalog.files.put(fileRow({ ino: toIno(ino) }));
  });
  catalog.close();
  return catalog.path;
}

/**
 * The kernel drops all POSIX locks of a process on a file when the process closes any descriptor of it. A second opening
 * looked at the header through one of its own: then a sqlite3 shell that ended could take the log away from under the
 * first connection, whose commits (intents among them) went into a deleted file.
 */
describe('opening a second time in one process', () => {
  it('leaves the first connection its locks', () => {
    const first = newCatalog();
    const locks = locksOn(first.path);
    expect(locks).toHaveLength(1);
    open(first.path, 'read').close();
    expect(locksOn(first.path)).toEqual(locks);
  });
});

describe('closing', () => {
  // "At rest it is one file": whoever copies that one must have all of it.
  it('leaves all in the one file, though somebody reads on', () => {
    const catalog = newCatalog();
    const reader = open(catalog.path, 'read');
    expect(reader.files.page(FS, { limit: 1 })).toEqual([]);
    catalog.files.put(fileRow({ ino: toIno(5n) }));
    catalog.close();
    const copy = scratchPath();
    fs.copyFileSync(catalog.path, copy);
    expect(open(copy, 'write').files.page(FS, { limit: 9 })).toHaveLength(1);
  });
});

describe('creating', () => {
  it('makes a file of our own kind, in a folder that it makes, for the owner only', () => {
    const file = path.join(scratchFolder(), 'new', 'folder', 'catalog.db');
    const catalog = open(file, 'create');
    expect(catalog.writable).toBe(true);
    expect(catalog.catalogId()).toMatch(/^[0-9a-f-]{36}$/);
    catalog.close();
    const header = fs.readFileSync(file);
    expect(header.readUInt32BE(68)).toBe(APPLICATION_ID);
    expect(header.readUInt32BE(60)).toBe(SCHEMA_VERSION);
    expect(fs.statSync(file).mode & 0o777).toBe(0o600);
    expect(fs.statSync(path.dirname(file)).mode & 0o777).toBe(0o700);
  });

  it('leaves a single file behind once closed', () => {
    const catalog = newCatalog();
    expect(fs.readdirSync(path.dirname(catalog.path)).sort()).toEqual([
      'catalog.db',
      'catalog.db-shm',
      'catalog.db-wal',
    ]);
    catalog.close();
    catalog.close();
    expect(fs.readdirSync(path.dirname(catalog.path))).toEqual(['catalog.db']);
  });

  it('takes the identity that it is given, when a catalog is rebuilt', () => {
    const identity = {
      catalogId: parseObjectId('01890a5d-ac96-774b-bcce-b302099a8057'),
      epoch: 5n,
      opLimit: toOp(77n),
    };
    const catalog = open(scratchPath(), 'create', { identity });
    expect(catalog.catalogId()).toBe(identity.catalogId);
    expect(catalog.ops.state()).toEqual({ epoch: 5n, nextOp: 77n, opLimit: 77n, announcedLimit: 77n });
  });

  it('opens what is there already', () => {
    const first = newCatalog();
    const second = open(first.path, 'create');
    expect(second.catalogId()).toBe(first.catalogId());
  });

  it('leaves a catalog alone that another process made at the same moment', () => {
    const file = filledCatalog();
    const before = snapshot(path.dirname(file));
    createCatalogFile(file, newCatalogIdentity());
    expect(snapshot(path.dirname(file))).toEqual(before);
  });
});

describe('opening for reading', () => {
  it('writes nothing, and nothing beside the file', () => {
    const file = filledCatalog();
    const before = snapshot(path.dirname(file));
    const catalog = open(file, 'read');
    expect(catalog.files.countByState(FS)).toEqual({ dual: 3000, offline: 0 });
    expect(snapshot(path.dirname(file))).toEqual(before);
    catalog.close();
    expect(snapshot(path.dirname(file))).toEqual(before);
  });

  it('refuses to change anything', () => {
    const catalog = open(filledCatalog(), 'read');
    expect(catalog.writable).toBe(false);
    expect(() => catalog.files.put(fileRow())).toThrow(coded('ECATALOG_READONLY'));
  });

  it('sees what a writer that is still open committed', () => {
    const writer = newCatalog();
    const reader = open(writer.path, 'read');
    writer.files.put(fileRow());
    expect(reader.files.countByState(FS).dual).toBe(1);
  });

  it('sees what a killed writer committed, and leaves the log and the file as they are', () => {
    const writer = newCatalog();
    writer.files.put(fileRow());
    const crashed = scratchFolder();
    for (const name of ['catalog.db', 'catalog.db-wal']) {
      fs.copyFileSync(path.join(path.dirname(writer.path), name), path.join(crashed, name));
    }
    const before = snapshot(crashed);
    const reader = open(path.join(crashed, 'catalog.db'), 'read');
    expect(reader.files.countByState(FS).dual).toBe(1);
    reader.close();
    fs.rmSync(path.join(crashed, 'catalog.db-shm'), { force: true });
    expect(snapshot(crashed)).toEqual(before);
    const next = open(path.join(crashed, 'catalog.db'), 'write');
    expect(next.files.countByState(FS).dual).toBe(1);
    next.close();
    expect(fs.readdirSync(crashed)).toEqual(['catalog.db']);
  });

  it('goes on when a writer comes and goes', () => {
    const file = filledCatalog();
    const reader = open(file, 'read');
    expect(reader.files.changeSeq()).toBe(3000n);
    const writer = open(file, 'write');
    writer.files.put(fileRow());
    expect(reader.files.changeSeq()).toBe(3001n);
    writer.close();
    expect(reader.files.changeSeq()).toBe(3001n);
  });
});

describe('what is no catalog', () => {
  const foreign: readonly (readonly [string, (file: string) => void])[] = [
    ["another program's database", (file) => new Database(file).exec('CREATE TABLE t (a)').close()],
    ['a text', (file) => fs.writeFileSync(file, 'dear diary, '.repeat(100))],
    ['an empty file', (file) => fs.writeFileSync(file, '')],
    ['a folder', (file) => fs.mkdirSync(file)],
    ['half a header', (file) => fs.writeFileSync(file, 'SQLite format 3\0\0\0')],
  ];

  it.each(
    foreign.flatMap(([what, make]) =>
      (['read', 'write', 'create'] as const).map((mode) => [what, mode, make] as const),
    ),
  )('%s is refused in mode %s and left alone', (what, mode, make) => {
    const file = scratchPath();
    make(file);
    const content = (): unknown => (what === 'a folder' ? fs.readdirSync(file) : snapshot(path.dirname(file)));
    const before = content();
    expect(() => open(file, mode)).toThrow(coded('ECATALOG_FOREIGN'));
    expect(content()).toEqual(before);
  });

  it("does not touch another program's database that has a log of its own", () => {
    const file = scratchPath();
    const other = new Database(file);
    onTestFinished(() => void other.close());
    other.pragma('journal_mode = WAL');
    other.exec('CREATE TABLE t (a); INSERT INTO t VALUES (1)');
    const crashed = scratchFolder();
    for (const name of fs.readdirSync(path.dirname(file))) {
      fs.copyFileSync(path.join(path.dirname(file), name), path.join(crashed, name));
    }
    const before = snapshot(crashed);
    expect(() => open(path.join(crashed, 'catalog.db'), 'create')).toThrow(coded('ECATALOG_FOREIGN'));
    expect(snapshot(crashed)).toEqual(before);
  });

  it.each(['read', 'write'] as const)('nothing at all: mode %s says to run init, and makes nothing', (mode) => {
    const file = scratchPath();
    expect(() => open(file, mode)).toThrow(/hsmck init/);
    expect(() => open(file, mode)).toThrow(coded('ECATALOG_MISSING'));
    expect(fs.readdirSync(path.dirname(file))).toEqual([]);
  });
});

describe('a damaged catalog', () => {
  function damage(change: (bytes: Buffer) => Buffer): string {
    const file = filledCatalog();
    fs.writeFileSync(file, change(fs.readFileSync(file)));
    return file;
  }

  it('with a page of nonsense in the middle is refused for writing', () => {
    const file = damage((bytes) => bytes.fill(0xa5, 4096 * 40, 4096 * 41));
    const before = snapshot(path.dirname(file));
    expect(() => open(file, 'write')).toThrow(coded('ECATALOG_CORRUPT'));
    expect(snapshot(path.dirname(file))).toEqual(before);
  });

  it('with flipped page headers is refused wherever they are', () => {
    const pages = fs.statSync(filledCatalog()).size / 4096;
    let found = 0;
    for (let page = 1; page < pages; page += 7) {
      const file = damage((bytes) => bytes.fill(0xff, 4096 * page, 4096 * page + 8));
      expect(() => open(file, 'write').checkIntegrity(), `page ${page}`).toThrow(coded('ECATALOG_CORRUPT'));
      found++;
    }
    expect(found).toBeGreaterThan(10);
  });

  it('that lost its end is refused for reading too', () => {
    for (const keptPages of [1, 2, 50]) {
      const file = damage((bytes) => bytes.subarray(0, 4096 * keptPages));
      for (const mode of ['read', 'write'] as const) {
        expect(() => open(file, mode), `${mode} ${keptPages}`).toThrow(coded('ECATALOG_CORRUPT'));
      }
    }
  });

  it('is met by a reader as a coded error at the latest when it gets there', () => {
    const file = damage((bytes) => bytes.fill(0xff, 4096 * 20));
    expect(() => open(file, 'read').files.countByState(FS)).toThrow(coded('ECATALOG_CORRUPT'));
  });

  it.each(['DROP TABLE file', 'DELETE FROM catalog'])('by hand (%s) is refused', (statement) => {
    const file = filledCatalog();
    new Database(file).exec(statement).close();
    for (const mode of ['read', 'write'] as const) expect(() => open(file, mode)).toThrow(coded('ECATALOG_CORRUPT'));
  });

  it('whose index does not fit its table is told by the full check', () => {
    const file = filledCatalog();
    const db = new Database(file);
    db.unsafeMode().pragma('writable_schema = ON');
    db.exec("UPDATE sqlite_schema SET sql = 'CREATE INDEX file_by_object ON file (op)' WHERE name = 'file_by_object'");
    db.close();
    expect(() => open(file, 'write').checkIntegrity()).toThrow(coded('ECATALOG_CORRUPT'));
  });
});

describe('a catalog in other hands', () => {
  it.each(['read', 'write'] as const)('locked whole: mode %s gives up after the wait', (mode) => {
    const file = filledCatalog();
    const other = new Database(file);
    onTestFinished(() => void other.close());
    other.exec('BEGIN EXCLUSIVE');
    const startedMs = performance.now();
    expect(() => open(file, mode, { busyTimeoutMs: 300 })).toThrow(coded('ECATALOG_LOCKED'));
    const waitedMs = performance.now() - startedMs;
    expect(waitedMs).toBeGreaterThan(250);
    expect(waitedMs).toBeLessThan(5000);
  });

  it('written to by another: a transaction gives up after the wait, and works afterwards', () => {
    const one = newCatalog();
    const two = open(one.path, 'write');
    one.transaction(() => {
      expect(() => two.files.put(fileRow())).toThrow(coded('ECATALOG_LOCKED'));
    });
    two.files.put(fileRow());
    expect(one.files.countByState(FS).dual).toBe(1);
  });

  it('of a newer hsmck is refused, in the header and in the log', () => {
    const file = filledCatalog();
    const db = new Database(file);
    onTestFinished(() => void db.close());
    db.pragma('journal_mode = WAL');
    db.pragma(`user_version = ${SCHEMA_VERSION + 1}`);
    for (const mode of ['read', 'write', 'create'] as const) {
      expect(() => open(file, mode)).toThrow(coded('ECATALOG_NEWER'));
    }
    db.pragma('wal_checkpoint(TRUNCATE)');
    db.close();
    const before = snapshot(path.dirname(file));
    for (const mode of ['read', 'write', 'create'] as const) {
      expect(() => open(file, mode)).toThrow(coded('ECATALOG_NEWER'));
    }
    expect(snapshot(path.dirname(file))).toEqual(before);
  });
});

describe('assertCatalogElsewhere', () => {
  it('goes by the device of the folder that the catalog is or will be in, through links', () => {
    const folder = scratchFolder();
    const { device } = statPath(Buffer.from(folder));
    const link = path.join('/dev/shm', path.basename(folder));
    fs.symlinkSync(folder, link);
    onTestFinished(() => fs.rmSync(link));
    for (const file of ['catalog.db', 'not/there/yet/catalog.db']) {
      expect(() => assertCatalogElsewhere(path.join(folder, file), device)).toThrow(coded('ECATALOG_ON_FILESYSTEM'));
      expect(() => assertCatalogElsewhere(path.join(link, file), device)).toThrow(coded('ECATALOG_ON_FILESYSTEM'));
      expect(() => assertCatalogElsewhere(path.join(folder, file), '0:0')).not.toThrow();
    }
  });
});

describe('unreadable', () => {
  it('a path below a file is a coded error', () => {
    const file = filledCatalog();
    expect(() => openCatalog({ path: path.join(file, 'catalog.db'), mode: 'create' })).toThrow(coded('ENOTDIR'));
  });
});
