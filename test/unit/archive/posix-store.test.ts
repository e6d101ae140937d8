/** What only a store in a folder does: its layout, its order of steps, and the filesystem's failures. */
import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { PosixStore } from '../../../src/archive/posix-store.js';
import { STORE_STEPS, type StoreStep } from '../../../src/archive/store-batch.js';
import { newObjectId, parseObjectId, toOp, type ObjectId } from '../../../src/dm/identity.js';
import { NativeError } from '../../../src/native/native-error.js';
import { expected, listing, OWNER, putObject, stageRequest, withBatch } from '../../contract/sample-object.js';
import { filled, scratchFolder, sparseFile } from './scratch.js';

const WHY = { reason: 'revert', op: toOp(1n), atMs: 1_700_000_000_000 };

async function newStore() {
  const folder = path.join(scratchFolder(), 'store');
  const store = await PosixStore.create(Buffer.from(folder), OWNER);
  return { folder, store };
}

const smallSource = () => sparseFile(path.join(scratchFolder(), 'a'), 5000, [{ offset: 0, bytes: filled(5000) }]);

function fileOf(folder: string, place: 'objects' | 'trash', objectId: string): string {
  const hex = objectId.replaceAll('-', '');
  return path.join(folder, place, hex.slice(4, 6), hex.slice(6, 8), objectId);
}

const openCopy = (folder: string) => PosixStore.open(Buffer.from(folder));

describe('the folder', () => {
  it('holds an object as the plain bytes, below bytes 2 and 3 of its id', async () => {
    const { folder, store } = await newStore();
    const objectId = parseObjectId('0198c5f2-abcd-7000-8000-000000000001');
    await withBatch(store, {}, async (batch) =>
      batch.commit([await batch.stage(stageRequest(store, smallSource(), objectId))]),
    );
    expect(fs.readFileSync(path.join(folder, 'objects/c5/f2', objectId))).toEqual(filled(5000));
    expect(JSON.parse(fs.readFileSync(path.join(folder, 'objects/c5/f2', `${objectId}.json`), 'utf8'))).toMatchObject({
      object_id: objectId,
      ino: '9223372036854775813',
      path_base64: Buffer.from([0x2f, 0xff, 0x61, 0x0a]).toString('base64'),
      nonzero_bytes: '5000',
    });
    expect(fs.readdirSync(path.join(folder, 'tmp'))).toEqual([]);
  });

  it('lists strays without taking them for objects', async () => {
    const { folder, store } = await newStore();
    const { objectId } = await putObject(store, smallSource());
    fs.mkdirSync(path.join(folder, 'objects/00/00'), { recursive: true });
    fs.copyFileSync(fileOf(folder, 'objects', objectId), path.join(folder, 'objects/00/00', objectId));
    fs.writeFileSync(path.join(folder, 'objects/00/note'), '');
    fs.writeFileSync(path.join(folder, 'trash/README'), '');
    expect((await listing(store)).sort()).toEqual([
      'objects data+sidecar',
      `objects objects/00/00/${objectId}`,
      'objects objects/00/note',
      'trash trash/README',
    ]);
  });

  it('does not pass for a complete listing when it goes away meanwhile', async () => {
    const { folder, store } = await newStore();
    await putObject(store, smallSource());
    const entries = store.list()[Symbol.asyncIterator]();
    await entries.next();
    fs.renameSync(folder, `${folder}-elsewhere`);
    const rest = async (): Promise<void> => {
      while (!(await entries.next()).done);
    };
    await expect(rest()).rejects.toMatchObject({ code: 'ESTORE_UNREACHABLE' });
  });

  it('says so when another store is found in its place', async () => {
    const { folder, store } = await newStore();
    fs.renameSync(folder, `${folder}-elsewhere`);
    await PosixStore.create(Buffer.from(folder), OWNER);
    await expect(store.stat(newObjectId())).rejects.toMatchObject({ code: 'ESTORE_FOREIGN' });
  });
});

