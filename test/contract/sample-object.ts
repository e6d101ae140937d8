/** Puts sample files into any archive store. */
import { newObjectId, toFsId, toOp, type ObjectId } from '../../src/dm/identity.js';
import type { ArchiveStore, ExpectedObject } from '../../src/archive/archive-store.js';
import type { ContentSource } from '../../src/archive/content-reader.js';
import type { ContentDigest } from '../../src/archive/hash-content.js';
import type { Sidecar } from '../../src/archive/sidecar.js';
import type { BatchOptions, StagedObject, StageRequest, StoreBatch } from '../../src/archive/store-batch.js';
import { toGen, toIno } from '../../src/native/inode-id.js';

export const CATALOG_ID = '0198c5f2-0000-7000-8000-00000000cafe';
export const OWNER = { catalogId: CATALOG_ID, epoch: 0xfedcba9876543210n, opLimit: toOp(1000n) };

/** A sidecar with values that a careless codec would spoil. */
export function sampleSidecar(objectId: ObjectId, storeId: string, content: ContentDigest): Sidecar {
  return {
    objectId,
    storeId,
    catalogId: CATALOG_ID,
    epoch: OWNER.epoch,
    op: toOp((1n << 53n) + 1n),
    fsId: toFsId(0xdeadbeef),
    fsRandomId: Buffer.from('00112233445566778899aabbccddeeff', 'hex'),
    ino: toIno((1n << 63n) + 5n),
    gen: toGen(0xffffffff),
    sizeBytes: BigInt(content.sizeBytes),
    mtimeNs: -1_234_567_890_123_456_789n,
    btimeNs: 1_700_000_000_123_456_789n,
    uid: 1000,
    gid: 0xfffffffe,
    mode: 0o100644,
    sha256: content.sha256,
    map: content.map,
    path: Buffer.from([0x2f, 0xff, 0x61, 0x0a]),
    archivedAtMs: 1_700_000_000_123,
  };
}

export function stageRequest(store: ArchiveStore, source: ContentSource, objectId = newObjectId()): StageRequest {
  return {
    objectId,
    source,
    grainBytes: 4096,
    describe: (content) => sampleSidecar(objectId, store.storeId, content),
  };
}

/** Runs `use` with a batch and closes it. */
export async function withBatch<T>(
  store: ArchiveStore,
  options: BatchOptions,
  use: (batch: StoreBatch) => Promise<T>,
): Promise<T> {
  const batch = await store.beginBatch(options);
  try {
    return await use(batch);
  } finally {
    await batch.close();
  }
}

/** Puts one file as one object. */
export function putObject(store: ArchiveStore, source: ContentSource, options: BatchOptions = { sync: 'each' }) {
  return withBatch(store, options, async (batch) => {
    const staged = await batch.stage(stageRequest(store, source));
    await batch.commit([staged]);
    return staged;
  });
}

export function expected(staged: StagedObject): ExpectedObject {
  return { sizeBytes: BigInt(staged.content.sizeBytes), sha256: staged.content.sha256 };
}

/** Everything a store lists, as short text: `objects data+sidecar`, ordered by place and name. */
export async function listing(store: ArchiveStore): Promise<string[]> {
  const lines: string[] = [];
  for await (const { where, objectId, name, hasData, hasSidecar } of store.list()) {
    const what = [hasData ? 'data' : '', hasSidecar ? 'sidecar' : ''].filter((part) => part !== '').join('+');
    lines.push(`${where} ${objectId ? what || 'nothing' : name}`);
  }
  return lines;
}
