/**
 * Files that were deleted leave a row and a copy behind. Both go, the copy to the store's trash, but only after a
 * complete scan of every filesystem of the catalog has found no attribute that names the copy: a copied or restored file
 * may live on it.
 */
import type { Catalog } from '../catalog/catalog.js';
import type { FileRow } from '../catalog/file-row.js';
import type { FsId, ObjectId } from '../dm/identity.js';
import { invariant, OperationalError, type HsmckError } from '../errors.js';
import type { Session } from '../migrate/session.js';
import { syncFilesystem } from '../native/io.js';
import { toGen, toIno, type InodeId } from '../native/inode-id.js';
import type { Finding } from '../reconcile/finding.js';
import type { ActionRecord } from './action-record.js';
import { historyOf } from './history.js';
import { whyKept } from './kept-leftovers.js';
import { namedObjects } from './named-objects.js';
import { isLastOfItsFile } from './copy-stands.js';
import { fileHasHoles } from './silent-file.js';

/** What is left of one deleted file. */
export interface Leftover {
  readonly finding: Finding;
  readonly objectId: ObjectId;
  /** The inode that is gone; undefined where no row is left, only the copy. */
  readonly id?: InodeId;
}

/** As many as are looked for in one scan; what is beyond waits for the next run. */
export const LEFTOVERS_MAX = 100_000;

/**
 * So many rows without an inode at once are more likely a wrong or damaged filesystem than deleted files: more than
 * this, and more than one row in a hundred, is not acted upon unasked.
 */
const SUSPICIOUS_ROWS = 1000;
const BATCH_MAX = 64;

export interface ForgetOptions {
  readonly session: Session;
  readonly leftovers: readonly Leftover[];
  readonly threads: number;
  /** The administrator knows that so many files were deleted. */
  readonly acceptDeleted: boolean;
  readonly onAction: (record: ActionRecord) => void;
}

/** The record of what became of a leftover. */
export function forgetRecord({ finding }: Leftover, rest: Pick<ActionRecord, 'result' | 'why'>): ActionRecord {
  const { ino, gen, path, class: findingClass, severity } = finding;
  return {
    ...(ino !== undefined && gen !== undefined && { id: { ino: toIno(ino), gen: toGen(gen) } }),
    ...(path && { path }),
    class: findingClass,
    severity,
    kind: rest.result === 'left' ? 'report' : 'repair',
    action: rest.result === 'left' ? 'none' : 'forget',
    ...rest,
  };
}

/** Why so many are left. */
export const SUSPICIOUS =
  'more files are gone at once than deleting explains: is it the right filesystem, and whole? ' +
  'If they were deleted, run "hsmck recover --apply --accept-deleted"';

/** Whether so many files without an inode, of all that the catalog has, are to be left until somebody says that they were deleted. */
export function isSuspicious(
  { catalog, fs }: { readonly catalog: Catalog; readonly fs: FsId },
  leftovers: readonly Leftover[],
): boolean {
  const rows = Object.values(catalog.files.countByState(fs)).reduce((a, b) => a + b, 0);
  const gone = leftovers.filter(({ id }) => id !== undefined).length;
  return gone > SUSPICIOUS_ROWS && gone * 100 > rows;
}

/** Every object that some attribute on some filesystem of the catalog names. */
async function findNamed({ session, leftovers, threads }: ForgetOptions): Promise<ReadonlySet<ObjectId>> {
  const { catalog, signal } = session;
  const objects = leftovers.map(({ objectId }) => objectId);
  const named = new Set<ObjectId>();
  // Of every store: a file can be moved between filesystems whose copies lie in different ones.
  for (const filesystem of catalog.filesystems.list()) {
    for (const objectId of await namedObjects({ catalog, filesystem, objects, threads, signal })) named.add(objectId);
  }
  return named;
}

