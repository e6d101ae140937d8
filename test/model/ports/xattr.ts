import type { Fd } from '../../../src/native/io.js';
import { enter } from '../kernel/world.js';

export function getAttribute(fd: Fd, name: string, target: string): Buffer | undefined {
  const value = enter('getxattr', target).files.get(fd, 'fgetxattr').inode.image.xattrs.get(name);
  return value === undefined ? undefined : Buffer.from(value);
}

export function setAttribute(fd: Fd, name: string, value: Buffer, target: string): void {
  const { fs, inode } = enter('setxattr', target).files.get(fd, 'fsetxattr');
  const copy = Buffer.from(value);
  const ctimeNs = fs.now(inode);
  fs.change(inode, (image) => {
    image.xattrs.set(name, copy);
    image.ctimeNs = ctimeNs;
  });
}

export function removeAttribute(fd: Fd, name: string, target: string): void {
  const { fs, inode } = enter('removexattr', target).files.get(fd, 'fremovexattr');
  if (!inode.image.xattrs.has(name)) return;
  const ctimeNs = fs.now(inode);
  fs.change(inode, (image) => {
    image.xattrs.delete(name);
    image.ctimeNs = ctimeNs;
  });
}

export const listAttributes = (fd: Fd, target: string): Buffer[] =>
  [...enter('listxattr', target).files.get(fd, 'flistxattr').inode.image.xattrs.keys()].map((name) =>
    Buffer.from(name),
  );
