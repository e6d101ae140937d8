/** Everything about a file that a migration and back must not change. Looking opens the file and reads it. */
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import { closeFd, openPath } from '../../src/native/io.js';
import { getAttribute, listAttributes } from '../../src/native/xattr.js';

export interface FileSnapshot {
  readonly sha256: string;
  readonly size: bigint;
  readonly mode: bigint;
  readonly nlink: bigint;
  readonly uid: bigint;
  readonly gid: bigint;
  readonly mtimeNs: bigint;
  /** Name -> value, hexadecimal; the DM attribute left out. */
  readonly attributes: Readonly<Record<string, string>>;
}

const DM_ATTRIBUTES = ['trusted.hsmck', 'user.hsmck'];

export function snapshot(file: Buffer): FileSnapshot {
  const fd = openPath(file, fs.constants.O_RDONLY | fs.constants.O_NOATIME);
  try {
    const { size, mode, nlink, uid, gid, mtimeNs } = fs.fstatSync(fd, { bigint: true });
    const names = listAttributes(fd, 'file')
      .map((name) => name.toString())
      .filter((name) => !DM_ATTRIBUTES.includes(name));
    const values = names.sort().map((name) => [name, getAttribute(fd, name, 'file')?.toString('hex') ?? '']);
    const sha256 = createHash('sha256').update(fs.readFileSync(fd)).digest('hex');
    return {
      sha256,
      size,
      mode,
      nlink,
      uid,
      gid,
      mtimeNs,
      attributes: Object.fromEntries(values) as object as Record<string, string>,
    };
  } finally {
    closeFd(fd);
  }
}

/** Blocks of 512 bytes that the file takes, without opening it. */
export const blocksOf = (file: Buffer): bigint => fs.lstatSync(file, { bigint: true }).blocks;
