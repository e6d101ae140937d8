import type { ArchiveStore, ObjectStat } from '../archive/archive-store.js';
import { isOfMedium } from '../archive/store-error.js';
import type { Catalog } from '../catalog/catalog.js';
import type { FileRow } from '../catalog/file-row.js';
import type { FsId, ObjectId } from '../dm/identity.js';
import type { IdRange } from './copies-left.js';
import type { Finding } from './finding.js';

const PAGE = 1024;

export interface UnrecordedCopiesOptions {
  readonly catalog: Catalog;
  readonly store: ArchiveStore;
  readonly fs: FsId;
  /** Only among these objects. */
  readonly ranges: readonly IdRange[];
  readonly signal?: AbortSignal | undefined;
  /** Its promise is the brake. */
  readonly onFinding: (finding: Finding) => void | Promise<void>;
}

/** Nobody is at work on the file, and it is bound as it was when the page was read. */
function isSteady({ catalog }: UnrecordedCopiesOptions, file: FileRow): boolean {
  const now = catalog.files.find(file.fs, file);
  return now?.changeSeq === file.changeSeq && catalog.intents.findByInode(file.fs, file) === undefined;
}

async function placeOf(store: ArchiveStore, objectId: ObjectId): Promise<ObjectStat['where'] | 'unreadable'> {
  try {
    return (await store.stat(objectId)).where;
  } catch (error) {
    if (isOfMedium(error)) return 'unreadable';
    throw error;
  }
}

async function checkFile(options: UnrecordedCopiesOptions, file: FileRow): Promise<Finding | undefined> {
  const { ino, gen, objectId, pathHint, state } = file;
  const place = await placeOf(options.store, objectId);
  const isThere = place === 'objects';
  const isRecorded = options.catalog.objects.find(objectId) !== undefined;
  if ((isThere && isRecorded) || !isSteady(options, file)) return undefined;
  const about = {
    ino,
    gen,
    ...(pathHint && { path: pathHint }),
    state,
    facts: { object: objectId },
    action: 'repair',
  } as const;
  if (isThere) {
    const why = 'the catalog has no record of the copy that the file is bound to; it lies in the store';
    return { class: 'state-mismatch', severity: 'error', ...about, why };
  }
  if (place === 'unreadable') {
    const why =
      'the catalog has no record of the completion of the copy that the file is bound to, and the medium gives an error for it';
    return { class: 'archive-digest-mismatch', severity: 'critical', ...about, why };
  }
  const why = 'the catalog has no record of the copy that the file is bound to, and it is not in the store';
  return { class: 'archive-missing', severity: 'critical', ...about, why };
}

async function checkRange(options: UnrecordedCopiesOptions, range: IdRange): Promise<void> {
  const { catalog, fs, signal, onFinding } = options;
  let after: FileRow | undefined;
  for (;;) {
    const page = catalog.files.pageWithoutCopy(fs, { range, limit: PAGE, ...(after && { after }) });
    for (const file of page) {
      if (signal?.aborted) return;
      const finding = await checkFile(options, file);
      if (finding) await onFinding(finding);
    }
    after = page.at(-1);
    if (after === undefined || page.length < PAGE) return;
  }
}

/**
 * Files that are bound to a copy of which the catalog has no record, or none of its completion: no page of objects shows
 * them, and neither does the inode.
 * @throws StoreError, CatalogError
 */
export async function checkUnrecordedCopies(options: UnrecordedCopiesOptions): Promise<void> {
  for (const range of options.ranges) await checkRange(options, range);
}
