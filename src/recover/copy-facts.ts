import { isDeepStrictEqual } from 'node:util';
import type { ArchiveStore } from '../archive/archive-store.js';
import { mapIfSound } from '../archive/nonzero-map-codec.js';
import type { NonzeroMap } from '../archive/nonzero-map.js';
import type { Sidecar } from '../archive/sidecar.js';
import { isOfMedium, StoreError } from '../archive/store-error.js';
import { isMisplaced, readSidecar, readVerdict, sidecarAgainstRow, type ReadVerdict } from '../reconcile/read-copy.js';
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
  const map = mapIfSound(row.nonzeroMap);
  return map && { objectId, sizeBytes, mtimeNs, sha256, nonzeroBytes, map };
}

/** What a sidecar says of its copy's content. */
export function contentOf(sidecar: Sidecar): NonNullable<CopyFacts['content']> {
  const { objectId, sizeBytes, mtimeNs, sha256, map } = sidecar;
  return { objectId, sizeBytes, mtimeNs, sha256, map, nonzeroBytes: BigInt(map.nonzeroBytes) };
}

function madeFrom(row: ObjectRow | undefined, sidecar: Sidecar | undefined): Pick<CopyFacts, 'madeFrom'> {
  if (row !== undefined) return { madeFrom: { fs: row.fs, ino: row.ino, gen: row.gen } };
  return sidecar === undefined ? {} : { madeFrom: { fs: sidecar.fsId, ino: sidecar.ino, gen: sidecar.gen } };
}

const UNREACHABLE_CODES = ['ESTORE_UNREACHABLE', 'ESTORE_FOREIGN'];

/** Errors after which nothing is known of a copy, rather than anything bad. */
const saysNothing = (error: unknown): boolean =>
  isOfMedium(error) || (error instanceof StoreError && UNREACHABLE_CODES.includes(error.code));

const isOtherContent = (verdict: ReadVerdict): boolean => verdict === 'digest-differs' || verdict === 'size-differs';

/** The row of a complete copy cannot be read: its map is damaged. */
const isGarbled = (row: ObjectRow | undefined): boolean =>
  row?.sha256 !== undefined && row.nonzeroMap !== undefined && fromRow(row) === undefined;

/** Nobody else has changed it while the copy was being read. */
const isUnchanged = (catalog: Catalog, row: ObjectRow): boolean =>
  isDeepStrictEqual(catalog.objects.find(row.objectId), row);

/** The copy is good, and its row is not: the catalog hears of what the sidecar says. */
function mendRow(catalog: Catalog, row: ObjectRow, sidecar: Sidecar): CopyFacts {
  const { objectId } = sidecar;
  const isCountedOut = row.status === 'trash' || row.status === 'purged';
  // The row stays one of a dropped copy where it was: what relies on it is settled first.
  if (catalog.writable && !isCountedOut && isUnchanged(catalog, row)) adoptSidecar(catalog, sidecar, Date.now());
  const content = contentOf(sidecar);
  return { objectId, fact: 'good', content, ...madeFrom(row, sidecar), sidecar, ...(isCountedOut && { isCountedOut }) };
}

/** From now on nothing relies on it: release and archive look at this. */
function doubt(catalog: Catalog, row: ObjectRow | undefined): void {
  if (catalog.writable && row?.status === 'verified' && isUnchanged(catalog, row))
    catalog.objects.setStatus(row.objectId, 'complete');
}

async function readCopy(
  catalog: Catalog,
  store: ArchiveStore,
  objectId: ObjectId,
  row: ObjectRow | undefined,
): Promise<CopyFacts> {
  const known = fromRow(row);
  if (row && isGarbled(row)) {
    const rightful = await sidecarAgainstRow(store, row);
    return rightful ? mendRow(catalog, row, rightful) : { objectId, fact: 'unreachable' };
  }
  const sidecar = known === undefined ? await readSidecar(store, objectId) : undefined;
  const content = known ?? (sidecar && contentOf(sidecar));
  if (content === undefined) return { objectId, fact: 'none' };
  const verdict = await readVerdict(store, objectId, content);
  const rightful = row && isOtherContent(verdict) ? await sidecarAgainstRow(store, row) : undefined;
  if (row && rightful) return mendRow(catalog, row, rightful);
  // A catalog that was rebuilt, or had found it unreadable, hears that it is good.
  if (verdict === 'good' && catalog.writable && row?.status === 'complete' && isUnchanged(catalog, row))
    catalog.objects.setVerified(objectId, Date.now());
  if (verdict === 'unreadable' || isOtherContent(verdict)) doubt(catalog, row);
  // An error is no proof of other bytes, and what lies in a wrong place may be the only copy of another file.
  const saysNothing = verdict === 'unreadable' || (isOtherContent(verdict) && (await isMisplaced(store, objectId)));
  const fact = saysNothing ? 'unreachable' : verdict === 'good' || verdict === 'missing' ? verdict : 'bad';
  const isCountedOut = fact === 'good' && (row?.status === 'trash' || row?.status === 'purged');
  return {
    objectId,
    fact,
    content,
    ...madeFrom(row, sidecar),
    ...(sidecar && { sidecar }),
    ...(isCountedOut && { isCountedOut }),
  };
}

/**
 * Reads the copy back and says how good it is. One of a store that cannot be reached, that the medium does not give, or
 * that lies in another's place is `unreachable`, never `missing` or `bad`.
 * @param row the catalog's, as it is
 * @throws NativeError, CatalogError
 */
export async function lookAtCopy(
  catalog: Catalog,
  store: ArchiveStore | undefined,
  objectId: ObjectId,
  row: ObjectRow | undefined,
): Promise<CopyFacts> {
  try {
    if (store !== undefined) return await readCopy(catalog, store, objectId, row);
  } catch (error) {
    if (!saysNothing(error)) throw error;
  }
  const known = fromRow(row);
  return { objectId, fact: 'unreachable', ...(known && { content: known }) };
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
    const content = known ?? (sidecar && contentOf(sidecar));
    if (content === undefined) return undefined;
    return { objectId, fact: 'trashed', content, ...madeFrom(row, sidecar), ...(sidecar && { sidecar }) };
  } catch (error) {
    if (saysNothing(error)) return { objectId, fact: 'unreachable' };
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
