import Database from 'better-sqlite3';
import { describe, expect, it, onTestFinished } from 'vitest';
import { OBJECT_STATUSES } from '../../../src/catalog/object-row.js';
import { FileRows } from '../../../src/catalog/file-rows.js';
import { IntentRows } from '../../../src/catalog/intent-rows.js';
import { ObjectRows } from '../../../src/catalog/object-rows.js';

import { SqlSession, type SqlParameters, type SqlRow } from '../../../src/catalog/sql-session.js';
import { newObjectId, objectIdFromBytes, parseObjectId, toFsId, toOp } from '../../../src/dm/identity.js';
import { toGen, toIno } from '../../../src/native/inode-id.js';
import { fileRow, FILESYSTEM, findingRow, FS, newCatalog, objectRow, OWNER, STORE } from './sample-catalog.js';

const MAX = (1n << 63n) - 1n;
const invariant = expect.objectContaining({ code: 'EINVARIANT' }) as unknown;

/** How SQLite goes about what is asked of a new catalog through a connection. */
function plansOf(ask: (session: SqlSession) => void): string[] {
  const db = new Database(newCatalog().path);
  onTestFinished(() => void db.close());
  const plans: string[] = [];
  class Explained extends SqlSession {
    override all(sql: string, parameters: SqlParameters = []): SqlRow[] {
      const steps = db.prepare(`EXPLAIN QUERY PLAN ${sql}`).all(parameters) as { readonly detail: string }[];
      plans.push(steps.map(({ detail }) => detail).join('; '));
      return super.all(sql, parameters);
    }
  }
  ask(new Explained(db, 'here'));
  return plans;
}

// Sorted or gone through anew for each page, all rows cost a time that grows with their square.
describe('a page', () => {
  const [after, upTo] = [newObjectId(), newObjectId()];
  it.each(OBJECT_STATUSES)('of objects that are %s comes in the order of their ids', (status) => {
    const plans = plansOf((session) => {
      for (const bounds of [{}, { after }, { after, upTo }])
        new ObjectRows(session).page({ storeId: STORE, fs: FS, status, limit: 9, ...bounds });
    });
    expect(plans).toHaveLength(3);
    for (const plan of plans)
      expect(plan).toMatch(/^SEARCH object USING (PRIMARY KEY|INDEX object_not_verified)[^;]*$/);
  });

  it('of intents comes in the order of their operations', () => {
    const plans = plansOf((session) => void new IntentRows(session).page(FS, { after: toOp(5n), limit: 9 }));
    expect(plans).toEqual(['SEARCH intent USING INTEGER PRIMARY KEY (rowid>?)']);
  });

  it('of files without a copy looks up those files, and no others', () => {
    const file = fileRow({ objectId: after });
    const plans = plansOf((session) => {
      for (const behind of [{}, { after: file }])
        new FileRows(session).pageWithoutCopy(FS, { range: { after, upTo }, limit: 9, ...behind });
    });
    expect(plans).toHaveLength(2);
    for (const plan of plans) {
      expect(plan).toMatch(/SEARCH bound USING COVERING INDEX file_by_object [^;]*object_id/);
      expect(plan).toMatch(/SEARCH file USING PRIMARY KEY \(fs=\? AND ino=\? AND gen=\?\)/);
    }
  });
});

