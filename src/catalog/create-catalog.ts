import { randomBytes } from 'node:crypto';
import fs from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { Database } from './sqlite.js';
import { newObjectId, toOp, uuidToBytes, type Op } from '../dm/identity.js';
import { nativeCall, NativeError } from '../native/native-error.js';
import { translateSqliteError } from './catalog-error.js';
import { APPLICATION_ID } from './file-header.js';
import { migrate } from './migrations.js';

/** What a catalog says of itself. Given only where one is rebuilt, and made at random otherwise. */
export interface CatalogIdentity {
  readonly catalogId: string;
  readonly epoch: bigint;
  readonly opLimit: Op;
}

/** 63 random bits, never 0. */
export const newEpoch = (): bigint => (randomBytes(8).readBigUInt64LE() >> 1n) | 1n;

export const newCatalogIdentity = (): CatalogIdentity => ({
  catalogId: newObjectId(),
  epoch: newEpoch(),
  opLimit: toOp(1n),
});

/** Makes the folder durable along with what was named in it. */
export function syncFolder(folder: string): void {
  const fd = fs.openSync(folder, fs.constants.O_RDONLY | fs.constants.O_DIRECTORY);
  try {
    fs.fsyncSync(fd);
  } finally {
    fs.closeSync(fd);
  }
}

function fillNewFile(path: string, identity: CatalogIdentity): void {
  const db = new Database(path);
  try {
    db.pragma('synchronous = FULL');
    db.pragma(`application_id = ${APPLICATION_ID}`);
    migrate(db);
    db.prepare('INSERT INTO catalog VALUES (1, ?, ?, ?, ?, ?, 0)').run(
      uuidToBytes(identity.catalogId),
      identity.epoch,
      identity.opLimit,
      identity.opLimit,
      identity.opLimit,
    );
  } finally {
    db.close();
  }
}

/**
 * Makes a catalog that nobody ever sees half made: under a temporary name, then linked to its own. When another process
 * made one meanwhile, that one stays. The file and a new folder are for their owner's eyes only: paths are in it.
 * @throws CatalogError, NativeError
 */
export function createCatalogFile(path: string, identity: CatalogIdentity): void {
  const folder = dirname(resolve(path));
  const temporary = join(folder, `.hsmck-new-${process.pid}-${randomBytes(6).toString('hex')}`);
  try {
    fs.mkdirSync(folder, { recursive: true, mode: 0o700 });
    fs.closeSync(fs.openSync(temporary, 'wx', 0o600));
    fillNewFile(temporary, identity);
    fs.linkSync(temporary, path);
    syncFolder(folder);
    // The folder itself may be new.
    syncFolder(dirname(folder));
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return;
    throw NativeError.fromNode(translateSqliteError(error, path), path);
  } finally {
    for (const name of [temporary, `${temporary}-journal`]) nativeCall(name, () => fs.rmSync(name, { force: true }));
  }
}
