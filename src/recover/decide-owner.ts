import type { ArchiveStore } from '../archive/archive-store.js';
import type { Catalog } from '../catalog/catalog.js';
import type { ObjectId } from '../dm/identity.js';
import type { History } from './history.js';
import { lookAtCopy, lookIntoTrash, type CopyFacts } from './copy-facts.js';

/** A copy that the catalog does not know, and whose sidecar is not of this catalog's doing. */
function isOfAnother(catalog: Catalog, { isOwnEpoch }: History, { sidecar }: CopyFacts): boolean {
  if (sidecar === undefined || catalog.objects.find(sidecar.objectId) !== undefined) return false;
  return sidecar.catalogId !== catalog.catalogId() || !isOwnEpoch(sidecar.epoch);
}

/**
 * How good the copy is, whose it is, and where it lies. One that belongs to another store is `unreachable`: not finding it
 * in this one proves nothing.
 * @throws NativeError, CatalogError
 */
export async function decideOwner(
  { catalog, store }: { readonly catalog: Catalog; readonly store: ArchiveStore | undefined },
  history: History,
  objectId: ObjectId,
): Promise<CopyFacts> {
  const row = catalog.objects.find(objectId);
  const isElsewhere = row !== undefined && store !== undefined && row.storeId !== store.storeId;
  const copy = await lookAtCopy(catalog, isElsewhere ? undefined : store, objectId, row);
  if (store === undefined || isElsewhere) return copy;
  const isGone = copy.fact === 'missing' || copy.fact === 'none';
  const found = (isGone ? await lookIntoTrash(catalog, store, objectId) : undefined) ?? copy;
  return isOfAnother(catalog, history, found) ? { ...found, fact: 'other-owner' } : found;
}