describe('files', () => {
  it('come back exactly, beyond 2^53 too', () => {
    const catalog = newCatalog();
    const row = fileRow({
      ino: toIno(MAX),
      gen: toGen(0xffff_ffff),
      op: toOp(MAX - 1n),
      sizeBytes: (1n << 53n) + 1n,
      mtimeNs: -(1n << 63n),
      ctimeNs: MAX,
      btimeNs: -1n,
      nonzeroBytes: (1n << 53n) + 3n,
      pathHint: Buffer.from([0, 0xff, 0x2f]),
    });
    catalog.files.put(row);
    expect(catalog.files.find(FS, row)).toEqual({ ...row, changeSeq: 1n });
    catalog.files.put({ ...row, state: 'offline', pathHint: undefined });
    expect(catalog.files.find(FS, row)).toEqual({ ...row, state: 'offline', pathHint: undefined, changeSeq: 2n });
    expect(catalog.files.countByState(FS)).toEqual({ dual: 0, offline: 1 });
  });

  it('keep times beyond 2262 as the greatest that fit', () => {
    const catalog = newCatalog();
    catalog.files.put(fileRow({ mtimeNs: MAX + 1n, ctimeNs: -MAX - 2n }));
    expect(catalog.files.find(FS, fileRow())).toMatchObject({ mtimeNs: MAX, ctimeNs: -MAX - 1n });
  });

  it.each([{ ino: toIno(1n << 63n) }, { sizeBytes: -1n }, { fs: toFsId(1) }])('refuse %o', (change) => {
    expect(() => newCatalog().files.put(fileRow(change))).toThrow(invariant);
  });

  it('are found by inode number in any generation, by object, and in pages', () => {
    const catalog = newCatalog();
    const objectId = newObjectId();
    for (const gen of [3, 1, 2]) catalog.files.put(fileRow({ gen: toGen(gen), objectId }));
    catalog.files.put(fileRow({ ino: toIno(9n) }));
    expect(catalog.files.findByIno(FS, toIno(131n)).map((row) => row.gen)).toEqual([1, 2, 3]);
    expect(catalog.files.findByObject(objectId)).toHaveLength(3);
    const first = catalog.files.page(FS, { limit: 2 });
    expect(first.map((row) => [row.ino, row.gen])).toEqual([
      [9n, 7],
      [131n, 1],
    ]);
    const after = { ino: toIno(131n), gen: toGen(1) };
    expect(catalog.files.page(FS, { after, limit: 9 }).map((row) => row.gen)).toEqual([2, 3]);
  });

  it('number every change, removals too', () => {
    const catalog = newCatalog();
    expect(catalog.files.put(fileRow())).toBe(1n);
    expect(catalog.files.delete(FS, fileRow())).toBe(true);
    expect(catalog.files.delete(FS, fileRow())).toBe(false);
    expect(catalog.files.put(fileRow())).toBe(4n);
    expect(catalog.files.changeSeq()).toBe(4n);
  });

  it('that share an object are listed, in pages', () => {
    const catalog = newCatalog();
    const ids = [1, 2, 3].map((byte) => objectIdFromBytes(Buffer.alloc(16, byte)));
    for (const [index, objectId] of ids.entries()) {
      for (const gen of [1, 2]) catalog.files.put(fileRow({ ino: toIno(BigInt(index)), gen: toGen(gen), objectId }));
    }
    catalog.files.put(fileRow());
    const first = catalog.files.duplicateBindings({ limit: 2 });
    expect(first.map((duplicate) => duplicate.objectId)).toEqual(ids.slice(0, 2));
    expect(first[0]?.files.map((file) => file.gen)).toEqual([1, 2]);
    const after = parseObjectId(ids[1] ?? '');
    expect(catalog.files.duplicateBindings({ limit: 2, after }).map((one) => one.objectId)).toEqual(ids.slice(2));
  });
});

