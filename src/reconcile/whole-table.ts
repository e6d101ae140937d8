/**
 * Whether all rows were come by. A damaged key leads past rows that are there; SQLite follows it as well, and neither it nor whoever
 * reads its pages is told that anything is missing.
 */
import type { Catalog } from '../catalog/catalog.js';
import { CatalogError } from '../catalog/catalog-error.js';
import { joinProofs, type CopyProof } from '../catalog/pages/copy-proof.js';
import type { Irregular } from '../catalog/pages/page-reader.js';

type Proofs = readonly (CopyProof | Irregular | undefined)[];

/**
 * What ranges of the copies have proven, all of them or nothing. Where their pages were not as they should be, every index is compared
 * with its table before anything rests on either.
 * @throws CatalogError ECATALOG_CORRUPT
 */
export function soundProofs(catalog: Catalog, proofs: Proofs): readonly CopyProof[] | undefined {
  if (proofs.length === 0) return undefined;
  const joined = joinProofs(proofs);
  // All were made, and still they do not cover the trees.
  const isTorn = joined === undefined && proofs.every((proof) => typeof proof === 'object');
  if (isTorn || proofs.includes('irregular')) catalog.checkIntegrity();
  return joined;
}

/**
 * @param rowsRead of the partitions, which together have all rows of the filesystem
 * @param bindings how many the index over the same table had at the same moment; undefined if that is not known
 * @throws CatalogError ECATALOG_CORRUPT if rows were passed over
 */
export function assertAllRowsRead(
  catalog: Catalog,
  rowsRead: readonly (number | Irregular | undefined)[],
  bindings: number | undefined,
): void {
  if (rowsRead.includes('irregular')) catalog.checkIntegrity();
  const counts = rowsRead.filter((count) => typeof count === 'number');
  if (bindings === undefined || counts.length < rowsRead.length) return;
  const total = counts.reduce((sum, count) => sum + count, 0);
  if (total === bindings) return;
  catalog.checkIntegrity();
  throw new CatalogError(
    'ECATALOG_CORRUPT',
    `catalog ${catalog.path} is damaged: ${total} rows of the table file can be reached, ${bindings} are in its index; restore it from a backup or rebuild it from the archive`,
  );
}
