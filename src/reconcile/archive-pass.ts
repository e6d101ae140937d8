/**
 * Holds catalog and archive store against each other without reading any data: every object that the catalog counts on
 * must be there in its size, and whatever lies among the objects must be known.
 */
import type { ArchiveStore, ObjectStat, StoreEntry } from '../archive/archive-store.js';
import { mapIfSound } from '../archive/nonzero-map-codec.js';
import { isBadRecord, isOfMedium } from '../archive/store-error.js';
import type { Catalog } from '../catalog/catalog.js';
import type { FileRow } from '../catalog/file-row.js';
import type { ObjectRow, ObjectStatus } from '../catalog/object-row.js';
import type { FsId, ObjectId } from '../dm/identity.js';
import { ALL_IDS, type CopiesLeft, type IdRange } from './copies-left.js';
import type { Finding, FindingClass, Severity } from './finding.js';
import { counter, type Count, type OnReading } from './reading-progress.js';
import { readVerdict, sidecarAgainstRow } from './read-copy.js';
import { checkUnrecordedCopies } from './unrecorded-copies.js';

export interface ArchivePassOptions {
  readonly catalog: Catalog;
  readonly store: ArchiveStore;
  readonly fs: FsId;
  /** What the catalog's pages have not proven; everything if not given. */
  readonly left?: CopiesLeft | undefined;
  /** Reads every copy back and compares its hash, instead of only its size. */
  readonly deep?: boolean | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Its promise is the brake. */
  readonly onFinding: (finding: Finding) => void | Promise<void>;
  readonly onReading?: OnReading | undefined;
}

const PAGE = 1024;

interface Said {
  readonly class: FindingClass;
  readonly severity: Severity;
  readonly why: string;
  readonly action?: Finding['action'];
}

function aboutObject(row: ObjectRow, said: Said): Finding {
  return {
    action: 'report',
    ...said,
    ino: row.ino,
    gen: row.gen,
    ...(row.pathHint && { path: row.pathHint }),
    facts: { object: row.objectId, object_status: row.status, object_size: row.sizeBytes, object_op: row.op },
  };
}

/** The file that is bound to an object: the object's own inode is where it was made, which a rebinding leaves behind. */
function boundFile({ catalog, fs }: ArchivePassOptions, objectId: ObjectId): FileRow | undefined {
  const bound = catalog.files.findByObject(objectId);
  return bound.find((row) => row.fs === fs) ?? bound[0];
}

/** A bad copy of a file: recovery looks at the file's own bytes. Of no file: a person has to. */
function aboutCopy(options: ArchivePassOptions, row: ObjectRow, said: Omit<Said, 'action'>): Finding {
  const file = boundFile(options, row.objectId);
  if (file === undefined || file.fs !== options.fs) return aboutObject(row, said);
  const { ino, gen, pathHint, state } = file;
  return { ...aboutObject(row, said), ino, gen, state, ...(pathHint && { path: pathHint }), action: 'repair' };
}

/** The object is in use: a file is bound to it, or an operation that will say so is open. */
function isSpokenFor(catalog: Catalog, objectId: ObjectId, row: ObjectRow): boolean {
  return catalog.files.findByObject(objectId).length > 0 || catalog.intents.findByInode(row.fs, row) !== undefined;
}

/** A copy that a file is bound to and that is not `verified` (any more) was found bad before: it is read at every look. */
const isSuspect = (options: ArchivePassOptions, { status, objectId }: ObjectRow): boolean =>
  status === 'complete' && boundFile(options, objectId) !== undefined;

const ANEW = 'recall and remove the file, then archive it again, to have a copy with a sidecar';

/** A sidecar that cannot be read: torn, changed, or the medium does not give it. */
const isUnreadable = (error: unknown): error is Error => isBadRecord(error) || isOfMedium(error);

/**
 * A good copy whose sidecar is bad serves as long as the catalog is there; one rebuilt from the store would not know it. Of a
 * copy that no file is bound to, other things are told.
 */
async function checkSidecar(options: ArchivePassOptions, row: ObjectRow, sha256: Buffer): Promise<Finding | undefined> {
  if (boundFile(options, row.objectId) === undefined) return undefined;
  let problem: string;
  try {
    const sidecar = await options.store.readSidecar(row.objectId);
    // That there is none, the store's side of this pass tells.
    if (sidecar === undefined) return undefined;
    if (sidecar.sizeBytes === row.sizeBytes && sidecar.sha256.equals(sha256)) return undefined;
    problem = 'its sidecar is of other content';
  } catch (error) {
    if (!isUnreadable(error)) throw error;
    problem = `its sidecar cannot be read (${error.message})`;
  }
  const why = `the archived copy is good, but ${problem}: ${ANEW}`;
  return { ...aboutCopy(options, row, { class: 'archive-orphan', severity: 'warning', why }), action: 'report' };
}