describe('objects', () => {
  it('come back exactly and go through their life', () => {
    const catalog = newCatalog();
    const incomplete = objectRow({ nonzeroBytes: MAX, mapCoarse: true, mtimeNs: -5n });
    catalog.objects.put(incomplete);
    expect(catalog.objects.find(incomplete.objectId)).toEqual(incomplete);
    const complete = {
      ...incomplete,
      status: 'complete' as const,
      sha256: Buffer.alloc(32, 9),
      nonzeroMap: Buffer.from([1, 2, 3]),
    };
    catalog.objects.put(complete);
    expect(catalog.objects.find(complete.objectId)).toEqual(complete);
    expect(catalog.objects.setVerified(complete.objectId, 11)).toBe(true);
    expect(catalog.objects.find(complete.objectId)).toEqual({ ...complete, status: 'verified', verifiedMs: 11 });
    catalog.objects.setTrashed(complete.objectId, 12, 'removed');
    expect(catalog.objects.find(complete.objectId)).toMatchObject({ trashedMs: 12, trashReason: 'removed' });
    catalog.objects.setStatus(complete.objectId, 'purged');
    expect(catalog.objects.countByStatus(STORE)).toEqual({
      incomplete: 0,
      complete: 0,
      verified: 0,
      trash: 0,
      purged: 1,
    });
    expect(catalog.objects.setStatus(newObjectId(), 'trash')).toBe(false);
  });

  it('are not complete without a digest and a map', () => {
    expect(() => newCatalog().objects.put(objectRow({ status: 'complete' }))).toThrow(invariant);
  });

  it('are paged by store, status and filesystem', () => {
    const catalog = newCatalog();
    const proven = { sha256: Buffer.alloc(32), nonzeroMap: Buffer.alloc(1) };
    const rows = Array.from({ length: 10 }, (_, index) =>
      objectRow({
        objectId: objectIdFromBytes(Buffer.alloc(16, index + 1)),
        status: index % 2 === 0 ? 'verified' : 'trash',
        fs: toFsId(index < 4 ? 1 : 2),
        op: toOp(BigInt(10 - index)),
        ...proven,
      }),
    );
    catalog.transaction(() => rows.forEach((row) => catalog.objects.put(row)));
    expect(catalog.objects.page({ storeId: STORE, limit: 100 })).toEqual(rows);
    const page = catalog.objects.page({ storeId: STORE, status: 'trash', limit: 2 });
    expect(page).toEqual([rows[1], rows[3]]);
    const after = page[1]?.objectId ?? newObjectId();
    expect(catalog.objects.page({ storeId: STORE, status: 'trash', after, limit: 9 })).toEqual([
      rows[5],
      rows[7],
      rows[9],
    ]);
    expect(catalog.objects.page({ storeId: STORE, status: 'verified', fs: toFsId(1), limit: 9 })).toEqual([
      rows[0],
      rows[2],
    ]);
    expect(catalog.objects.page({ storeId: newObjectId(), limit: 9 })).toEqual([]);
    expect(catalog.objects.findByIno(toFsId(1), toIno(131n)).map((row) => row.op)).toEqual([7n, 8n, 9n, 10n]);
  });
});

describe('stores and filesystems', () => {
  it('come back exactly and can move', () => {
    const catalog = newCatalog();
    expect(catalog.filesystems.find(FS)).toEqual(FILESYSTEM);
    const moved = { ...FILESYSTEM, mountHint: Buffer.from('/elsewhere'), guarded: false, uuid: undefined };
    catalog.filesystems.put(moved);
    expect(catalog.filesystems.findByRandomId(FILESYSTEM.randomId)).toEqual(moved);
    expect(catalog.filesystems.list()).toEqual([moved]);
    expect(catalog.filesystems.listByStore(STORE)).toEqual([moved]);
    const store = { storeId: STORE, kind: 'posix', location: Buffer.from([0xff]), registeredMs: 1 };
    catalog.stores.put(store);
    expect(catalog.stores.list()).toEqual([store]);
    expect(catalog.stores.find(newObjectId())).toBeUndefined();
  });

  it('do not mix up two filesystems with one 32-bit id', () => {
    const clash = { ...FILESYSTEM, randomId: Buffer.alloc(16, 5) };
    expect(() => newCatalog().filesystems.put(clash)).toThrow(expect.objectContaining({ code: 'ECATALOG_CLASH' }));
  });

  it('need a store that is registered', () => {
    const stray = { ...FILESYSTEM, fs: toFsId(3), randomId: Buffer.alloc(16, 5), storeId: newObjectId() };
    expect(() => newCatalog().filesystems.put(stray)).toThrow(invariant);
  });
});

