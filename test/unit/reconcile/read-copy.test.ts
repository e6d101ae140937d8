/** A sidecar speaks for a copy against the catalog only where all of what they say of its making is the same. */
import { describe, expect, it } from 'vitest';
import type { ArchiveStore } from '../../../src/archive/archive-store.js';
import type { Sidecar } from '../../../src/archive/sidecar.js';
import { newObjectId, toFsId, toOp } from '../../../src/dm/identity.js';
import { NativeError } from '../../../src/native/native-error.js';
import { toGen, toIno } from '../../../src/native/inode-id.js';
import { sidecarAgainstRow } from '../../../src/reconcile/read-copy.js';
import { objectRow } from '../catalog/sample-catalog.js';

const SHA256 = Buffer.alloc(32, 5);
const row = objectRow({ sha256: Buffer.alloc(32), nonzeroMap: Buffer.alloc(1), status: 'verified' });
const { objectId, storeId, fs: fsId, ino, gen, op } = row;
const sidecar = { objectId, storeId, fsId, ino, gen, op, sizeBytes: row.sizeBytes, sha256: SHA256 } as Sidecar;

/** A store with one copy, which has that hash. */
function storeWith(found: Sidecar | undefined): ArchiveStore {
  const store: Partial<ArchiveStore> = {
    readSidecar: () => Promise.resolve(found),
    verify: (_, { sha256 }) => Promise.resolve(sha256.equals(SHA256) ? 'good' : 'digest-differs'),
  };
  return store as ArchiveStore;
}

describe('a sidecar against its row', () => {
  it('is right where the copy is as it says', async () => {
    expect(await sidecarAgainstRow(storeWith(sidecar), row)).toBe(sidecar);
  });

  const others: Partial<Sidecar>[] = [
    { objectId: newObjectId() },
    { storeId: newObjectId() },
    { fsId: toFsId(fsId + 1) },
    { ino: toIno(ino + 1n) },
    { gen: toGen(gen + 1) },
    { op: toOp(op + 1n) },
    { sha256: Buffer.alloc(32, 6) },
  ];
  it.each(others.map((other) => [Object.keys(other)[0], other] as const))(
    'is not believed with another %s',
    async (_, other) => {
      expect(await sidecarAgainstRow(storeWith({ ...sidecar, ...other }), row)).toBeUndefined();
    },
  );

  it('has nothing to say where the medium does not give it, and other errors are none of its business', async () => {
    const failing = (code: string): ArchiveStore => ({
      ...storeWith(undefined),
      readSidecar: () => Promise.reject(new NativeError(code, 'read', 'a sidecar')),
    });
    expect(await sidecarAgainstRow(failing('EIO'), row)).toBeUndefined();
    await expect(sidecarAgainstRow(failing('EMFILE'), row)).rejects.toMatchObject({ code: 'EMFILE' });
  });

  it('has nothing to say where there is none', async () => {
    expect(await sidecarAgainstRow(storeWith(undefined), row)).toBeUndefined();
  });
});
