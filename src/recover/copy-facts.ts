import type { ArchiveStore } from '../archive/archive-store.js';
import { decodeNonzeroMap } from '../archive/nonzero-map-codec.js';
import type { NonzeroMap } from '../archive/nonzero-map.js';
import type { Sidecar } from '../archive/sidecar.js';
import { StoreError } from '../archive/store-error.js';
import { readVerdict } from '../reconcile/archive-pass.js';
import type { Catalog } from '../catalog/catalog.js';
import type { ObjectRow } from '../catalog/object-row.js';
import type { FsId, ObjectId } from '../dm/identity.js';
import type { InodeId } from '../native/inode-id.js';
import type { ObjectInHand } from '../migrate/ticket.js';
import type { ObjectFact } from './decision-facts.js';
import { objectRowOf } from './object-row-of.js';

/** What is known of the archived copy, and how good it is at this moment. */
export interface CopyFacts {
  readonly objectId: ObjectId;
  readonly fact: ObjectFact;
  /** Hash, size and map; undefined while neither catalog nor sidecar has them. */
  readonly content?: ObjectInHand & { readonly map: NonzeroMap };
  /** The inode whose bytes were archived, as far as catalog or sidecar know it. */
  readonly madeFrom?: InodeId & { readonly fs: FsId };
  /** Where the catalog has not heard of the copy's completion: what the sidecar says. */
  readonly sidecar?: Sidecar;
  /** It was read back in the store's trash, and has to be moved back before anything relies on it. */
  readonly isInTrash?: true;
  /** It lies among the objects and is good, and the catalog has it as dropped. */
  readonly isCountedOut?: true;
}

function fromRow(row: ObjectRow | undefined): CopyFacts['content'] {
  if (row?.sha256 === undefined || row.nonzeroMap === undefined) return undefined;
  const { objectId, sizeBytes, mtimeNs, sha256, nonzeroBytes } = row;
  return { objectId, sizeBytes, mtimeNs, sha256, nonzeroBytes, map: decodeNonzeroMap(row.nonzeroMap) };
}

function fromSidecar(sidecar: Sidecar): CopyFacts['content'] {
  const { objectId, sizeBytes, mtimeNs, sha256, map } = sidecar;
  return { objectId, sizeBytes, mtimeNs, sha256, map, nonzeroBytes: BigInt(map.nonzeroBytes) };
}

function madeFrom(row: ObjectRow | undefined, sidecar: Sidecar | undefined): Pick<CopyFacts, 'madeFrom'> {
  if (row !== undefined) return { madeFrom: { fs: row.fs, ino: row.ino, gen: row.gen } };
  return sidecar === undefined ? {} : { madeFrom: { fs: sidecar.fsId, ino: sidecar.ino, gen: sidecar.gen } };
}

async function readSidecar(
  store: ArchiveStore,
  objectId: ObjectId,
  place: 'objects' | 'trash' = 'objects',
): Promise<Sidecar | undefined> {
  try {
    return await store.readSidecar(objectId, place);
  } catch (error) {
    // A torn sidecar: the put was not finished, so there is no copy.
    if (error instanceof StoreError && error.code === 'ESTORE_RECORD') return undefined;
    throw error;
  }
}

const UNREACHABLE_CODES = ['ESTORE_UNREACHABLE', 'ESTORE_FOREIGN'];

/**
 * Reads the copy back and says how good it is. A store that cannot be reached is `unreachable`, never `missing`.
 * @throws NativeError, CatalogError
 */
export async function lookAtCopy(
  catalog: Catalog,
  store: ArchiveStore | undefined,
  objectId: ObjectId,
): Promise<CopyFacts> {
  const row = catalog.objects.find(objectId);
  const known = fromRow(row);
  if (store === undefined) return { objectId, fact: 'unreachable', ...(known && { content: known }) };
  try {
    const sidecar = known === undefined ? await readSidecar(store, objectId) : undefined;
    const content = known ?? (sidecar && fromSidecar(sidecar));
    if (content === undefined) return { objectId, fact: 'none' };
    const verdict = await readVerdict(store, objectId, content);
    const fact = verdict === 'good' ? 'good' : verdict === 'missing' ? 'missing' : 'bad';
    // A catalog that was rebuilt, or had found it unreadable, hears that it is good.
    if (fact === 'good' && catalog.writable && row?.status === 'complete')
      catalog.objects.setVerified(objectId, Date.now());
    // From now on nothing relies on it: release and archive look at this.
    if (fact === 'bad' && catalog.writable && row?.status === 'verified')
      catalog.objects.setStatus(objectId, 'complete');
    const isCountedOut = fact === 'good' && (row?.status === 'trash' || row?.status === 'purged');
    return {
      objectId,
      fact,
      content,
      ...madeFrom(row, sidecar),
      ...(sidecar && { sidecar }),
      ...(isCountedOut && { isCountedOut }),
    };
  } catch (error) {
    if (!(error instanceof StoreError) || !UNREACHABLE_CODES.includes(error.code)) throw error;
    return { objectId, fact: 'unreachable', ...(known && { content: known }) };
  }
}

/** Data goes into the trash before its sidecar, and comes back behind it: a crash leaves the sidecar among the objects. */
const sidecarOfTrashed = async (store: ArchiveStore, objectId: ObjectId): Promise<Sidecar | undefined> =>
  (await readSidecar(store, objectId, 'trash')) ?? (await readSidecar(store, objectId, 'objects'));

/**
 * What is known of a copy that lies in the trash; undefined if it does not lie there.
 * @throws NativeError, CatalogError
 */
export async function lookIntoTrash(
  catalog: Catalog,
  store: ArchiveStore,
  objectId: ObjectId,
): Promise<CopyFacts | undefined> {
  try {
    if ((await store.stat(objectId)).where !== 'trash') return undefined;
    const row = catalog.objects.find(objectId);
    const known = fromRow(row);
    const sidecar = known === undefined ? await sidecarOfTrashed(store, objectId) : undefined;
    const content = known ?? (sidecar && fromSidecar(sidecar));
    if (content === undefined) return undefined;
    return { objectId, fact: 'trashed', content, ...madeFrom(row, sidecar), ...(sidecar && { sidecar }) };
  } catch (error) {
    if (error instanceof StoreError) return undefined;
    throw error;
  }
}

/** Tells the catalog of a copy that was completed and read back, but whose completion it never heard of. */
export function adoptSidecar(catalog: Catalog, sidecar: Sidecar, verifiedMs: number): void {
  const createdMs = catalog.objects.find(sidecar.objectId)?.createdMs ?? sidecar.archivedAtMs;
  const life = { status: 'verified', createdMs, verifiedMs, trashedMs: undefined, trashReason: undefined } as const;
  catalog.objects.put(objectRowOf(sidecar, life));
}
