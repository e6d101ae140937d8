import { encodeNonzeroMap } from '../archive/nonzero-map-codec.js';
import type { Sidecar } from '../archive/sidecar.js';
import type { ObjectRow } from '../catalog/object-row.js';

/** How far an object has come: what its sidecar does not know. */
export type ObjectLife = Pick<ObjectRow, 'status' | 'createdMs' | 'verifiedMs' | 'trashedMs' | 'trashReason'>;

/** The catalog's row of an object, from what lies beside it in the store. */
export function objectRowOf(sidecar: Sidecar, life: ObjectLife): ObjectRow {
  const { objectId, storeId, fsId, ino, gen, op, sizeBytes, mtimeNs, sha256, map, path } = sidecar;
  return {
    objectId,
    storeId,
    fs: fsId,
    ino,
    gen,
    op,
    sizeBytes,
    mtimeNs,
    sha256,
    grainBytes: map.grainBytes,
    nonzeroMap: encodeNonzeroMap(map),
    nonzeroBytes: BigInt(map.nonzeroBytes),
    mapCoarse: map.coarse,
    pathHint: path,
    ...life,
  };
}
