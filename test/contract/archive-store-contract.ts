/** What every archive store has to do. Each implementation's test file calls `archiveStoreContract` with its factory. */
import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import type { ArchiveStore } from '../../src/archive/archive-store.js';
import type { ContentSource } from '../../src/archive/content-reader.js';
import { hashContent } from '../../src/archive/hash-content.js';
import { newObjectId, toOp } from '../../src/dm/identity.js';
import { filled, scratchFolder, sparseFile } from '../unit/archive/scratch.js';
import {
  CATALOG_ID,
  expected,
  listing,
  OWNER,
  putObject,
  sampleSidecar,
  stageRequest,
  withBatch,
} from './sample-object.js';

/** A new store for OWNER, and what a test has to do to it from outside. */
export interface ContractStore {
  readonly store: ArchiveStore;
  /** Makes the store unreachable, as an unmount does. */
  readonly takeAway: () => void;
  /** Changes one byte of an object's data, its size staying. */
  readonly damage: (objectId: string) => void;
}

export type ContractFactory = () => Promise<ContractStore>;

const MIB = 1024 * 1024;
const WHY = { reason: 'remove', op: toOp(7n), atMs: 1_700_000_000_000 };

const sparseSource = (folder = scratchFolder(), name = 'source') =>
  sparseFile(path.join(folder, name), 5 * MIB + 77, [
    { offset: 4096, bytes: filled(10_000) },
    { offset: 5 * MIB, bytes: filled(77, 9) },
  ]);

/** Registers the suite under the store's name. */
export function archiveStoreContract(name: string, factory: ContractFactory): void {
  describe(`${name} keeps the contract of an archive store:`, () => {
    describePut(factory);
    describeReading(factory);
    describeTrash(factory);
    describeIdentity(factory);
  });
}

function describePut(factory: ContractFactory): void {
  it.each(['each', 'together'] as const)('puts a batch, synced %s, and finds it', async (sync) => {
    const { store } = await factory();
    const folder = scratchFolder();
    const sources = [sparseSource(folder, 'a'), sparseFile(path.join(folder, 'b'), 0, [])];
    await withBatch(store, { sync }, async (batch) => {
      const staged = [];
      for (const source of sources) staged.push(await batch.stage(stageRequest(store, source)));
      for (const { objectId } of staged) expect((await store.stat(objectId)).where).toBe('missing');
      await batch.commit(staged);
      for (const one of staged) {
        expect(await store.stat(one.objectId)).toEqual({
          where: 'objects',
          sizeBytes: BigInt(one.content.sizeBytes),
          hasSidecar: true,
        });
        expect(await store.readSidecar(one.objectId)).toEqual(sampleSidecar(one.objectId, store.storeId, one.content));
        expect(await store.verify(one.objectId, expected(one))).toBe('good');
      }
    });
    expect(await listing(store)).toEqual(['objects data+sidecar', 'objects data+sidecar']);
  });

  it('takes several commits a batch, and keeps nothing of what was discarded or left over', async () => {
    const { store } = await factory();
    const source = sparseSource();
    await withBatch(store, {}, async (batch) => {
      const [first, second, third] = [
        await batch.stage(stageRequest(store, source)),
        await batch.stage(stageRequest(store, source)),
        await batch.stage(stageRequest(store, source)),
      ];
      await batch.commit([first]);
      await batch.discard(second);
      await batch.discard(second);
      await batch.commit([third]);
      await batch.stage(stageRequest(store, source));
    });
    expect(await listing(store)).toEqual(['objects data+sidecar', 'objects data+sidecar']);
  });

  it('never puts an object twice, and a failed commit leaves none of its batch', async () => {
    const { store } = await factory();
    const source = sparseSource();
    const { objectId } = await putObject(store, source);
    await withBatch(store, {}, async (batch) => {
      const staged = [
        await batch.stage(stageRequest(store, source)),
        await batch.stage(stageRequest(store, source, objectId)),
      ];
      await expect(batch.commit(staged)).rejects.toMatchObject({ code: 'ESTORE_OBJECT_EXISTS' });
      await expect(batch.commit([])).rejects.toMatchObject({ code: 'ESTORE_BATCH_FAILED' });
      await expect(batch.stage(stageRequest(store, source))).rejects.toMatchObject({ code: 'ESTORE_BATCH_FAILED' });
    });
    expect(await listing(store)).toEqual(['objects data+sidecar']);
  });

  it('leaves nothing when staging is given up', async () => {
    const { store } = await factory();
    await withBatch(store, {}, async (batch) => {
      const onChunk = (): void => {
        throw new Error('lease lost');
      };
      await expect(batch.stage({ ...stageRequest(store, sparseSource()), onChunk })).rejects.toThrow('lease lost');
      expect(await listing(store)).toEqual([]);
    });
  });

  it('refuses a sidecar that describes something else', async () => {
    const { store } = await factory();
    await withBatch(store, {}, async (batch) => {
      const request = stageRequest(store, sparseSource());
      const describeOther = { ...request, objectId: newObjectId() };
      await expect(batch.stage(describeOther)).rejects.toMatchObject({ code: 'EINVARIANT' });
    });
  });
}

