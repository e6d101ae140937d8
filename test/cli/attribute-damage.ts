/** Reads and writes DM attributes past hsmck, as a restore, a bug or a bad disk would. */
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import { attributeCrcAt } from '../../src/dm/attribute-crc.js';
import { OFFSET } from '../../src/dm/attribute-layout.js';
import { closeFd, openPath } from '../../src/native/io.js';
import { getAttribute } from '../../src/native/xattr.js';

export function readDmAttribute(file: string, name = 'trusted.hsmck'): Buffer | undefined {
  const fd = openPath(Buffer.from(file), fs.constants.O_RDONLY);
  try {
    return getAttribute(fd, name, file);
  } finally {
    closeFd(fd);
  }
}

export function writeDmAttribute(file: string, bytes: Buffer, name = 'trusted.hsmck'): void {
  execFileSync('setfattr', ['-n', name, '-v', `0x${bytes.toString('hex')}`, file]);
}

export function dropDmAttribute(file: string, name = 'trusted.hsmck'): void {
  execFileSync('setfattr', ['-x', name, file]);
}

/** Changes bytes of an attribute; with a checksum that is right again, or not. */
export function damageAttribute(
  file: string,
  change: (bytes: Buffer) => void,
  checksum: 'right' | 'wrong',
  name = 'trusted.hsmck',
): void {
  const bytes = readDmAttribute(file, name);
  if (bytes === undefined) throw new Error(`${file} has no attribute`);
  change(bytes);
  if (checksum === 'right') bytes.writeUInt32LE(attributeCrcAt(bytes, 0), OFFSET.crc);
  writeDmAttribute(file, bytes, name);
}
