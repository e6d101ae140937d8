/** Files of every shape that has its own way of going wrong. */
import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import fs from 'node:fs';

const BLOCK = 4096;
const MIB = 1024 * 1024;

type Make = (file: Buffer) => void;

const content =
  (bytes: number, fill?: number): Make =>
  (file) =>
    fs.writeFileSync(file, fill === undefined ? randomBytes(bytes) : Buffer.alloc(bytes, fill));

/** Data at the given offsets, holes elsewhere. */
const sparse =
  (sizeBytes: number, ...offsets: readonly number[]): Make =>
  (file) => {
    const fd = fs.openSync(file, 'w');
    fs.ftruncateSync(fd, sizeBytes);
    for (const offset of offsets) fs.writeSync(fd, randomBytes(2 * BLOCK), 0, 2 * BLOCK, offset);
    fs.closeSync(fd);
  };

/** Runs a tool on the file; names need not be UTF-8, so the shell is given none. */
function tool(file: Buffer, program: string, ...args: readonly string[]): void {
  const fd = fs.openSync(file, 'r+');
  try {
    execFileSync(program, [...args, '/proc/self/fd/3'], { stdio: ['ignore', 'ignore', 'inherit', fd] });
  } finally {
    fs.closeSync(fd);
  }
}

export const AWKWARD_FILES: Readonly<Record<string, Make>> = {
  empty: content(0),
  'one byte': content(1),
  'one zero byte': content(1, 0),
  'a block': content(BLOCK),
  'a block and a byte': content(BLOCK + 1),
  'a block less a byte': content(BLOCK - 1),
  'all zeros': content(5 * BLOCK + 7, 0),
  'only a hole': sparse(9 * BLOCK + 100),
  'hole at the start': sparse(20 * BLOCK, 18 * BLOCK),
  'hole in the middle': sparse(20 * BLOCK, 0, 18 * BLOCK),
  'hole at the end': sparse(20 * BLOCK, 0),
  'many holes': sparse(200 * BLOCK, ...Array.from({ length: 20 }, (_, index) => index * 9 * BLOCK)),
  'nearly all hole': sparse(64 * MIB + 3, 32 * MIB),
  'preallocated behind its end': (file) => {
    content(3 * BLOCK + 5)(file);
    tool(file, 'fallocate', '--keep-size', '--length', String(MIB));
  },
  'unwritten extents': (file) => {
    content(0)(file);
    tool(file, 'fallocate', '--length', String(16 * BLOCK));
    const fd = fs.openSync(file, 'r+');
    fs.writeSync(fd, randomBytes(100), 0, 100, 5 * BLOCK + 50);
    fs.closeSync(fd);
  },
  'ten mebibytes': content(10 * MIB + 11),
  ['long name '.padEnd(255, 'n')]: content(100),
  'name\nwith "quotes" and \u001b[31m': content(100),
  'old time': (file) => {
    content(5000)(file);
    tool(file, 'touch', '--date=1931-05-06 07:08:09.123456789 UTC');
  },
  'late time': (file) => {
    content(5000)(file);
    tool(file, 'touch', '--date=2400-01-01 00:00:00.987654321 UTC');
  },
  'strange owner and mode': (file) => {
    content(6000)(file);
    fs.chownSync(file, 1234, 4321);
    fs.chmodSync(file, 0o6751);
  },
  unreadable: (file) => {
    content(6000)(file);
    fs.chmodSync(file, 0);
  },
  'attributes and an access list': (file) => {
    content(7000)(file);
    tool(file, 'setfattr', '--name=user.comment', '--value=a comment');
    tool(file, 'setfattr', '--name=trusted.other', '--value=0x0001ff');
    tool(file, 'setfacl', '--modify', 'user:77:rw');
  },
  // What the kernel takes away from whoever writes to a file, root included.
  'a program with capabilities': (file) => {
    content(8000)(file);
    fs.chmodSync(file, 0o755);
    tool(file, 'setfattr', '--name=security.capability', '--value=0x0100000200200000000000000000000000000000');
  },
  'hard links': (file) => {
    content(9000)(file);
    fs.linkSync(file, Buffer.concat([file, Buffer.from(' again')]));
  },
};

/** A name that is not UTF-8. */
export const LATIN_NAME = Buffer.from('gr\xfc\xdfe \xff', 'latin1');

/** Makes all of them in a folder; returns their paths. */
export function makeAwkwardFiles(folder: Buffer): Buffer[] {
  fs.mkdirSync(folder, { recursive: true });
  const named = Object.entries(AWKWARD_FILES).map(([name, make]) => [Buffer.from(name), make] as const);
  return [...named, [LATIN_NAME, content(4321)] as const].map(([name, make]) => {
    const file = Buffer.concat([folder, Buffer.from('/'), name]);
    make(file);
    return file;
  });
}