async function readBack(options: ArchivePassOptions, row: ObjectRow): Promise<Finding | undefined> {
  const { store, catalog } = options;
  if (row.sha256 === undefined) return undefined;
  const verdict = await readVerdict(store, row.objectId, { sizeBytes: row.sizeBytes, sha256: row.sha256 });
  const isSound = row.nonzeroMap !== undefined && mapIfSound(row.nonzeroMap) !== undefined;
  // Reading takes its time, and others may have dropped the copy meanwhile.
  const mayWrite = catalog.writable && catalog.objects.find(row.objectId)?.status === row.status;
  // A moment's error of the medium is not held against the copy for ever.
  if (verdict === 'good' && isSound && mayWrite && row.status === 'complete')
    catalog.objects.setVerified(row.objectId, Date.now());
  if (verdict === 'good' && isSound) return checkSidecar(options, row, row.sha256);
  if (verdict !== 'good' && verdict !== 'digest-differs' && verdict !== 'unreadable') return undefined;
  // From now on nothing relies on it: release and archive look at this, and recovery reads it again.
  if (mayWrite && row.status === 'verified') catalog.objects.setStatus(row.objectId, 'complete');
  if (verdict === 'good') {
    const why = 'the archived copy is good, but the catalog’s map of where it has data is damaged';
    return aboutCopy(options, row, { class: 'state-mismatch', severity: 'error', why });
  }
  if (verdict === 'digest-differs' && (await sidecarAgainstRow(store, row)) !== undefined) {
    const why = 'the catalog has another hash of this copy than its sidecar, which is right: the copy is good';
    return aboutCopy(options, row, { class: 'state-mismatch', severity: 'error', why });
  }
  if (verdict === 'unreadable') {
    const why = 'the archived copy cannot be read back: the medium gives an error';
    return aboutCopy(options, row, { class: 'archive-digest-mismatch', severity: 'critical', why });
  }
  const why = 'the archived copy does not have the bytes that were archived: its hash differs';
  return aboutCopy(options, row, { class: 'archive-digest-mismatch', severity: 'critical', why });
}

/**
 * A copy that the catalog has as dropped, and that lies among the objects. If a file is bound to it, only the record is
 * wrong, and recovery puts it right; one of no file the store's side of this pass tells of.
 */
function countedOut(options: ArchivePassOptions, row: ObjectRow): Finding | undefined {
  const now = options.catalog.objects.find(row.objectId);
  if (now?.status !== row.status || boundFile(options, row.objectId) === undefined) return undefined;
  const why = `the catalog has the copy of this file as ${row.status}, and the copy lies among the objects`;
  return aboutCopy(options, row, { class: 'state-mismatch', severity: 'error', why });
}

async function checkKnown(options: ArchivePassOptions, row: ObjectRow): Promise<Finding | undefined> {
  let found: ObjectStat;
  try {
    found = await options.store.stat(row.objectId);
  } catch (error) {
    if (!isOfMedium(error)) throw error;
    const why = 'the archived copy cannot be looked at: the medium gives an error';
    return aboutCopy(options, row, { class: 'archive-digest-mismatch', severity: 'critical', why });
  }
  const isDropped = row.status === 'trash' || row.status === 'purged';
  if (isDropped && found.where === 'objects') return countedOut(options, row);
  if (found.where === 'objects') {
    if (found.sizeBytes !== row.sizeBytes) {
      const why = `the archived copy has ${found.sizeBytes} bytes instead of ${row.sizeBytes}`;
      return aboutCopy(options, row, { class: 'archive-size-mismatch', severity: 'critical', why });
    }
    const rotten = options.deep || isSuspect(options, row) ? await readBack(options, row) : undefined;
    if (rotten) return rotten;
    if (isSpokenFor(options.catalog, row.objectId, row)) return undefined;
    const why = 'the archived copy belongs to no file any more';
    return aboutObject(row, { class: 'archive-orphan', severity: 'warning', why, action: 'forget' });
  }
  // An operation may have moved it, and its row, in this very moment. One that died behind its trashing has unbound the
  // file before: its open intent says what is left to do.
  const now = options.catalog.objects.find(row.objectId);
  const isBound = options.catalog.files.findByObject(row.objectId).length > 0;
  if (now === undefined || now.status !== row.status || !isBound) return undefined;
  const where = found.where === 'trash' ? 'lies in the trash of the store' : 'is not in the store';
  return aboutCopy(options, row, { class: 'archive-missing', severity: 'critical', why: `the archived copy ${where}` });
}

/** Those of other filesystems in the same store are counted too: about as many are looked at. */
function copiesIn({ catalog, store }: ArchivePassOptions): number {
  const { complete, verified, trash, purged } = catalog.objects.countByStatus(store.storeId);
  return complete + verified + trash + purged;
}

/** More than these are read, and told of, twice: memory stays flat. */
const REMEMBERED_MAX = 65_536;

