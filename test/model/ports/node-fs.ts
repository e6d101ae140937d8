/** The part of node:fs that the engine uses, over the simulated machine. It throws NativeErrors, as Node throws its own. */
import { constants } from 'node:fs';
import { NativeError } from '../../../src/native/native-error.js';
import { isFolder } from '../kernel/image.js';
import { enter, world } from '../kernel/world.js';

type Path = string | Buffer;
const bytesOf = (path: Path): Buffer => (typeof path === 'string' ? Buffer.from(path, 'latin1') : path);

function mkdirSync(path: Path, options?: number | { readonly recursive?: boolean }): void {
  const target = bytesOf(path).toString();
  const machine = enter('mkdir', target);
  const recursive = typeof options === 'object' && options.recursive === true;
  const { fs, parent, name, inode } = machine.resolve(bytesOf(path));
  if (inode === undefined) fs.create(parent, name, 0o700, 'folder');
  else if (!recursive) throw new NativeError('EEXIST', 'mkdir', target);
}

function renameSync(from: Path, to: Path): void {
  const machine = enter('rename', bytesOf(to).toString());
  const source = machine.resolve(bytesOf(from));
  const target = machine.resolve(bytesOf(to));
  source.fs.rename(source.parent, source.name, target.parent, target.name);
}

function unlinkSync(path: Path): void {
  const { fs, parent, name } = enter('unlink', bytesOf(path).toString()).resolve(bytesOf(path));
  fs.unlink(parent, name);
}

function rmSync(path: Path): void {
  if (world().isDead) return;
  try {
    unlinkSync(path);
  } catch (error) {
    if (!(error instanceof NativeError) || error.code !== 'ENOENT') throw error;
  }
}

function rmdirSync(path: Path): void {
  const target = bytesOf(path).toString();
  const { fs, parent, name, inode } = enter('rmdir', target).resolve(bytesOf(path));
  if (inode !== undefined && inode.image.entries.size > 0) throw new NativeError('ENOTEMPTY', 'rmdir', target);
  fs.unlink(parent, name);
}

function readdirSync(path: Path, { withFileTypes }: { readonly withFileTypes?: boolean }): unknown[] {
  const target = bytesOf(path).toString();
  const { fs, inode } = enter('readdir', target).existing(bytesOf(path));
  if (!isFolder(inode.image)) throw new NativeError('ENOTDIR', 'scandir', target);
  return [...inode.image.entries].map(([text, ino]) => {
    const name = Buffer.from(text, 'latin1');
    const folder = isFolder(fs.inode(ino).image);
    return withFileTypes === true ? { name, isDirectory: () => folder, isFile: () => !folder } : name;
  });
}

function existsSync(path: Path): boolean {
  try {
    return world().machine.resolve(bytesOf(path)).inode !== undefined;
  } catch (error) {
    if (error instanceof NativeError) return false;
    throw error;
  }
}

/** Everything may be written to: a call that can fail as any other. */
function accessSync(path: Path): void {
  enter('access', bytesOf(path).toString()).existing(bytesOf(path));
}

const realpathSync = Object.assign((path: Path): Path => path, { native: (path: Path): Path => bytesOf(path) });

const fstatSync = (fd: number): { readonly nlink: number } => {
  const { nlink } = enter('fstat').files.get(fd, 'fstat').inode.image;
  return { nlink };
};

/** Only the boot id is read this way. */
const readFileSync = (): string => '00000000-0000-4000-8000-000000000000\n';

export default {
  constants,
  mkdirSync,
  renameSync,
  unlinkSync,
  rmSync,
  rmdirSync,
  readdirSync,
  existsSync,
  accessSync,
  realpathSync,
  fstatSync,
  readFileSync,
};