function describeReading(factory: ContractFactory): void {
  it.each([1, 3])('makes %i objects durable that are there, and says which is not', async (count) => {
    const { store } = await factory();
    const objectIds = [];
    for (let index = 0; index < count; index++) objectIds.push((await putObject(store, sparseSource())).objectId);
    const before = await listing(store);
    await store.secure(objectIds);
    expect(await listing(store)).toEqual(before);
    await expect(store.secure([...objectIds, newObjectId()])).rejects.toMatchObject({ code: 'ESTORE_OBJECT_MISSING' });
  });

  it('tells good from missing, of other size, and of other content', async () => {
    const { store, damage } = await factory();
    const staged = await putObject(store, sparseSource());
    const right = expected(staged);
    expect(await store.verify(staged.objectId, { ...right, sizeBytes: 3n })).toBe('size-differs');
    expect(await store.verify(newObjectId(), right)).toBe('missing');
    damage(staged.objectId);
    expect(await store.verify(staged.objectId, right)).toBe('digest-differs');
  });

  it('gives verify, fetch and withObject a way to be stopped', async () => {
    const { store } = await factory();
    const staged = await putObject(store, sparseSource());
    const stop = (): never => {
      throw new Error('stopped');
    };
    await expect(store.verify(staged.objectId, expected(staged), stop)).rejects.toThrow('stopped');
    await expect(store.withObject(staged.objectId, stop)).rejects.toThrow('stopped');
  });

  it('fetches bytes and holes, and says when they are not the right ones', async () => {
    const { store, damage } = await factory();
    const folder = scratchFolder();
    const source = sparseSource(folder);
    const staged = await putObject(store, source);
    const destination = sparseFile(path.join(folder, 'back'), 0, []);
    expect(await store.fetch(staged.objectId, destination, expected(staged))).toBe('good');
    expect(fs.readFileSync(destination.target).equals(fs.readFileSync(source.target))).toBe(true);
    expect(fs.statSync(destination.target).blocks * 512).toBeLessThan(MIB);
    const second = sparseFile(path.join(folder, 'second'), 0, []);
    expect(await store.fetch(staged.objectId, second, { ...expected(staged), sizeBytes: 1n })).toBe('size-differs');
    damage(staged.objectId);
    expect(await store.fetch(staged.objectId, second, expected(staged))).toBe('digest-differs');
    expect(await store.fetch(newObjectId(), second, expected(staged))).toBe('missing');
  });

  it('opens an object for reading', async () => {
    const { store } = await factory();
    const staged = await putObject(store, sparseSource());
    const digest = await store.withObject(staged.objectId, (object) => hashContent(object, { grainBytes: 4096 }));
    expect(digest).toEqual(staged.content);
    const nothing = store.withObject(newObjectId(), () => Promise.resolve(1));
    await expect(nothing).rejects.toMatchObject({ code: 'ESTORE_OBJECT_MISSING' });
    expect(await store.withObject(staged.objectId, () => Promise.resolve(undefined))).toBeUndefined();
  });

  it('has no sidecar of an object that is not there', async () => {
    const { store } = await factory();
    expect(await store.readSidecar(newObjectId())).toBeUndefined();
  });
}

