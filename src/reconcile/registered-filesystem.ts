import fs from 'node:fs';
import type { Catalog } from '../catalog/catalog.js';
import { assertCatalogElsewhere } from '../catalog/catalog-place.js';
import type { FilesystemRow } from '../catalog/filesystem-rows.js';
import { openCatalog } from '../catalog/open-catalog.js';
import { ATTRIBUTE_NAME } from '../dm/attribute-layout.js';
import { decodeRootMark, type RootMark } from '../dm/root-mark.js';
import type { FsId } from '../dm/identity.js';
import { HsmckError, invariant, OperationalError } from '../errors.js';
import { closeFd, openPath, type Fd, type PathBytes } from '../native/io.js';
import { listMounts } from '../native/mountinfo.js';
import { nativeCall } from '../native/native-error.js';
import { statFd } from '../native/statx.js';
import { getAttribute } from '../native/xattr.js';
import { findAttributeName } from '../scan/attribute-name.js';
import { openMount, type OpenMount } from '../scan/open-mount.js';
import { InodeAccess } from './inode-access.js';
import { compareMark, type KnownMark, type MarkVerdict } from './marks.js';

/** A mounted filesystem together with what the catalog knows of it. */
export interface RegisteredFilesystem {
  readonly mount: OpenMount;
  readonly catalog: Catalog;
  readonly filesystem: FilesystemRow;
  readonly access: InodeAccess;
  readonly rootMark: RootMark;
  /** The root mark held against the catalog. */
  readonly markVerdict: MarkVerdict;
  close(): void;
}

export interface OpenRegisteredOptions {
  readonly catalogPath: string;
  readonly mountPath: PathBytes;
  readonly mode: 'read' | 'write';
}

/**
 * The mark on a filesystem's root inode.
 * @throws OperationalError ENOTREGISTERED, EROOTMARK
 */
export function readRootMark(mount: OpenMount): RootMark {
  const target = mount.mountPath.toString();
  const bytes = getAttribute(mount.rootFd, findAttributeName(mount.rootFd, target), target);
  if (bytes === undefined) {
    throw new OperationalError(
      'ENOTREGISTERED',
      `${target} is not registered: run "hsmck init ${target} --archive DIR"`,
    );
  }
  const decoded = decodeRootMark(bytes);
  if (decoded.kind !== 'valid') {
    const why = decoded.kind === 'newer' ? `is of version ${decoded.version}: use a newer hsmck` : decoded.why;
    throw new OperationalError('EROOTMARK', `the mark on the root folder of ${target} cannot be read: ${why}`);
  }
  const { mark } = decoded;
  if (mark.ino !== mount.rootId.ino || mark.gen !== mount.rootId.gen) {
    throw new OperationalError(
      'EROOTMARK',
      `the mark on the root folder of ${target} was copied from another filesystem`,
    );
  }
  return mark;
}

/** Tells the epochs that a catalog has behind it. */
export const isFormerEpochOf =
  (catalog: Catalog): KnownMark['isFormerEpoch'] =>
  (epoch) =>
    catalog.formerEpochs.has(epoch);

/**
 * Whether the mark was written to another filesystem; of one of an earlier version UUID and age have to tell. Not where a person
 * has accepted this one as it is, and no run has written its mark since: then the limit lies below what was accepted.
 */
function wasCopied({ rootBtimeNs, geometry }: OpenMount, mark: RootMark, row: FilesystemRow): boolean {
  if (row.acceptedOp > row.markLimit) return false;
  if (mark.rootBtimeNs !== 0n) return mark.rootBtimeNs !== rootBtimeNs;
  const isRenamed = row.uuid !== undefined && !row.uuid.equals(geometry.uuid);
  return isRenamed && rootBtimeNs > BigInt(row.registeredMs) * 1_000_000n;
}

/** How often the mark may move while it is looked at; each time another run begins. */
const MARK_ROUNDS_MAX = 10;

/**
 * Holds the root inode's mark against the catalog. Another process may be raising both at this moment, so the catalog is
 * read before and after the mark and has to say the same.
 */
export function judgeRootMark(catalog: Catalog, mount: OpenMount, fs: FsId): MarkVerdict {
  const known = (): KnownMark & { readonly row: FilesystemRow } => {
    const row = catalog.filesystems.find(fs);
    invariant(row !== undefined, 'a registered filesystem has a row');
    const { epoch } = catalog.ops.state();
    const { markLimit: reached, markAnnounced: announced } = row;
    return { row, epoch, isFormerEpoch: isFormerEpochOf(catalog), reached, announced };
  };
  for (let round = 0; ; round++) {
    const before = known();
    const mark = readRootMark(mount);
    const after = known();
    const steady = before.announced === after.announced && before.reached === after.reached;
    if (steady || round === MARK_ROUNDS_MAX)
      return compareMark(after, { ...mark, isCopied: wasCopied(mount, mark, after.row) });
  }
}

/** Whether marks that were copied with files count as twins. */
export type CopiedMarks = 'count' | 'pass';