describe('create and open', () => {
  it('is the same store the second time, with the mark it has', async () => {
    const { folder, store } = await newStore();
    const again = await PosixStore.create(Buffer.from(folder), { ...OWNER, opLimit: toOp(5n) });
    expect(again.storeId).toBe(store.storeId);
    expect((await again.identity()).opLimit).toBe(OWNER.opLimit);
  });

  it('refuses folders of others', async () => {
    const { folder } = await newStore();
    const other = PosixStore.create(Buffer.from(folder), { ...OWNER, catalogId: 'other' });
    await expect(other).rejects.toMatchObject({ code: 'ESTORE_FOREIGN' });
    const full = scratchFolder();
    fs.writeFileSync(path.join(full, 'thesis.txt'), '');
    await expect(PosixStore.create(Buffer.from(full), OWNER)).rejects.toMatchObject({ code: 'ESTORE_NOT_EMPTY' });
    expect(fs.readdirSync(full)).toEqual(['thesis.txt']);
  });

  it('refuses a store that lost its store.json but not its objects', async () => {
    const { folder, store } = await newStore();
    await putObject(store, smallSource());
    fs.unlinkSync(path.join(folder, 'store.json'));
    await expect(PosixStore.create(Buffer.from(folder), OWNER)).rejects.toMatchObject({ code: 'ESTORE_NOT_EMPTY' });
  });

  it('finishes what a crash in the middle of create left', async () => {
    const folder = scratchFolder();
    for (const name of ['objects', 'tmp', 'lost+found']) fs.mkdirSync(path.join(folder, name));
    await PosixStore.create(Buffer.from(folder), OWNER);
    expect((await (await openCopy(folder)).identity()).catalogId).toBe(OWNER.catalogId);
  });

  it.each([
    ['ESTORE_UNREACHABLE', undefined],
    ['ESTORE_FOREIGN', 'no json'],
    ['ESTORE_FOREIGN', '[]'],
    ['ESTORE_FOREIGN', '{"format":"borg","version":1}'],
    ['ESTORE_FOREIGN', '{"format":"hsmck-store","version":2}'],
  ])('opening is %s with store.json %s', async (code, text) => {
    const folder = scratchFolder();
    if (text !== undefined) fs.writeFileSync(path.join(folder, 'store.json'), text);
    await expect(openCopy(folder)).rejects.toMatchObject({ code });
  });

  it('is unreachable where there is no folder at all', async () => {
    await expect(openCopy('/nonexistent/store')).rejects.toMatchObject({ code: 'ESTORE_UNREACHABLE' });
  });
});

/** What a crash at each step leaves in objects/, by name. */
const LEFT: Readonly<Partial<Record<StoreStep, readonly string[]>>> = {
  'after-rename-sidecar': ['objects sidecar'],
  'before-rename-data': ['objects sidecar'],
  'after-rename-data': ['objects data+sidecar'],
  'after-commit': ['objects data+sidecar'],
};

