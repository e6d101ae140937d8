/** Catalogs in throw-away folders, and rows to put into them. */
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { onTestFinished } from 'vitest';
import type { Catalog } from '../../../src/catalog/catalog.js';
import type { NewFileRow } from '../../../src/catalog/file-row.js';
import type { FilesystemRow } from '../../../src/catalog/filesystem-rows.js';
import type { NewFindingRow } from '../../../src/catalog/finding-rows.js';
import type { IntentRow } from '../../../src/catalog/intent-rows.js';
import type { ObjectRow } from '../../../src/catalog/object-row.js';
import { openCatalog, type OpenCatalogOptions } from '../../../src/catalog/open-catalog.js';
import type { OwnerRow } from '../../../src/catalog/owner-rows.js';
import { fsIdOf, newObjectId, toOp } from '../../../src/dm/identity.js';
import { toGen, toIno } from '../../../src/native/inode-id.js';

/** A folder that goes when the test ends. */
export function scratchFolder(): string {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'hsmck-catalog-'));
  onTestFinished(() => fs.rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** Where a catalog could be. */
export const scratchPath = (): string => path.join(scratchFolder(), 'catalog.db');

/** Opens a catalog that is closed when the test ends. */
export function open(file: string, mode: OpenCatalogOptions['mode'], more: Partial<OpenCatalogOptions> = {}): Catalog {
  const catalog = openCatalog({ path: file, mode, busyTimeoutMs: 200, ...more });
  onTestFinished(() => catalog.close());
  return catalog;
}

export const STORE = '01890a5d-ac96-774b-bcce-b302099a8057';
export const OWNER: OwnerRow = {
  ownerId: '01890a5d-0000-774b-bcce-b302099a8057',
  pid: 4711,
  host: 'tape-robot',
  bootId: '9d7f0c9e-6a3f-4a51-8f3f-0d5d6f1b2c3d',
  lockFile: Buffer.from('catalog.db.locks/owner'),
  command: 'archive',
  startedMs: 1_700_000_000_000,
};

export const FILESYSTEM: FilesystemRow = {
  fs: fsIdOf(Buffer.alloc(16, 1)),
  randomId: Buffer.alloc(16, 1),
  type: 'xfs',
  uuid: Buffer.alloc(16, 2),
  namespace: 'trusted',
  guarded: true,
  mountHint: Buffer.from('/mnt/\xff', 'latin1'),
  storeId: STORE,
  root: { ino: toIno(128n), gen: toGen(0) },
  markLimit: toOp(0n),
  markAnnounced: toOp(0n),
  acceptedOp: toOp(0n),
  keptOp: toOp(0n),
  registeredMs: 1_700_000_000_000,
};

export const FS = FILESYSTEM.fs;

/** A new catalog with one store, one filesystem and one owner. */
export function newCatalog(file = scratchPath()): Catalog {
  const catalog = open(file, 'create');
  catalog.transaction(() => {
    catalog.stores.put({ storeId: STORE, kind: 'posix', location: Buffer.from('/tape'), registeredMs: 1 });
    catalog.filesystems.put(FILESYSTEM);
    catalog.owners.add(OWNER);
  });
  return catalog;
}

export function fileRow(change: Partial<NewFileRow> = {}): NewFileRow {
  return {
    fs: FS,
    ino: toIno(131n),
    gen: toGen(7),
    state: 'dual',
    objectId: newObjectId(),
    op: toOp(1n),
    btimeNs: 1_700_000_000_000_000_001n,
    sizeBytes: 8192n,
    mtimeNs: 1_700_000_000_000_000_002n,
    ctimeNs: 1_700_000_000_000_000_003n,
    nonzeroBytes: 4096n,
    pathHint: Buffer.from('a/b'),
    ...change,
  };
}

export function objectRow(change: Partial<ObjectRow> = {}): ObjectRow {
  return {
    objectId: newObjectId(),
    storeId: STORE,
    fs: FS,
    ino: toIno(131n),
    gen: toGen(7),
    status: 'incomplete',
    op: toOp(1n),
    sizeBytes: 8192n,
    mtimeNs: -1n,
    sha256: undefined,
    grainBytes: 4096,
    nonzeroMap: undefined,
    nonzeroBytes: 0n,
    mapCoarse: false,
    createdMs: 1_700_000_000_000,
    verifiedMs: undefined,
    trashedMs: undefined,
    trashReason: undefined,
    pathHint: Buffer.from('a/b'),
    ...change,
  };
}

export function intentRow(change: Partial<IntentRow> = {}): IntentRow {
  return {
    op: toOp(1n),
    fs: FS,
    ino: toIno(131n),
    gen: toGen(7),
    kind: 'archive',
    objectId: newObjectId(),
    previousObjectId: undefined,
    ownerId: OWNER.ownerId,
    sizeBytes: 8192n,
    mtimeNs: 2n,
    ctimeNs: 3n,
    openedMs: 1_700_000_000_000,
    pathHint: undefined,
    capability: undefined,
    ...change,
  };
}

export function findingRow(scanId: number, change: Partial<NewFindingRow> = {}): NewFindingRow {
  return {
    scanId,
    fs: FS,
    class: 'interrupted',
    severity: 'error',
    ino: toIno(131n),
    gen: toGen(7),
    state: 'archiving',
    why: 'its owner is dead',
    facts: { size: (1n << 60n) + 1n, nested: { list: [1n, 'two', null] } },
    action: 'revert',
    foundMs: 5,
    ...change,
  };
}