function describeTrash(factory: ContractFactory): void {
  it('moves to trash and back, again and again', async () => {
    const { store } = await factory();
    const staged = await putObject(store, sparseSource());
    const { objectId } = staged;
    expect(await store.trash(objectId, WHY)).toBe('trashed');
    expect(await store.trash(objectId, { ...WHY, atMs: 5 })).toBe('already');
    expect(await store.stat(objectId)).toMatchObject({ where: 'trash', hasSidecar: true });
    expect(await store.verify(objectId, expected(staged))).toBe('missing');
    expect(await store.verify(objectId, expected(staged), undefined, 'trash')).toBe('good');
    const size = ({ sizeBytes }: ContentSource): Promise<number> => Promise.resolve(sizeBytes);
    await expect(store.withObject(objectId, size)).rejects.toMatchObject({ code: 'ESTORE_OBJECT_MISSING' });
    expect(await store.withObject(objectId, size, 'trash')).toBe(Number(expected(staged).sizeBytes));
    expect(await store.readSidecar(objectId)).toBeUndefined();
    expect((await store.readSidecar(objectId, 'trash'))?.objectId).toBe(objectId);
    const entries = [];
    for await (const entry of store.list()) entries.push(entry);
    expect(entries).toMatchObject([
      { where: 'trash', objectId, trashedAtMs: WHY.atMs, hasData: true, hasSidecar: true },
    ]);
    expect(await store.restore(objectId)).toBe('restored');
    expect(await store.restore(objectId)).toBe('already');
    expect(await store.verify(objectId, expected(staged))).toBe('good');
    expect(await store.verify(objectId, expected(staged), undefined, 'trash')).toBe('missing');
    expect(await listing(store)).toEqual(['objects data+sidecar']);
  });

  it('moves many to trash, passing over what is there already or never was', async () => {
    const { store } = await factory();
    const staged = [];
    for (let index = 0; index < 5; index++) staged.push(await putObject(store, sparseSource()));
    const [first] = staged;
    if (first === undefined) throw new Error('nothing was put');
    await store.trash(first.objectId, WHY);
    const later = { ...WHY, atMs: WHY.atMs + 1 };
    const requests = [...staged.map(({ objectId }) => objectId), newObjectId()].map((objectId) => ({
      objectId,
      why: later,
    }));
    await store.trashMany(requests);
    await store.trashMany(requests);
    const ages = new Map<string | undefined, number | undefined>();
    for await (const entry of store.list()) {
      expect(entry).toMatchObject({ where: 'trash', hasData: true, hasSidecar: true });
      ages.set(entry.objectId, entry.trashedAtMs);
    }
    // The first keeps the age that it had.
    expect(ages).toEqual(
      new Map(staged.map(({ objectId }) => [objectId, objectId === first.objectId ? WHY.atMs : later.atMs])),
    );
    // Together, what was never there and what is there already passed over.
    const others = staged.slice(1).map(({ objectId }) => objectId);
    expect(await store.restoreMany([...others, newObjectId()])).toEqual(new Map());
    expect(await store.restoreMany(others)).toEqual(new Map());
    for (const { objectId, content } of staged) {
      expect(await store.restore(objectId)).toBe(objectId === first.objectId ? 'restored' : 'already');
      const wanted = { sizeBytes: BigInt(content.sizeBytes), sha256: content.sha256 };
      expect(await store.verify(objectId, wanted)).toBe('good');
    }
  });

  it('does not put again what is in trash', async () => {
    const { store } = await factory();
    const source = sparseSource();
    const { objectId } = await putObject(store, source);
    await store.trash(objectId, WHY);
    await withBatch(store, {}, async (batch) => {
      const staged = await batch.stage(stageRequest(store, source, objectId));
      await expect(batch.commit([staged])).rejects.toMatchObject({ code: 'ESTORE_OBJECT_EXISTS' });
    });
  });

  it('purges from trash only', async () => {
    const { store } = await factory();
    const { objectId, content } = await putObject(store, sparseSource());
    expect(await store.purge(objectId, WHY.atMs)).toEqual({ result: 'missing', freedBytes: 0n });
    expect((await store.stat(objectId)).where).toBe('objects');
    await store.trash(objectId, WHY);
    expect(await store.purge(objectId, WHY.atMs)).toEqual({ result: 'purged', freedBytes: BigInt(content.sizeBytes) });
    expect(await store.purge(objectId, WHY.atMs)).toEqual({ result: 'missing', freedBytes: 0n });
    expect(await listing(store)).toEqual([]);
    expect(await store.trash(objectId, WHY)).toBe('missing');
    expect(await store.restore(objectId)).toBe('missing');
  });

  it('purges nothing that was dropped anew since the caller looked', async () => {
    const { store } = await factory();
    const { objectId } = await putObject(store, sparseSource());
    await store.trash(objectId, WHY);
    await store.restore(objectId);
    await store.trash(objectId, { ...WHY, atMs: WHY.atMs + 1000 });
    expect(await store.purge(objectId, WHY.atMs)).toEqual({ result: 'newer', freedBytes: 0n });
    expect((await store.stat(objectId)).where).toBe('trash');
  });

  it('sweeps nothing of a run that lives', async () => {
    const { store } = await factory();
    await withBatch(store, {}, async (batch) => {
      const staged = await batch.stage(stageRequest(store, sparseSource()));
      expect(await store.sweepTemporary(0)).toBe(0);
      await batch.commit([staged]);
      expect(await store.verify(staged.objectId, expected(staged))).toBe('good');
    });
  });
}