describe('a crash within a put', () => {
  it.each(['each', 'together'] as const)('shows the data last, at every step in order (synced %s)', async (sync) => {
    const { folder, store } = await newStore();
    const copies = scratchFolder();
    const steps: StoreStep[] = [];
    // A copy taken at a step is what a kill there leaves: the lock of a dead run is nobody's.
    const onStep = (step: StoreStep): void => {
      steps.push(step);
      fs.cpSync(folder, path.join(copies, step), { recursive: true });
    };
    const staged = await putObject(store, smallSource(), { sync, onStep });
    expect(steps).toEqual(STORE_STEPS);
    for (const step of steps) {
      const left = await openCopy(path.join(copies, step));
      expect(await left.sweepTemporary(0), step).toBe(1);
      expect(await listing(left), step).toEqual(LEFT[step] ?? []);
      const isWhole = step === 'after-rename-data' || step === 'after-commit';
      expect(await left.verify(staged.objectId, expected(staged)), step).toBe(isWhole ? 'good' : 'missing');
    }
  });

  it('tears data and sidecar in the middle', async () => {
    const { folder, store } = await newStore();
    const sizes: number[] = [];
    const onStep = (step: StoreStep, tear?: () => void): void => {
      if (!tear) return;
      tear();
      const [run] = fs.readdirSync(path.join(folder, 'tmp'));
      const inside = path.join(folder, 'tmp', run ?? '');
      const name = fs
        .readdirSync(inside)
        .find((one) => one !== 'lock' && one.endsWith('.json') === (step !== 'before-data'));
      sizes.push(fs.statSync(path.join(inside, name ?? '')).size);
    };
    const staged = await putObject(store, smallSource(), { onStep });
    const sidecarBytes = fs.statSync(`${fileOf(folder, 'objects', staged.objectId)}.json`).size;
    expect(sizes).toEqual([2500, Math.floor(sidecarBytes / 2)]);
    expect(await store.verify(staged.objectId, expected(staged))).toBe('good');
  });

  it.each(STORE_STEPS.slice(0, -1))('leaves nothing when %s fails', async (failing) => {
    const { folder, store } = await newStore();
    let passes = 0;
    const onStep = (step: StoreStep): void => {
      // The second object of two fails: the first one must go as well.
      if (step === failing && ++passes === (step.endsWith('sync') ? 1 : 2)) throw new NativeError('EIO', 'fsync', 'x');
    };
    await withBatch(store, { onStep }, async (batch) => {
      const put = async (): Promise<void> => {
        const staged = [await batch.stage(stageRequest(store, smallSource()))];
        staged.push(await batch.stage(stageRequest(store, smallSource())));
        await batch.commit(staged);
      };
      await expect(put()).rejects.toMatchObject({ code: 'EIO' });
    });
    expect(await listing(store)).toEqual([]);
    expect(fs.readdirSync(path.join(folder, 'tmp'))).toEqual([]);
  });

  it('sweeps dead runs by age, and leftovers of a mark', async () => {
    const { folder, store } = await newStore();
    fs.mkdirSync(path.join(folder, 'tmp/dead'));
    fs.writeFileSync(path.join(folder, 'tmp/dead', newObjectId()), 'x');
    fs.writeFileSync(path.join(folder, 'tmp/store.json.left'), '{');
    expect((await listing(store)).sort()).toEqual(['tmp data', 'tmp tmp/store.json.left']);
    expect(await store.sweepTemporary(60_000)).toBe(0);
    expect(await store.sweepTemporary(0)).toBe(2);
    expect(await listing(store)).toEqual([]);
  });
});

