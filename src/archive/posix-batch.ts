import { invariant } from '../errors.js';
import type { ObjectId } from '../dm/identity.js';
import { closeFd, fsyncFd, pwriteAll, syncFilesystem, type Fd, type PathBytes } from '../native/io.js';
import { statIfPresent } from '../native/statx.js';
import { copyContent, tearCopy } from './copy-content.js';
import type { DurableFolders } from './durable-folders.js';
import { bestEffort, createFile, openFolder, removeFile, renamePath, syncFolder } from './posix-files.js';
import { encodeSidecar, type Sidecar } from './sidecar.js';
import type { BatchOptions, StagedObject, StageRequest, StoreBatch, StoreStepHook } from './store-batch.js';
import { StoreError } from './store-error.js';
import { objectPaths } from './store-paths.js';
import type { StoreRoot } from './store-presence.js';
import { TemporaryRun } from './temporary-run.js';

/** A staged object's temporary files; open until synced when every file is synced by itself. */
interface StagedFiles {
  readonly data: PathBytes;
  readonly sidecar: PathBytes;
  readonly open: Fd[];
}

interface Move {
  readonly from: PathBytes;
  readonly to: PathBytes;
}

export interface PosixBatchParts {
  readonly root: StoreRoot;
  readonly folders: DurableFolders;
}

/** The put protocol on a POSIX filesystem; StoreBatch says what it promises. */
export class PosixBatch implements StoreBatch {
  readonly #root: StoreRoot;
  readonly #folders: DurableFolders;
  readonly #run: TemporaryRun;
  readonly #syncFd: Fd;
  readonly #syncsEach: boolean;
  readonly #onStep: StoreStepHook;
  readonly #staged = new Map<ObjectId, { readonly object: StagedObject; readonly files: StagedFiles }>();
  #failure: unknown;
  #closed = false;

