import fs from 'node:fs';
import path from 'node:path';
import { NativeError } from '../native/native-error.js';
import { CatalogError } from './catalog-error.js';
import { syncFolder } from './create-catalog.js';

function exists(place: string): CatalogError {
  return new CatalogError(
    'ECATALOG_EXISTS',
    `there is a file at ${place} already: a catalog is rebuilt only where there is none. Move it away, or go on with it`,
  );
}

/**
 * Makes sure that nothing is in the way of a catalog.
 * @throws CatalogError ECATALOG_EXISTS
 */
export function assertNoCatalog(place: string): void {
  // A journal or a log of the lost one would be played into the new one.
  if (['', '-wal', '-journal'].some((ending) => fs.existsSync(`${place}${ending}`))) throw exists(place);
}

/** A log that was not checked in when the catalog was closed holds its last changes, or all of them. */
function assertSelfContained(temporary: string): void {
  if (!fs.existsSync(`${temporary}-wal`)) return;
  throw new CatalogError(
    'ECATALOG_LOCKED',
    `catalog ${temporary} could not be completed: another program has it open, or no space is left. No catalog was made; run this again`,
  );
}

/**
 * Gives a whole catalog, closed and made under another name in the same folder, its own name. Never replaces a file.
 * @throws CatalogError ECATALOG_EXISTS, ECATALOG_LOCKED; NativeError
 */
export function placeCatalog(temporary: string, place: string): void {
  assertSelfContained(temporary);
  try {
    const fd = fs.openSync(temporary, fs.constants.O_RDONLY);
    try {
      fs.fsyncSync(fd);
    } finally {
      fs.closeSync(fd);
    }
    fs.linkSync(temporary, place);
    syncFolder(path.dirname(place));
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') throw exists(place);
    throw NativeError.fromNode(error, place);
  }
}
