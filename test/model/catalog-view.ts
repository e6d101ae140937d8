/** The catalog's tables, read past the product. */
import { uuidFromBytes } from '../../src/dm/identity.js';
import { readCatalog } from './ports/open-catalog.js';

const uuid = (value: unknown): string => uuidFromBytes(value as Buffer);

/** The id of the one filesystem that is registered. */
export const registeredFs = (): number => Number(readCatalog('SELECT fs FROM filesystem')[0]?.['fs'] ?? 0);

/** Objects that a row or an open intent names for an inode. */
export function objectsOfInode(ino: bigint, gen: number): string[] {
  const rows = readCatalog(
    `SELECT object_id AS a, NULL AS b FROM file WHERE ino = ? AND gen = ?
     UNION ALL SELECT object_id, previous_object_id FROM intent WHERE ino = ? AND gen = ?`,
    [ino, gen, ino, gen],
  );
  return rows
    .flatMap(({ a, b }) => [a, b])
    .flatMap((value) => (value === null || value === undefined ? [] : [uuid(value)]));
}

/** The file capability that an open intent remembers for an inode, in hexadecimal. */
export function capabilityInIntent(ino: bigint, gen: number): string | undefined {
  const [row] = readCatalog('SELECT capability FROM intent WHERE ino = ? AND gen = ?', [ino, gen]);
  const value = row?.['capability'];
  return Buffer.isBuffer(value) ? value.toString('hex') : undefined;
}

/** Objects that the catalog counts on. */
export const countedOn = (): string[] =>
  readCatalog(`SELECT object_id AS a FROM object WHERE status IN ('complete', 'verified')`).map(({ a }) => uuid(a));

/** Bindings, objects and intents, for comparisons. Marks and owners move with every run and are left out. */
export function recordsDigest(): string {
  const text = (_: string, value: unknown): unknown => (typeof value === 'bigint' ? String(value) : value);
  return JSON.stringify(
    ['file', 'object', 'intent'].map((table) => readCatalog(`SELECT * FROM ${table}`)),
    text,
  );
}