  constructor({ root, folders }: PosixBatchParts, options: BatchOptions) {
    this.#root = root;
    this.#folders = folders;
    this.#syncsEach = options.sync === 'each';
    this.#onStep = options.onStep ?? (() => undefined);
    // Opened before the first write: syncfs(2) reports the write-back errors since its descriptor was opened.
    this.#syncFd = openFolder(root.dir);
    try {
      this.#run = TemporaryRun.open(root.dir);
    } catch (error) {
      closeFd(this.#syncFd);
      throw error;
    }
  }

  async stage(request: StageRequest): Promise<StagedObject> {
    this.#assertUsable();
    const { objectId } = request;
    invariant(!this.#staged.has(objectId), `${objectId} is staged already`);
    const files = { data: this.#run.path(objectId), sidecar: this.#run.path(`${objectId}.json`), open: [] };
    try {
      const object = await this.#write(request, files);
      this.#staged.set(objectId, { object, files });
      return object;
    } catch (error) {
      dropFiles(files);
      throw error;
    }
  }

  async #write(request: StageRequest, files: StagedFiles): Promise<StagedObject> {
    const { objectId, source, grainBytes } = request;
    const target = files.data.toString();
    const dataFd = createFile(files.data);
    files.open.push(dataFd);
    this.#onStep('before-data', () => tearCopy(source, { fd: dataFd, target }));
    const hook = request.onChunk ? { onChunk: request.onChunk } : {};
    const content = await copyContent(source, { fd: dataFd, target }, { grainBytes, ...hook });
    this.#onStep('after-data');
    const sidecar = request.describe(content);
    assertDescribes(sidecar, objectId, this.#root.storeId, content);
    this.#writeSidecar(sidecar, files);
    if (!this.#syncsEach) closeAll(files);
    return { objectId, content, sidecar };
  }

  #writeSidecar(sidecar: Sidecar, files: StagedFiles): void {
    const target = files.sidecar.toString();
    const bytes = encodeSidecar(sidecar);
    const fd = createFile(files.sidecar);
    files.open.push(fd);
    this.#onStep('before-sidecar', () => pwriteAll(fd, bytes, Math.floor(bytes.length / 2), 0, target));
    pwriteAll(fd, bytes, bytes.length, 0, target);
    this.#onStep('after-sidecar');
  }

  async commit(staged: readonly StagedObject[]): Promise<void> {
    this.#assertUsable();
    const moved: Move[] = [];
    try {
      this.#onStep('before-sync');
      this.#syncContent(staged);
      this.#onStep('after-sync');
      const folders = this.#prepareFolders(staged);
      for (const one of staged) this.#rename(one, moved);
      if (this.#syncsEach) for (const folder of folders) syncFolder(folder);
      else syncFilesystem(this.#syncFd, this.#root.dir.toString());
    } catch (error) {
      this.#fail(error, moved);
      throw error;
    }
    for (const { objectId } of staged) this.#staged.delete(objectId);
    this.#onStep('after-commit');
  }

  async discard(staged: StagedObject): Promise<void> {
    const entry = this.#staged.get(staged.objectId);
    if (entry?.object !== staged) return;
    this.#staged.delete(staged.objectId);
    dropFiles(entry.files);
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.#dropStaged();
    this.#run.close();
    closeFd(this.#syncFd);
  }

  #assertUsable(): void {
    invariant(!this.#closed, 'a batch is used after it was closed');
    if (this.#failure === undefined) return;
    throw new StoreError('ESTORE_BATCH_FAILED', `${this.#root.dir.toString()}: a commit failed; begin a new batch`, {
      cause: this.#failure,
    });
  }

  #filesOf(staged: StagedObject): StagedFiles {
    const entry = this.#staged.get(staged.objectId);
    invariant(entry?.object === staged, `${staged.objectId} is not staged in this batch`);
    return entry.files;
  }

  #syncContent(staged: readonly StagedObject[]): void {
    const all = staged.map((one) => this.#filesOf(one));
    if (!this.#syncsEach) return syncFilesystem(this.#syncFd, this.#root.dir.toString());
    for (const files of all) {
      for (const fd of files.open) fsyncFd(fd, files.data.toString());
      closeAll(files);
    }
  }

  /** Everything that may fail for lack of room or by a name being taken comes before the first rename. */
  #prepareFolders(staged: readonly StagedObject[]): PathBytes[] {
    const folders = new Map<string, PathBytes>();
    for (const { objectId } of staged) {
      const folder = this.#folders.ensure('objects', objectId);
      folders.set(folder.toString('latin1'), folder);
      for (const place of ['objects', 'trash'] as const) {
        const { data, sidecar } = objectPaths(this.#root.dir, place, objectId);
        if (!statIfPresent(data) && !statIfPresent(sidecar)) continue;
        throw new StoreError('ESTORE_OBJECT_EXISTS', `${data.toString()} exists: an object is never put twice`);
      }
    }
    return [...folders.values()];
  }

  #rename(staged: StagedObject, moved: Move[]): void {
    const files = this.#filesOf(staged);
    const final = objectPaths(this.#root.dir, 'objects', staged.objectId);
    const move = (from: PathBytes, to: PathBytes): void => {
      renamePath(from, to);
      moved.push({ from, to });
    };
    this.#onStep('before-rename-sidecar');
    move(files.sidecar, final.sidecar);
    this.#onStep('after-rename-sidecar');
    this.#onStep('before-rename-data');
    move(files.data, final.data);
    this.#onStep('after-rename-data');
  }

  /** Takes back exactly the names that this commit gave: nobody was told of them, and the source still has the data. */
  #fail(error: unknown, moved: readonly Move[]): void {
    this.#failure = error ?? new Error('unknown failure');
    for (const { from, to } of moved.toReversed()) bestEffort(() => renamePath(to, from));
    this.#dropStaged();
  }

  #dropStaged(): void {
    for (const { files } of this.#staged.values()) dropFiles(files);
    this.#staged.clear();
  }
}

function assertDescribes(
  sidecar: Sidecar,
  objectId: ObjectId,
  storeId: string,
  content: StagedObject['content'],
): void {
  invariant(
    sidecar.objectId === objectId && sidecar.storeId === storeId,
    `a sidecar of ${objectId} names another object`,
  );
  const same = sidecar.sizeBytes === BigInt(content.sizeBytes) && sidecar.sha256.equals(content.sha256);
  invariant(same && sidecar.map === content.map, `the sidecar of ${objectId} describes other content`);
}

function closeAll(files: StagedFiles): void {
  for (const fd of files.open.splice(0)) closeFd(fd);
}

function dropFiles(files: StagedFiles): void {
  closeAll(files);
  for (const path of [files.sidecar, files.data]) bestEffort(() => removeFile(path));
}