describe('a crash within trash and restore', () => {
  it('is completed by another trash, whatever was moved', async () => {
    const { folder, store } = await newStore();
    const { objectId } = await putObject(store, smallSource());
    await store.trash(objectId, { ...WHY, atMs: 1 });
    // Back to: the sidecar has not moved.
    fs.renameSync(`${fileOf(folder, 'trash', objectId)}.json`, `${fileOf(folder, 'objects', objectId)}.json`);
    expect(await store.trash(objectId, WHY)).toBe('trashed');
    expect(await listing(store)).toEqual(['trash data+sidecar']);
    const [entry] = await entriesOf(store);
    expect(entry?.trashedAtMs).toBe(1);
  });

  it('gives an object a new age when only the record was left', async () => {
    const { folder, store } = await newStore();
    const { objectId } = await putObject(store, smallSource());
    await store.trash(objectId, { ...WHY, atMs: 1 });
    for (const end of ['', '.json']) {
      fs.renameSync(fileOf(folder, 'trash', objectId) + end, fileOf(folder, 'objects', objectId) + end);
    }
    expect(await store.trash(objectId, WHY)).toBe('trashed');
    const [entry] = await entriesOf(store);
    expect(entry?.trashedAtMs).toBe(WHY.atMs);
  });

  it.each(['one', 'many'] as const)('gives what is moved its record before its data (%s)', async (how) => {
    const { folder, store } = await newStore();
    const ids: ObjectId[] = [];
    for (let count = 0; count < 3; count++) ids.push((await putObject(store, smallSource())).objectId);
    const trash = async (): Promise<void> => {
      if (how === 'many') await store.trashMany(ids.map((objectId) => ({ objectId, why: WHY })));
      else for (const objectId of ids) await store.trash(objectId, WHY);
    };
    // The folders have to be there to be watched.
    await trash();
    for (const objectId of ids) await store.restore(objectId);
    const seen: (string | null)[] = [];
    const watchers = ids.map((objectId) =>
      fs.watch(path.dirname(fileOf(folder, 'trash', objectId)), (_, name) => seen.push(name)),
    );
    await trash();
    for (const objectId of ids) await vi.waitFor(() => expect(seen).toContain(objectId));
    for (const watcher of watchers) watcher.close();
    for (const objectId of ids) {
      expect(seen).toContain(`${objectId}.trash.json`);
      expect(seen.indexOf(`${objectId}.trash.json`)).toBeLessThan(seen.indexOf(objectId));
    }
  });

  it('gives what comes back its sidecar back before its data', async () => {
    const { folder, store } = await newStore();
    const { objectId } = await putObject(store, smallSource());
    await store.trash(objectId, WHY);
    const seen: (string | null)[] = [];
    const watcher = fs.watch(path.dirname(fileOf(folder, 'objects', objectId)), (_, name) => seen.push(name));
    expect(await store.restore(objectId)).toBe('restored');
    await vi.waitFor(() => expect(seen).toEqual(expect.arrayContaining([objectId, `${objectId}.json`])));
    watcher.close();
    expect(seen.indexOf(`${objectId}.json`)).toBeLessThan(seen.indexOf(objectId));
  });

  it('is completed by another restore', async () => {
    const { folder, store } = await newStore();
    const staged = await putObject(store, smallSource());
    await store.trash(staged.objectId, WHY);
    fs.renameSync(
      `${fileOf(folder, 'trash', staged.objectId)}.json`,
      `${fileOf(folder, 'objects', staged.objectId)}.json`,
    );
    expect(await store.restore(staged.objectId)).toBe('restored');
    expect(await store.verify(staged.objectId, expected(staged))).toBe('good');
    expect(await listing(store)).toEqual(['objects data+sidecar']);
  });

  it('replaces nothing when both places hold the object', async () => {
    const { folder, store } = await newStore();
    const { objectId } = await putObject(store, smallSource());
    await store.trash(objectId, WHY);
    fs.writeFileSync(fileOf(folder, 'objects', objectId), 'other');
    for (const move of [() => store.trash(objectId, WHY), () => store.restore(objectId)]) {
      await expect(move()).rejects.toMatchObject({ code: 'ESTORE_CONFLICT' });
    }
    expect(fs.readFileSync(fileOf(folder, 'trash', objectId))).toEqual(filled(5000));
  });

  it('names, of many, those that both places hold, and moves the others', async () => {
    const { folder, store } = await newStore();
    const torn = await putObject(store, smallSource());
    const other = await putObject(store, smallSource());
    await store.trash(torn.objectId, WHY);
    fs.writeFileSync(fileOf(folder, 'objects', torn.objectId), 'other');
    const ids = [torn.objectId, other.objectId];
    const unmoved = new Map([[torn.objectId, expect.objectContaining({ code: 'ESTORE_CONFLICT' })]]);
    expect(await store.trashMany(ids.map((objectId) => ({ objectId, why: WHY })))).toEqual(unmoved);
    expect((await store.stat(other.objectId)).where).toBe('trash');
    expect(await store.restoreMany(ids)).toEqual(unmoved);
    expect((await store.stat(other.objectId)).where).toBe('objects');
    expect(fs.readFileSync(fileOf(folder, 'trash', torn.objectId))).toEqual(filled(5000));
  });

  it('has no age when its record is broken', async () => {
    const { folder, store } = await newStore();
    const { objectId } = await putObject(store, smallSource());
    await store.trash(objectId, WHY);
    fs.writeFileSync(`${fileOf(folder, 'trash', objectId)}.trash.json`, '{');
    const [entry] = await entriesOf(store);
    expect(entry).toMatchObject({ objectId, hasData: true });
    expect(entry).not.toHaveProperty('trashedAtMs');
  });
});

async function entriesOf(store: PosixStore) {
  const entries = [];
  for await (const entry of store.list()) entries.push(entry);
  return entries;
}
