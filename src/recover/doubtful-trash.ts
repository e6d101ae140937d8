/**
 * Whether a copy in the trash is what its name says. One that was put into another one's place goes by a wrong name: that
 * nobody names it says nothing of its bytes, which may be the only ones of another file. So it is read before it is deleted.
 */
import type { ArchiveStore, ExpectedObject } from '../archive/archive-store.js';
import { isBadRecord, isOfMedium } from '../archive/store-error.js';
import type { Catalog } from '../catalog/catalog.js';
import type { ObjectRow } from '../catalog/object-row.js';
import type { ObjectId } from '../dm/identity.js';
import { TRASH_REASONS } from '../migrate/trash-reasons.js';
import { readVerdict, sidecarAgainstRow } from '../reconcile/read-copy.js';

const COULD_BE_ANOTHERS = 'it may be the only copy of another file. "hsmck purge --damaged" deletes it too';

/** Why nobody can tell whose bytes these are. */
const DOUBTS = {
  dropped: `it did not read back as it was archived when it was dropped: ${COULD_BE_ANOTHERS}`,
  misplaced: `a sidecar lies beside it that is another object’s: ${COULD_BE_ANOTHERS}`,
  unreadable: `the medium does not give it, or its sidecar: ${COULD_BE_ANOTHERS}`,
  other: `it does not read back as it was archived: ${COULD_BE_ANOTHERS}`,
  nameless: `no record says what it should be: ${COULD_BE_ANOTHERS}`,
} as const;

type Doubt = (typeof DOUBTS)[keyof typeof DOUBTS];

export interface TrashedCopy {
  readonly objectId: ObjectId;
  readonly hasData: boolean;
  readonly trashReason: string | undefined;
}

/** What the sidecar beside a copy says of its bytes, or why it says nothing. */
async function sidecarOf(store: ArchiveStore, objectId: ObjectId): Promise<ExpectedObject | Doubt | undefined> {
  try {
    return await store.readSidecar(objectId, 'trash');
  } catch (error) {
    if (isOfMedium(error)) return DOUBTS.unreadable;
    if (isBadRecord(error)) return error.code === 'ESTORE_MISPLACED' ? DOUBTS.misplaced : undefined;
    throw error;
  }
}

const expectedOf = (row: ObjectRow | undefined): ExpectedObject | undefined =>
  row?.sha256 === undefined ? undefined : { sizeBytes: row.sizeBytes, sha256: row.sha256 };

async function readDoubt(
  store: ArchiveStore,
  { objectId }: TrashedCopy,
  expected: ExpectedObject,
  { row, onChunk }: { readonly row: ObjectRow | undefined; readonly onChunk: () => void },
): Promise<Doubt | undefined> {
  const verdict = await readVerdict(store, objectId, expected, 'trash', onChunk);
  if (verdict === 'good' || verdict === 'missing') return undefined;
  if (verdict === 'unreadable') return DOUBTS.unreadable;
  // The row may be wrong as well as the copy.
  const rightful = row && (await sidecarAgainstRow(store, row, 'trash'));
  return rightful === undefined ? DOUBTS.other : undefined;
}

/**
 * Reads a copy in the trash back. Undefined where its bytes are those that were archived under its name, or it has none.
 * @throws StoreError, NativeError, and what `onChunk` throws
 */
export async function doubtOf(
  catalog: Catalog,
  store: ArchiveStore,
  copy: TrashedCopy,
  onChunk: () => void,
): Promise<string | undefined> {
  if (copy.trashReason === TRASH_REASONS.damaged) return DOUBTS.dropped;
  const sidecar = await sidecarOf(store, copy.objectId);
  if (typeof sidecar === 'string') return sidecar;
  if (!copy.hasData) return undefined;
  const row = catalog.objects.find(copy.objectId);
  const expected = expectedOf(row) ?? sidecar;
  if (expected === undefined) return DOUBTS.nameless;
  return readDoubt(store, copy, expected, { row, onChunk });
}
