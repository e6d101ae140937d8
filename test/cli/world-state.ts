/** Everything that a command could have changed, so that one that refuses can be held to "nothing was changed". */
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import Database from 'better-sqlite3';
import { getAttribute } from '../../src/native/xattr.js';
import { closeFd, openPath } from '../../src/native/io.js';
import type { CliWorld } from './cli-world.js';

const O_PATH_OPTIONS = fs.constants.O_RDONLY | fs.constants.O_NOFOLLOW | fs.constants.O_NONBLOCK;

function describeFile(file: string): string {
  const { ino, mode, size, nlink, blocks, mtimeNs, ctimeNs, uid, gid } = fs.lstatSync(file, { bigint: true });
  const stat = [ino, mode, size, nlink, blocks, mtimeNs, ctimeNs, uid, gid].join(' ');
  if (!fs.lstatSync(file).isFile()) return stat;
  const fd = openPath(Buffer.from(file), O_PATH_OPTIONS);
  try {
    const attributes = ['trusted.hsmck', 'user.hsmck'].map(
      (name) => getAttribute(fd, name, file)?.toString('hex') ?? '-',
    );
    const sha256 = createHash('sha256').update(fs.readFileSync(fd)).digest('hex');
    return [stat, ...attributes, sha256].join(' ');
  } finally {
    closeFd(fd);
  }
}

/** Path -> all that can be seen of it, for a whole tree. */
export function stateOfTree(folder: string): Readonly<Record<string, string>> {
  if (!fs.existsSync(folder)) return {};
  const names = fs.readdirSync(folder, { recursive: true, encoding: 'utf8' }).sort();
  return Object.fromEntries(names.map((name) => [name, describeFile(path.join(folder, name))]));
}

const TABLES = ['filesystem', 'store', 'file', 'object', 'intent'];

/** How far operation numbers are announced: every command that may write takes some. */
const MOVES_ON = ['mark_limit', 'mark_announced'];

type Row = Readonly<Record<string, unknown>>;

const withoutNumbers = (row: Row): Row =>
  Object.fromEntries(Object.entries(row).filter(([column]) => !MOVES_ON.includes(column)));

/** The rows that say what is where; operation numbers, scans and owners may move on. */
export function stateOfCatalog(catalogPath: string): Readonly<Record<string, Row[]>> {
  // A catalog without rows says as much as none.
  if (!fs.existsSync(catalogPath)) return Object.fromEntries(TABLES.map((table) => [table, []]));
  const db = new Database(catalogPath, { readonly: true, fileMustExist: true });
  try {
    const rows = (table: string): Row[] => db.prepare<[], Row>(`SELECT * FROM ${table}`).safeIntegers().all();
    return Object.fromEntries(TABLES.map((table) => [table, rows(table).map(withoutNumbers)]));
  } finally {
    db.close();
  }
}

export interface WorldState {
  readonly files: Readonly<Record<string, string>>;
  readonly archive: Readonly<Record<string, string>>;
  readonly catalog: Readonly<Record<string, Row[]>>;
}

/** The files on the scratch filesystem, the archive, and the catalog's rows. */
export function stateOf(world: CliWorld): WorldState {
  return {
    files: stateOfTree(world.mountPoint),
    archive: stateOfTree(path.join(world.archiveDir, 'objects')),
    catalog: stateOfCatalog(world.catalogPath),
  };
}

/** Changes rows by hand, as damage would. */
export function editCatalog(catalogPath: string, sql: string, ...values: readonly unknown[]): number {
  const db = new Database(catalogPath, { fileMustExist: true });
  try {
    return db.prepare(sql).run(...values).changes;
  } finally {
    db.close();
  }
}