/** Objects that were `complete` when this pass came by, which it may have found good and made `verified`. */
type Looked = Set<ObjectId>;

async function checkObjects(
  options: ArchivePassOptions,
  status: ObjectStatus,
  range: IdRange,
  { looked, count }: { readonly looked: Looked; readonly count: Count },
): Promise<void> {
  const { catalog, store, fs, signal } = options;
  let { after } = range;
  for (;;) {
    const of = { storeId: store.storeId, status, fs, limit: PAGE } as const;
    const page = catalog.objects.page({ ...of, after, upTo: range.upTo });
    for (const row of page) {
      if (signal?.aborted) return;
      count();
      // By name, not by the time of its reading: a clock that was set back must not hide a copy from any audit.
      if (status === 'verified' && looked.has(row.objectId)) continue;
      if (status === 'complete' && looked.size < REMEMBERED_MAX) looked.add(row.objectId);
      const finding = await checkKnown(options, row);
      if (finding) await options.onFinding(finding);
    }
    after = page.at(-1)?.objectId;
    if (after === undefined || page.length < PAGE) return;
  }
}

async function checkCatalogSide(options: ArchivePassOptions): Promise<void> {
  // In the trash too: a file that is bound to a copy there has none. `complete` before `verified`: a copy that turns out
  // bad goes from the one to the other, and is to be told of once.
  const looked: Looked = new Set();
  const count = counter(options.onReading, 'copies', () => copiesIn(options));
  for (const status of ['complete', 'verified', 'trash', 'purged'] as const) {
    const ranges = status === 'verified' ? options.left?.verified : undefined;
    for (const range of ranges ?? [ALL_IDS]) await checkObjects(options, status, range, { looked, count });
  }
}

function stranger(entry: StoreEntry, why: string, classOf: FindingClass, severity: Severity): Finding {
  const { name, objectId, hasData, hasSidecar, sizeBytes } = entry;
  const facts = { name, object: objectId, has_data: hasData, has_sidecar: hasSidecar, object_size: sizeBytes };
  return { class: classOf, severity, why, facts, action: 'report' };
}

async function judgeUnknown(options: ArchivePassOptions, entry: StoreEntry, objectId: ObjectId): Promise<Finding> {
  const { catalog, store } = options;
  try {
    const sidecar = await store.readSidecar(objectId);
    if (sidecar === undefined)
      return stranger(
        entry,
        'an object without a sidecar that the catalog does not know',
        'archive-other-owner',
        'warning',
      );
    const { epoch } = catalog.ops.state();
    if (sidecar.catalogId === catalog.catalogId() && sidecar.epoch === epoch) {
      return stranger(
        entry,
        'the catalog does not know this object, though it was made under it',
        'archive-orphan',
        'warning',
      );
    }
    return stranger(entry, 'an object of another catalog or epoch', 'archive-other-owner', 'info');
  } catch (error) {
    if (!isUnreadable(error)) throw error;
    return stranger(entry, `its sidecar cannot be read: ${error.message}`, 'archive-other-owner', 'warning');
  }
}

/** Rows that the first half has seen are fine here; what is left are strangers and half-done moves. */
async function judgeEntry(options: ArchivePassOptions, entry: StoreEntry): Promise<Finding | undefined> {
  if (entry.where !== 'objects') return undefined;
  if (entry.objectId === undefined)
    return stranger(entry, 'a file that is no object of the store', 'archive-other-owner', 'info');
  const row = options.catalog.objects.find(entry.objectId);
  if (row === undefined) return judgeUnknown(options, entry, entry.objectId);
  if (row.status === 'verified' || row.status === 'complete') {
    if (entry.hasSidecar || !entry.hasData) return undefined;
    return aboutObject(row, {
      class: 'archive-orphan',
      severity: 'warning',
      why: `the archived copy has lost its sidecar: ${ANEW}`,
    });
  }
  if (isSpokenFor(options.catalog, entry.objectId, row)) return undefined;
  const why = `the catalog has this copy as ${row.status}, and it still lies among the objects`;
  return aboutObject(row, { class: 'archive-orphan', severity: 'warning', why, action: 'forget' });
}

/**
 * Checks both sides.
 * @throws StoreError ESTORE_UNREACHABLE: a store that is not mounted is not an empty store, so nothing is concluded
 */
export async function runArchivePass(options: ArchivePassOptions): Promise<void> {
  await checkCatalogSide(options);
  await checkUnrecordedCopies({ ...options, ranges: options.left?.unrecorded ?? [ALL_IDS] });
  const count = counter(options.onReading, 'objects in the store', () => copiesIn(options));
  for await (const entry of options.store.list()) {
    if (options.signal?.aborted) return;
    count();
    const finding = await judgeEntry(options, entry);
    if (finding) await options.onFinding(finding);
  }
}
