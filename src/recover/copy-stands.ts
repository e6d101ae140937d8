import { isOfMedium } from '../archive/store-error.js';
import type { ArchiveStore } from '../archive/archive-store.js';
import type { Catalog } from '../catalog/catalog.js';
import type { ObjectRow } from '../catalog/object-row.js';
import type { ObjectId } from '../dm/identity.js';

/** Whether a copy is known to be good and is there at this moment; one of another store, as far as the catalog knows. */
async function copyStands(catalog: Catalog, store: ArchiveStore, objectId: ObjectId): Promise<boolean> {
  const row = catalog.objects.find(objectId);
  if (row?.status !== 'verified') return false;
  if (row.storeId !== store.storeId) return true;
  try {
    const found = await store.stat(objectId);
    return found.where === 'objects' && found.sizeBytes === row.sizeBytes;
  } catch (error) {
    if (isOfMedium(error)) return false;
    throw error;
  }
}

/**
 * Whether the file that a copy was made of is bound to another copy that nobody can count on: it is gone, of another size, or
 * was found bad. Then this one, of an earlier time, may be the last that is left of the file.
 * @throws StoreError, NativeError, CatalogError
 */
export async function isLastOfItsFile(catalog: Catalog, store: ArchiveStore, made: ObjectRow): Promise<boolean> {
  const file = catalog.files.find(made.fs, made);
  if (file === undefined || file.objectId === made.objectId) return false;
  return !(await copyStands(catalog, store, file.objectId));
}
