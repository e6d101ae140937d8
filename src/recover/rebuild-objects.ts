/** A catalog that is rebuilt: what the archive knows. Every object whose sidecar is of the lost catalog gets its row. */
import type { ArchiveStore, StoreEntry } from '../archive/archive-store.js';
import type { Sidecar } from '../archive/sidecar.js';
import { isBadRecord, isOfMedium } from '../archive/store-error.js';
import type { Catalog } from '../catalog/catalog.js';
import { toOp, type FsId, type ObjectId, type Op } from '../dm/identity.js';
import { objectRowOf, type ObjectLife } from './object-row-of.js';

/** What the sidecars say together. */
export interface ArchivedObjects {
  readonly objects: number;
  /** In the store, and no object of this catalog: without a sidecar that can be read, or another's. They stay as they are. */
  readonly passedOver: number;
  /** Sidecars that the medium does not give. */
  readonly notGiven: number;
  readonly epochs: ReadonlySet<bigint>;
  readonly highestOp: Op;
  /** Whose files were archived here. */
  readonly filesystems: ReadonlySet<FsId>;
}

const BATCH_MAX = 256;

interface Found {
  readonly entry: StoreEntry;
  readonly sidecar: Sidecar;
}

async function readOwn(
  store: ArchiveStore,
  catalogId: string,
  { objectId, where, hasData, hasSidecar }: StoreEntry,
): Promise<Sidecar | 'not-given' | undefined> {
  // A sidecar without data is a put that was not finished: no file was ever told of it.
  if (objectId === undefined || where === 'tmp' || !hasData || !hasSidecar) return undefined;
  try {
    const sidecar = await store.readSidecar(objectId, where);
    return sidecar?.catalogId === catalogId ? sidecar : undefined;
  } catch (error) {
    if (isOfMedium(error)) return 'not-given';
    if (isBadRecord(error)) return undefined;
    throw error;
  }
}

/** Nothing that was not read back since lets anything be punched: `complete`, not `verified`. */
function lifeOf({ entry, sidecar }: Found): ObjectLife {
  const shared = { createdMs: sidecar.archivedAtMs, verifiedMs: undefined };
  if (entry.where === 'objects') return { ...shared, status: 'complete', trashedMs: undefined, trashReason: undefined };
  const trashReason = 'it lay in the trash when the catalog was rebuilt';
  return { ...shared, status: 'trash', trashedMs: entry.trashedAtMs ?? Date.now(), trashReason };
}

function record(catalog: Catalog, found: readonly Found[]): void {
  catalog.transaction(() => {
    for (const one of found) {
      // Half moved, it shows twice; the live one was listed first.
      if (catalog.objects.find(one.sidecar.objectId) === undefined)
        catalog.objects.put(objectRowOf(one.sidecar, lifeOf(one)));
    }
  });
}

/**
 * Reads every sidecar of the store.
 * @throws StoreError ESTORE_UNREACHABLE when the store goes away meanwhile; CatalogError
 */
export async function rebuildObjects(
  catalog: Catalog,
  store: ArchiveStore,
  signal: AbortSignal,
): Promise<ArchivedObjects> {
  const catalogId = catalog.catalogId();
  const epochs = new Set<bigint>();
  const filesystems = new Set<FsId>();
  let [objects, passedOver, notGiven, highestOp] = [0, 0, 0, toOp(0n)];
  let batch: Found[] = [];
  for await (const entry of store.list()) {
    if (signal.aborted) break;
    const sidecar = await readOwn(store, catalogId, entry);
    if (sidecar === 'not-given') {
      notGiven += 1;
      continue;
    }
    if (sidecar === undefined) {
      if (entry.where !== 'tmp') passedOver += 1;
      continue;
    }
    objects += 1;
    epochs.add(sidecar.epoch);
    filesystems.add(sidecar.fsId);
    if (sidecar.op > highestOp) highestOp = sidecar.op;
    if (batch.push({ entry, sidecar }) < BATCH_MAX) continue;
    record(catalog, batch);
    batch = [];
  }
  record(catalog, batch);
  return { objects, passedOver, notGiven, epochs, highestOp, filesystems };
}

/** The object as it lies in the store has the size that its sidecar says, as far as the medium tells. */
export async function isWholeInStore(store: ArchiveStore, objectId: ObjectId, sizeBytes: bigint): Promise<boolean> {
  try {
    const found = await store.stat(objectId);
    return found.where === 'objects' && found.sizeBytes === sizeBytes;
  } catch (error) {
    if (isOfMedium(error)) return false;
    throw error;
  }
}