function describeIdentity(factory: ContractFactory): void {
  it('knows its owner and advances the mark, never back', async () => {
    const { store } = await factory();
    expect(await store.identity()).toMatchObject({ ...OWNER, storeId: store.storeId });
    const mark = { epoch: OWNER.epoch, opLimit: toOp((1n << 62n) + 1n) };
    expect(await store.writeMark(mark)).toMatchObject(mark);
    await store.writeMark(mark);
    expect(await store.identity()).toMatchObject({ ...mark, catalogId: CATALOG_ID });
    const lower = store.writeMark({ ...mark, opLimit: OWNER.opLimit });
    await expect(lower).rejects.toMatchObject({ code: 'ESTORE_ROLLBACK' });
  });

  it('changes the epoch only when told which one goes', async () => {
    const { store } = await factory();
    const mark = { epoch: 5n, opLimit: toOp(1n) };
    await expect(store.writeMark(mark)).rejects.toMatchObject({ code: 'ESTORE_EPOCH' });
    await expect(store.writeMark(mark, { replacesEpoch: 9n })).rejects.toMatchObject({ code: 'ESTORE_EPOCH' });
    expect(await store.writeMark(mark, { replacesEpoch: OWNER.epoch })).toMatchObject(mark);
  });

  it('says unreachable, never missing, when it was taken away', async () => {
    const { store, takeAway } = await factory();
    const staged = await putObject(store, sparseSource());
    const { objectId } = staged;
    takeAway();
    const attempts = [
      () => store.stat(objectId),
      () => store.verify(objectId, expected(staged)),
      () => store.withObject(objectId, () => Promise.resolve()),
      () => store.readSidecar(objectId),
      () => store.trash(objectId, WHY),
      () => store.restore(objectId),
      () => store.purge(objectId, WHY.atMs),
      () => store.identity(),
      () => store.writeMark(OWNER),
      () => store.beginBatch(),
      () => store.sweepTemporary(0),
      () => listing(store),
    ];
    for (const attempt of attempts) await expect(attempt()).rejects.toMatchObject({ code: 'ESTORE_UNREACHABLE' });
  });
}
