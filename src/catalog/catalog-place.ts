import fs from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { isErrno, nativeCall } from '../native/native-error.js';
import { statIfPresent, statPath } from '../native/statx.js';
import { CatalogError } from './catalog-error.js';

/**
 * Follows symbolic links as far as the path exists; what does not exist yet will be made below that.
 * @throws NativeError where it cannot be told: a name that was not resolved would have other locks beside it
 */
export function realPathOf(path: string): string {
  const absolute = resolve(path);
  try {
    return nativeCall(absolute, () => fs.realpathSync(absolute));
  } catch (error) {
    if (!isErrno(error, 'ENOENT', 'ENOTDIR')) throw error;
    const parent = dirname(absolute);
    return parent === absolute ? absolute : join(realPathOf(parent), basename(absolute));
  }
}

function nearestFolder(path: string): string {
  const parent = dirname(path);
  return parent === path || statIfPresent(Buffer.from(parent)) !== undefined ? parent : nearestFolder(parent);
}

/**
 * Refuses a catalog that lies on a filesystem that it describes: it would be lost, rolled back and frozen together with
 * that filesystem. Call it before the catalog is made. Works whether or not the catalog and its folder exist yet.
 * @param mountDevice the filesystem's device as in `FileStat.device`
 * @throws CatalogError ECATALOG_ON_FILESYSTEM
 */
export function assertCatalogElsewhere(catalogPath: string, mountDevice: string): void {
  const folder = nearestFolder(realPathOf(catalogPath));
  if (statPath(Buffer.from(folder)).device !== mountDevice) return;
  throw new CatalogError(
    'ECATALOG_ON_FILESYSTEM',
    `catalog ${catalogPath} lies on the filesystem that it describes (device ${mountDevice}): put it on another one`,
  );
}
