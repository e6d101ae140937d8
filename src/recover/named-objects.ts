import { assertMarksAgree } from '../migrate/open-session.js';
import { openRegistered, refuseTwins, type RegisteredFilesystem } from '../reconcile/registered-filesystem.js';
import type { Catalog } from '../catalog/catalog.js';
import type { FilesystemRow } from '../catalog/filesystem-rows.js';
import { ATTRIBUTE_NAME, OFFSET } from '../dm/attribute-layout.js';
import { ID_BYTES, objectIdFromBytes, type ObjectId } from '../dm/identity.js';
import { InodeAccess } from '../reconcile/inode-access.js';
import type { InodeId } from '../native/inode-id.js';
import { OperationalError } from '../errors.js';
import { listMounts } from '../native/mountinfo.js';
import type { PathBytes } from '../native/io.js';
import { NativeError } from '../native/native-error.js';
import { startedModule } from '../package-files.js';
import { listPartitions } from '../scan/partitions.js';
import { runPartitions } from '../scan/pool/run-partitions.js';
import { fileIsSilent } from './silent-file.js';
import type { NamedObjectsTask, NamedObjectsResult } from './named-objects-worker.js';

export interface NamedObjectsOptions {
  readonly catalog: Catalog;
  readonly filesystem: FilesystemRow;
  readonly objects: readonly ObjectId[];
  readonly threads: number;
  readonly signal: AbortSignal;
}

/** Where a registered filesystem is mounted now; its last place is tried first. */
function findMount(catalog: Catalog, filesystem: FilesystemRow): PathBytes {
  const whole = listMounts().filter(({ type, root }) => type === filesystem.type && root.equals(Buffer.from('/')));
  const places = [filesystem.mountHint, ...whole.map(({ mountPoint }) => mountPoint)];
  for (const mountPath of places) {
    try {
      const subject = openRegistered({ catalogPath: catalog.path, mountPath, mode: 'read' });
      subject.close();
      if (subject.filesystem.fs === filesystem.fs) return mountPath;
    } catch (error) {
      // Another mount that is broken is not the one that is looked for.
      if (!(error instanceof OperationalError) && !(error instanceof NativeError)) throw error;
    }
  }
  throw new OperationalError(
    'ENOTMOUNTED',
    `the filesystem last mounted at ${filesystem.mountHint.toString()} is not mounted: only a scan of every filesystem ` +
      'of the catalog can tell that no file needs a copy any more. Nothing was deleted',
  );
}

/** A file that was moved here from another filesystem of the catalog has its attribute in that one's namespace. */
const attributeNames = (catalog: Catalog): string[] => [
  ...new Set(catalog.filesystems.list().map(({ namespace }) => `${namespace}.${ATTRIBUTE_NAME}`)),
];

/** What is left of attributes that were cut off: a damaged witness is still one. */
function namedByTorn(access: InodeAccess, torn: readonly InodeId[]): ObjectId[] {
  return torn.flatMap((id) => {
    const bytes = attributeIfThere(access, id)?.subarray(OFFSET.objectId, OFFSET.objectId + ID_BYTES);
    return bytes?.length === ID_BYTES ? [objectIdFromBytes(bytes)] : [];
  });
}

function attributeIfThere(access: InodeAccess, id: InodeId): Buffer | undefined {
  try {
    return access.attribute(id);
  } catch (error) {
    const { kind } = access.locate(id);
    if (kind === 'gone' || kind === 'reused') return undefined;
    throw error;
  }
}

/** The filesystem, open for reading; where a copy of it is mounted too, files there may live on the same copies. */
function openForScan(catalog: Catalog, filesystem: FilesystemRow): RegisteredFilesystem {
  const mountPath = findMount(catalog, filesystem);
  const subject = openRegistered({ catalogPath: catalog.path, mountPath, mode: 'read' });
  try {
    refuseTwins(subject.mount, subject.rootMark, 'count');
    assertMarksAgree(subject.markVerdict, subject.mount);
    return subject;
  } catch (error) {
    subject.close();
    throw error;
  }
}

/**
 * Says in advance what would keep namedObjects() from its scan of a filesystem.
 * @throws OperationalError ENOTMOUNTED, ETWINS, EROLLBACK
 */
export const assertScannable = (catalog: Catalog, filesystem: FilesystemRow): void =>
  openForScan(catalog, filesystem).close();

/**
 * Which of the objects some attribute on a filesystem names, copied and foreign attributes included, or may be the copy of
 * a file there whose records cannot tell.
 * @throws OperationalError ENOTMOUNTED, ETWINS, EROLLBACK, EINCOMPLETE: then nothing may be concluded
 */
export async function namedObjects(options: NamedObjectsOptions): Promise<ReadonlySet<ObjectId>> {
  const { catalog, filesystem, objects, threads, signal } = options;
  const subject = openForScan(catalog, filesystem);
  try {
    const { mount, access } = subject;
    const tasks = attributeNames(catalog).flatMap((attributeName) =>
      listPartitions(mount.scanMount, mount.geometry).map(({ agno }): NamedObjectsTask => ({
        mount: mount.scanMount,
        agno,
        attributeName,
        objects,
      })),
    );
    const { results } = await runPartitions<NamedObjectsTask, never, NamedObjectsResult>({
      workerUrl: startedModule('recover/named-objects-worker.js'),
      tasks,
      threads,
      signal,
    });
    if (signal.aborted || results.some((result) => result?.complete !== true)) {
      throw new OperationalError(
        'EINCOMPLETE',
        `${mount.mountPath.toString()} was not scanned to its end, or not all of its attributes can be read: nothing was deleted`,
      );
    }
    const named = new Set(results.flatMap((result) => result?.named ?? []));
    for (const result of results) {
      if (result === undefined || result.torn.length === 0) continue;
      const reader = new InodeAccess(mount, result.attributeName);
      for (const objectId of namedByTorn(reader, result.torn)) named.add(objectId);
    }
    const context = { access, catalog: subject.catalog, fs: filesystem.fs };
    for (const objectId of objects) {
      const row = named.has(objectId) ? undefined : subject.catalog.objects.find(objectId);
      if (row?.fs === filesystem.fs && fileIsSilent(context, row)) named.add(objectId);
    }
    return named;
  } finally {
    subject.close();
  }
}