const isRowOf = (row: FileRow, fs: FsId, id: InodeId | undefined): boolean =>
  row.fs === fs && row.ino === id?.ino && row.gen === id.gen;

/** What may go: row and copy; the row alone, where another file's row names the copy too; nothing, for it changed. */
type Part = 'row-and-copy' | 'row' | 'nothing';

/** Whether all is still as it was found: nobody bound the object, opened an operation, or brought the inode back. */
function partToForget(session: Session, { id, objectId }: Leftover, due: readonly Forgotten[]): Part {
  const { catalog, access, filesystem } = session;
  const { fs } = filesystem;
  const bound = catalog.files.findByObject(objectId);
  const isDue = (row: FileRow): boolean => due.some(({ leftover }) => isRowOf(row, fs, leftover.id));
  const others = bound.filter((row) => !isRowOf(row, fs, id) && !isDue(row));
  if (id === undefined && bound.length > 0) return 'nothing';
  if (id !== undefined) {
    if (catalog.intents.findByInode(fs, id) !== undefined) return 'nothing';
    const presence = access.locate(id).kind;
    if (presence !== 'gone' && presence !== 'reused') return 'nothing';
  }
  if (others.length > 0) return 'row';
  const object = catalog.objects.find(objectId);
  const isAwaited = object !== undefined && catalog.intents.findByInode(object.fs, object) !== undefined;
  return isAwaited ? 'nothing' : 'row-and-copy';
}

interface Forgotten {
  readonly leftover: Leftover;
  readonly part: Exclude<Part, 'nothing'>;
}

/** Row first, copy after: a crash in between leaves a copy that nothing names, which the next run finds. */
async function forgetBatch(session: Session, batch: readonly Forgotten[]): Promise<ReadonlyMap<ObjectId, HsmckError>> {
  const { catalog, filesystem, store, passStep, mount } = session;
  // The inodes were just seen to be gone, but perhaps only in memory: a crash would bring a file back whose copy we had
  // thrown away. So the deletion is made durable first.
  syncFilesystem(mount.rootFd, mount.mountPath.toString());
  const atMs = session.nowMs();
  passStep('recover:before-catalog');
  catalog.transaction(() => {
    for (const { leftover } of batch) if (leftover.id) catalog.files.delete(filesystem.fs, leftover.id);
  });
  passStep('recover:after-catalog');
  const objects = batch.flatMap(({ leftover, part }) => (part === 'row' ? [] : [leftover.objectId]));
  if (objects.length === 0) return new Map();
  passStep('recover:before-trash');
  const { nextOp } = catalog.ops.state();
  const why = { reason: 'its file was deleted', op: nextOp, atMs };
  const unmoved = await store.trashMany(objects.map((objectId) => ({ objectId, why })));
  passStep('recover:after-trash');
  catalog.transaction(() => {
    for (const objectId of objects.filter((id) => !unmoved.has(id)))
      catalog.objects.setTrashed(objectId, atMs, why.reason);
  });
  return unmoved;
}

const DONE: Readonly<Record<Forgotten['part'], string>> = {
  'row-and-copy': 'the file was deleted: its row is gone and its copy lies in the trash',
  row: 'the file was deleted: its row is gone; the copy stays, for another file is bound to it',
};

const DROPPED = 'no file is bound to the copy: it lies in the trash';

/** @param trouble why its copy stays where it is, where audit tells of it from now on */
const recordOf = ({ leftover, part }: Forgotten, trouble: HsmckError | undefined): ActionRecord =>
  trouble === undefined
    ? forgetRecord(leftover, { result: 'done', why: leftover.id ? DONE[part] : DROPPED })
    : forgetRecord(leftover, {
        result: 'left',
        why: `${leftover.id ? 'the file was deleted: its row is gone; its' : 'no file is bound to it, but the'} copy cannot be moved to the trash: ${trouble.message}`,
      });

