import type { Catalog } from '../catalog/catalog.js';
import type { FilesystemRow } from '../catalog/filesystem-rows.js';
import { openCatalog } from '../catalog/open-catalog.js';
import { decodeRootMark, type RootMark } from '../dm/root-mark.js';
import { OperationalError } from '../errors.js';
import { openUnmounted, type OpenUnmounted } from '../scan/open-unmounted.js';
import { compareMark, type MarkVerdict } from './marks.js';
import { isFormerEpochOf } from './registered-filesystem.js';

/** A device or image that is not mounted, together with what the catalog knows of the filesystem on it. */
export interface RegisteredImage {
  readonly path: string;
  readonly image: OpenUnmounted;
  readonly catalog: Catalog;
  readonly filesystem: FilesystemRow;
  readonly rootMark: RootMark;
  readonly markVerdict: MarkVerdict;
  close(): void;
}

function rootMarkOf(path: string, { root }: OpenUnmounted): RootMark {
  const cannot = (why: string): OperationalError =>
    new OperationalError('EROOTMARK', `the mark on the root folder of ${path} cannot be read: ${why}`);
  if (root === undefined) throw cannot('its root inode is damaged');
  if (root.attribute === undefined)
    throw new OperationalError('ENOTREGISTERED', `${path} holds a filesystem that was never registered`);
  const decoded = decodeRootMark(root.attribute);
  if (decoded.kind !== 'valid') throw cannot(decoded.kind === 'newer' ? 'use a newer hsmck' : decoded.why);
  const { mark } = decoded;
  if (mark.ino !== root.id.ino || mark.gen !== root.id.gen) throw cannot('it was copied from another filesystem');
  return mark;
}

/**
 * Opens a device or image that is not mounted, and finds its filesystem in the catalog, which is opened for reading, by the
 * random id on the root inode.
 * @throws OperationalError as openUnmounted(), ENOTREGISTERED, EROOTMARK; CatalogError
 */
export function openRegisteredImage(catalogPath: string, path: string, ignoreLog: boolean): RegisteredImage {
  const image = openUnmounted(path, ignoreLog);
  let catalog: Catalog | undefined;
  try {
    const rootMark = rootMarkOf(path, image);
    catalog = openCatalog({ path: catalogPath, mode: 'read' });
    const filesystem = catalog.filesystems.findByRandomId(rootMark.randomId);
    if (filesystem === undefined) {
      throw new OperationalError('ENOTREGISTERED', `${path} is registered in another catalog than ${catalogPath}`);
    }
    const { epoch } = catalog.ops.state();
    const { markLimit: reached, markAnnounced: announced } = filesystem;
    const known = { epoch, isFormerEpoch: isFormerEpochOf(catalog), reached, announced };
    const opened = catalog;
    const close = (): void => {
      opened.close();
      image.close();
    };
    return { path, image, catalog, filesystem, rootMark, markVerdict: compareMark(known, rootMark), close };
  } catch (error) {
    catalog?.close();
    image.close();
    throw error;
  }
}
