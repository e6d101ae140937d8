/** Lists a store folder by folder. */
import { setImmediate } from 'node:timers/promises';
import type { ObjectId } from '../dm/identity.js';
import type { PathBytes } from '../native/io.js';
import { isErrno } from '../native/native-error.js';
import { isRegularFile } from '../native/statx.js';
import type { StoreEntry, StorePlace } from './archive-store.js';
import { listFolder, statUnlessBroken } from './posix-files.js';
import { readTrashRecord } from './posix-trash.js';
import { fanOut, joinPath, temporaryFolder } from './store-paths.js';
import { assertPresent, unreachable, type StoreRoot } from './store-presence.js';
import { LOCK } from './temporary-run.js';

const NAME = /^([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})(\.json|\.trash\.json)?$/;

interface Found {
  readonly objectId: ObjectId;
  hasData: boolean;
  hasSidecar: boolean;
  sizeBytes: bigint;
}

/** One folder: files grouped by object, and the names that are no object's, folders among them. */
interface FolderContent {
  readonly objects: Iterable<Found>;
  readonly others: readonly Buffer[];
}

/** Undefined if there is no such folder. */
function readFolder(folder: PathBytes, belongs: (objectId: ObjectId) => boolean): FolderContent | undefined {
  const names = listFolder(folder);
  if (!names) return undefined;
  const objects = new Map<string, Found>();
  const others: Buffer[] = [];
  for (const name of names) {
    const match = NAME.exec(name.toString('latin1'));
    const objectId = match?.[1] as ObjectId | undefined;
    const stat = statUnlessBroken(joinPath(folder, name));
    if (!stat) continue;
    if (!objectId || !belongs(objectId) || (stat !== 'broken' && !isRegularFile(stat.mode))) {
      others.push(name);
      continue;
    }
    const found = objects.get(objectId) ?? { objectId, hasData: false, hasSidecar: false, sizeBytes: 0n };
    objects.set(objectId, found);
    if (match?.[2] === '.json') found.hasSidecar = true;
    if (match?.[2] !== undefined) continue;
    found.hasData = true;
    if (stat !== 'broken') found.sizeBytes = stat.sizeBytes;
  }
  return { objects: objects.values(), others };
}

function* entriesOf(root: StoreRoot, where: StorePlace, inside: string, content: FolderContent): Generator<StoreEntry> {
  for (const { objectId, hasData, hasSidecar, sizeBytes } of content.objects) {
    const record = where === 'trash' ? readTrashRecord(root, objectId) : undefined;
    const age = record ? { trashedAtMs: record.atMs, trashReason: record.reason } : {};
    yield { where, objectId, name: `${inside}/${objectId}`, hasData, hasSidecar, sizeBytes, ...age };
  }
  for (const name of content.others) yield stray(where, `${inside}/${name.toString()}`);
}

const stray = (where: StorePlace, name: string): StoreEntry => ({
  where,
  name,
  hasData: false,
  hasSidecar: false,
  sizeBytes: 0n,
});

/** The names in a folder that is not one of the lowest; what is no fan-out folder comes back as stray. */
function fanOutNames(folder: PathBytes): { readonly folders: string[]; readonly strays: string[] } | undefined {
  const names = listFolder(folder)?.map((name) => name.toString());
  if (!names) return undefined;
  const isFanOut = (name: string): boolean => /^[0-9a-f]{2}$/.test(name);
  return { folders: names.filter(isFanOut), strays: names.filter((name) => !isFanOut(name)) };
}

async function* listPlace(root: StoreRoot, where: 'objects' | 'trash'): AsyncGenerator<StoreEntry> {
  const top = joinPath(root.dir, where);
  const uppers = fanOutNames(top);
  // Made with the store: if it is gone, something that should be mounted there is not.
  if (!uppers) throw unreachable(top);
  for (const name of uppers.strays) yield stray(where, `${where}/${name}`);
  for (const upper of uppers.folders) {
    const lowers = fanOutNames(joinPath(top, upper));
    for (const name of lowers?.strays ?? []) yield stray(where, `${where}/${upper}/${name}`);
    for (const lower of lowers?.folders ?? []) {
      const belongs = (objectId: ObjectId): boolean => fanOut(objectId).join() === `${upper},${lower}`;
      const content = readFolder(joinPath(top, upper, lower), belongs);
      if (content) yield* entriesOf(root, where, `${where}/${upper}/${lower}`, content);
      await setImmediate();
    }
  }
}

async function* listTemporary(root: StoreRoot): AsyncGenerator<StoreEntry> {
  const top = temporaryFolder(root.dir);
  for (const run of listFolder(top) ?? []) {
    const inside = `tmp/${run.toString()}`;
    const content = readRun(joinPath(top, run));
    if (!content) yield stray('tmp', inside);
    else yield* entriesOf(root, 'tmp', inside, content);
    await setImmediate();
  }
}

function readRun(folder: PathBytes): FolderContent | undefined {
  try {
    const content = readFolder(folder, () => true);
    return content && { ...content, others: content.others.filter((name) => name.toString() !== LOCK) };
  } catch (error) {
    if (isErrno(error, 'ENOTDIR')) return undefined;
    throw error;
  }
}

/**
 * ArchiveStore.list. objects/ comes before trash/, so that an object that is dropped meanwhile is seen at least once. The
 * store is looked for again at the end: a listing cut short by an unmount must not pass for a complete one.
 */
export async function* listStore(root: StoreRoot): AsyncGenerator<StoreEntry> {
  assertPresent(root);
  yield* listPlace(root, 'objects');
  yield* listPlace(root, 'trash');
  yield* listTemporary(root);
  assertPresent(root);
}
