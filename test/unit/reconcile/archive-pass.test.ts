/** A sidecar that the medium does not give is told of, and the others are looked at all the same. */
import { expect, it } from 'vitest';
import { encodeNonzeroMap } from '../../../src/archive/nonzero-map-codec.js';
import type { ArchiveStore, StoreEntry } from '../../../src/archive/archive-store.js';
import { newObjectId } from '../../../src/dm/identity.js';
import { NativeError } from '../../../src/native/native-error.js';
import { toIno } from '../../../src/native/inode-id.js';
import { runArchivePass } from '../../../src/reconcile/archive-pass.js';
import type { Finding } from '../../../src/reconcile/finding.js';
import { fileRow, FS, newCatalog, objectRow, STORE } from '../catalog/sample-catalog.js';

/** Good copies of which no sidecar can be read. */
function storeOf(entries: readonly StoreEntry[], sizeBytes: bigint, code: string): ArchiveStore {
  const store: Partial<ArchiveStore> = {
    storeId: STORE,
    stat: () => Promise.resolve({ where: 'objects', sizeBytes, hasSidecar: true }),
    verify: () => Promise.resolve('good'),
    readSidecar: () => Promise.reject(new NativeError(code, 'read', 'a sidecar')),
    async *list() {
      await Promise.resolve();
      yield* entries;
    },
  };
  return store as ArchiveStore;
}

async function findingsBy(code: string): Promise<Finding[]> {
  const catalog = newCatalog();
  const EMPTY_MAP = encodeNonzeroMap({ grainBytes: 4096, ranges: [], nonzeroBytes: 0, coarse: false });
  const row = objectRow({ sha256: Buffer.alloc(32), nonzeroMap: EMPTY_MAP, status: 'verified' });
  for (const ino of [5n, 6n]) {
    const objectId = newObjectId();
    catalog.objects.put({ ...row, objectId, ino: toIno(ino) });
    catalog.files.put(fileRow({ objectId, ino: toIno(ino) }));
  }
  const unknown = { where: 'objects', name: 'x', hasData: true, hasSidecar: true, sizeBytes: 1n } as const;
  const store = storeOf([{ ...unknown, objectId: newObjectId() }], row.sizeBytes, code);
  const findings: Finding[] = [];
  await runArchivePass({ catalog, store, fs: FS, deep: true, onFinding: (finding) => void findings.push(finding) });
  return findings;
}

it.each(['EIO', 'EUCLEAN', 'EBADMSG'])('an audit of all copies goes on behind a sidecar with %s', async (code) => {
  const findings = await findingsBy(code);
  const said = expect.stringMatching(new RegExp(`its sidecar cannot be read.*${code}`)) as string;
  const told = findings.map((finding) => ({ ino: finding.ino, class: finding.class, why: finding.why }));
  expect(told).toHaveLength(3);
  for (const ino of [5n, 6n]) expect(told).toContainEqual({ ino, class: 'archive-orphan', why: said });
  expect(told).toContainEqual({ ino: undefined, class: 'archive-other-owner', why: said });
});

it('an error of another kind ends it', async () => {
  await expect(findingsBy('EMFILE')).rejects.toMatchObject({ code: 'EMFILE' });
});