describe('scans and findings', () => {
  const end = { endedMs: 9, complete: true, inodes: 100, managed: 10, findings: 1, exitCode: 4 };

  it('are recorded, resumed and ended', () => {
    const catalog = newCatalog();
    const start = { fs: FS, command: 'audit', source: 'xfs-bulkstat', startedMs: 3 };
    const scanId = catalog.scans.start(start);
    expect(catalog.scans.resumable(FS, 'audit')).toBeUndefined();
    catalog.scans.checkpoint(scanId, { partition: 1, nextIno: toIno(5n), done: false });
    catalog.scans.checkpoint(scanId, { partition: 0, nextIno: toIno(MAX), done: true });
    catalog.scans.checkpoint(scanId, { partition: 1, nextIno: toIno(6n), done: false });
    expect(catalog.scans.checkpoints(scanId)).toEqual([
      { partition: 0, nextIno: MAX, done: true },
      { partition: 1, nextIno: 6n, done: false },
    ]);
    expect(catalog.scans.resumable(FS, 'audit')).toMatchObject({ scanId, endedMs: undefined, complete: false });
    expect(catalog.scans.resumable(FS, 'check')).toBeUndefined();
    expect(catalog.scans.lastComplete(FS)).toBeUndefined();
    catalog.scans.end(scanId, end);
    expect(catalog.scans.find(scanId)).toEqual({ ...start, ...end, scanId });
    expect(catalog.scans.checkpoints(scanId)).toEqual([]);
    const next = catalog.scans.start({ ...start, command: 'check' });
    expect(next).toBeGreaterThan(scanId);
    expect(catalog.scans.last({ limit: 5 }).map((scan) => scan.scanId)).toEqual([next, scanId]);
    expect(catalog.scans.last({ fs: toFsId(1), limit: 5 })).toEqual([]);
    expect(catalog.scans.lastComplete(FS)?.scanId).toBe(scanId);
    expect(catalog.scans.lastComplete(FS, 'check')).toBeUndefined();
    expect(() => catalog.scans.end(999, end)).toThrow(invariant);
  });

  it('are inserted in batches and settled one by one or by a later scan', () => {
    const catalog = newCatalog();
    const scanId = catalog.scans.start({ fs: FS, command: 'audit', source: 'walk', startedMs: 3 });
    const orphan = findingRow(scanId, { class: 'archive-orphan', ino: undefined, gen: undefined, state: undefined });
    const [one = 0, two = 0] = catalog.findings.insert([findingRow(scanId), orphan]);
    expect(catalog.findings.find(one)).toEqual({
      ...findingRow(scanId),
      findingId: one,
      facts: { size: '1152921504606846977', nested: { list: ['1', 'two', null] } },
      outcome: undefined,
      settledMs: undefined,
    });
    expect(catalog.findings.find(two)).toMatchObject({ ino: undefined, gen: undefined, state: undefined });
    expect(catalog.findings.unsettled(FS, { limit: 9 }).map((row) => row.findingId)).toEqual([one, two]);
    expect(catalog.findings.page(scanId, { after: one, limit: 9 }).map((row) => row.findingId)).toEqual([two]);
    expect(catalog.findings.settle(one, { outcome: 'reverted', settledMs: 8 })).toBe(true);
    expect(catalog.findings.settle(one, { outcome: 'completed', settledMs: 9 })).toBe(false);
    expect(catalog.findings.find(one)).toMatchObject({ outcome: 'reverted', settledMs: 8 });
    expect(catalog.findings.countUnsettled(FS)).toEqual(new Map([['archive-orphan', 1]]));
    const later = catalog.scans.start({ fs: FS, command: 'audit', source: 'walk', startedMs: 4 });
    catalog.findings.insert([findingRow(later)]);
    expect(catalog.findings.settleBefore(FS, later, { outcome: 'superseded', settledMs: 9 })).toBe(1);
    expect(catalog.findings.countUnsettled(FS)).toEqual(new Map([['interrupted', 1]]));
  });
});

describe('owners', () => {
  it('come back exactly', () => {
    const catalog = newCatalog();
    expect(catalog.owners.find(OWNER.ownerId)).toEqual(OWNER);
    expect(catalog.owners.list()).toEqual([OWNER]);
  });
});