function sameMark(randomId: Buffer, rootFd: Fd, target: string, copied: CopiedMarks): boolean {
  const { btimeNs } = statFd(rootFd, target);
  for (const namespace of ['trusted', 'user']) {
    const bytes = getAttribute(rootFd, `${namespace}.${ATTRIBUTE_NAME}`, target);
    const decoded = bytes === undefined ? undefined : decodeRootMark(bytes);
    if (decoded?.kind !== 'valid' || !decoded.mark.randomId.equals(randomId)) continue;
    const { rootBtimeNs } = decoded.mark;
    if (copied === 'count' || rootBtimeNs === 0n || rootBtimeNs === btimeNs) return true;
  }
  return false;
}

/** Whatever happens, it is let go again: a descriptor left open would keep somebody else's filesystem from its unmount. */
function carriesMark(mountPoint: PathBytes, { randomId }: RootMark, copied: CopiedMarks): boolean {
  const fd = openPath(mountPoint, fs.constants.O_RDONLY | fs.constants.O_DIRECTORY);
  try {
    return sameMark(randomId, fd, mountPoint.toString(), copied);
  } finally {
    closeFd(fd);
  }
}

/**
 * Two devices that carry one filesystem id (a clone, a snapshot) cannot be told apart by their attributes. A mark that
 * was only copied with files is told when its own filesystem is looked at, and matters here where copies are to be dropped.
 * @throws OperationalError ETWINS
 */
export function refuseTwins(mount: OpenMount, mark: RootMark, copied: CopiedMarks = 'pass'): void {
  for (const other of listMounts()) {
    if (other.type !== mount.mount.type || other.device === mount.mount.device || !other.root.equals(Buffer.from('/')))
      continue;
    let twin = false;
    try {
      twin = carriesMark(other.mountPoint, mark, copied);
    } catch (error) {
      // A mount that cannot be looked at (hidden below another, gone, shut down) is no twin that we could mistake.
      if (!(error instanceof HsmckError)) throw error;
    }
    if (twin) {
      const where = `${mount.mountPath.toString()} and ${other.mountPoint.toString()}`;
      throw new OperationalError(
        'ETWINS',
        `${where} carry the same filesystem id (a copy or a snapshot): unmount one of them`,
      );
    }
  }
}

/** A registered filesystem that is not mounted leaves an empty folder, and says nothing itself. */
function assertNotKnown({ catalogPath, mountPath }: OpenRegisteredOptions): void {
  const real = nativeCall(mountPath.toString(), () => fs.realpathSync.native(mountPath, { encoding: 'buffer' }));
  const catalog = openCatalog({ path: catalogPath, mode: 'read' });
  try {
    if (!catalog.filesystems.list().some(({ mountHint }) => mountHint.equals(real))) return;
  } finally {
    catalog.close();
  }
  const why = 'is where a registered filesystem was mounted last, and it is not mounted now: mount it';
  throw new OperationalError('ENOTMOUNTED', `${mountPath.toString()} ${why}`);
}

function openKnownMount(options: OpenRegisteredOptions): OpenMount {
  try {
    return openMount(options.mountPath);
  } catch (error) {
    if (!(error instanceof OperationalError) || error.code !== 'ENOTMOUNT') throw error;
    try {
      assertNotKnown(options);
    } catch (known) {
      // Whatever is wrong with the catalog is of no interest here.
      if (known instanceof OperationalError && known.code === 'ENOTMOUNTED') throw known;
    }
    throw error;
  }
}

/**
 * Opens a mount and finds it in the catalog by the random id on its root inode.
 * @throws OperationalError ENOTMOUNT, ENOTMOUNTED, ENOTXFS, ECAPABILITY, ENOTREGISTERED, EROOTMARK, ETWINS; CatalogError
 */
export function openRegistered(options: OpenRegisteredOptions): RegisteredFilesystem {
  const mount = openKnownMount(options);
  let catalog: Catalog | undefined;
  try {
    assertCatalogElsewhere(options.catalogPath, mount.mount.device);
    catalog = openCatalog({ path: options.catalogPath, mode: options.mode });
    const rootMark = readRootMark(mount);
    const filesystem = catalog.filesystems.findByRandomId(rootMark.randomId);
    if (filesystem === undefined) {
      const target = mount.mountPath.toString();
      throw new OperationalError(
        'ENOTREGISTERED',
        `${target} is registered in another catalog than ${options.catalogPath}`,
      );
    }
    refuseTwins(mount, rootMark);
    const access = new InodeAccess(mount, `${filesystem.namespace}.${ATTRIBUTE_NAME}`);
    const opened = catalog;
    return {
      mount,
      catalog,
      filesystem,
      access,
      rootMark,
      markVerdict: judgeRootMark(catalog, mount, filesystem.fs),
      close: () => {
        opened.close();
        mount.close();
      },
    };
  } catch (error) {
    catalog?.close();
    mount.close();
    throw error;
  }
}