const NAMED = 'the attribute of a file still names its copy, or its own file cannot tell which copy it lives on';
const MISSED =
  'no record names the copy, but the file that it was made of has holes where the copy has data, and no other copy that is known to be good: it is kept';

/** An orphaned copy, of a file that is still there, has no other copy that stands, and lacks the data. */
async function isMissed(session: Session, { objectId }: Leftover): Promise<boolean> {
  const { catalog, filesystem, store } = session;
  const made = catalog.objects.find(objectId);
  if (made?.fs !== filesystem.fs) return false;
  const isBound = catalog.files.find(filesystem.fs, made) !== undefined;
  if (isBound && !(await isLastOfItsFile(catalog, store, made))) return false;
  return fileHasHoles(session, made);
}

/**
 * Forgets deleted files. Call it only after a scan that came to its end. Where a filesystem of the catalog cannot be scanned
 * (not mounted, of another age), all of them stay, as `failed`.
 * @returns false if they were left for that, or the run was cancelled
 */
export async function forgetDeleted(options: ForgetOptions): Promise<boolean> {
  const { session, acceptDeleted, onAction } = options;
  invariant(session.rollback === undefined, 'nothing is forgotten while the marks disagree');
  invariant(options.leftovers.length <= LEFTOVERS_MAX, 'leftovers are bounded');
  const context = { catalog: session.catalog, fs: session.filesystem.fs };
  const history = historyOf(session);
  const leftovers = options.leftovers.filter((leftover) => {
    const kept = acceptDeleted ? undefined : whyKept(context, history, leftover);
    if (kept !== undefined) onAction(forgetRecord(leftover, { result: 'left', why: kept }));
    return kept === undefined;
  });
  return forgetUnkept({ ...options, leftovers });
}

/** What namedObjects() says of a filesystem, and not of the catalog. */
const CANNOT_BE_SCANNED = ['ENOTMOUNTED', 'ETWINS', 'EROLLBACK', 'EINCOMPLETE'];

async function forgetUnkept(options: ForgetOptions): Promise<boolean> {
  const { session, leftovers, onAction } = options;
  if (leftovers.length === 0) return true;
  const {
    acceptDeleted,
    session: { catalog, filesystem },
  } = options;
  if (!acceptDeleted && isSuspicious({ catalog, fs: filesystem.fs }, leftovers)) {
    for (const leftover of leftovers) onAction(forgetRecord(leftover, { result: 'left', why: SUSPICIOUS }));
    return true;
  }
  const named = await findNamed(options).catch((error: unknown) => {
    if (error instanceof OperationalError && CANNOT_BE_SCANNED.includes(error.code)) return error;
    throw error;
  });
  if (session.signal.aborted) return false;
  if (named instanceof OperationalError) {
    // A filesystem that cannot be scanned is no reason to leave everything else undone.
    const { code, message: why } = named;
    for (const leftover of leftovers) onAction({ ...forgetRecord(leftover, { result: 'failed', why }), code });
    return false;
  }
  let batch: Forgotten[] = [];
  const flush = async (): Promise<void> => {
    if (batch.length === 0) return;
    const unmoved = await forgetBatch(session, batch);
    for (const one of batch) onAction(recordOf(one, unmoved.get(one.leftover.objectId)));
    batch = [];
  };
  for (const leftover of leftovers) {
    if (session.signal.aborted) return false;
    const part = partToForget(session, leftover, batch);
    if (part === 'nothing') {
      onAction(forgetRecord(leftover, { result: 'skipped', why: 'it changed meanwhile' }));
    } else if (part === 'row-and-copy' && named.has(leftover.objectId)) {
      onAction(forgetRecord(leftover, { result: 'left', why: NAMED }));
    } else if (part === 'row-and-copy' && (await isMissed(session, leftover))) {
      onAction(forgetRecord(leftover, { result: 'left', why: MISSED }));
    } else if (batch.push({ leftover, part }) >= BATCH_MAX) await flush();
  }
  await flush();
  return true;
}
