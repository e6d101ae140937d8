import type { Extent } from '../../../src/native/extents.js';
import type { Fd } from '../../../src/native/io.js';
import { NativeError } from '../../../src/native/native-error.js';
import { cloneData, punchData } from '../kernel/file-data.js';
import { PAGE_BYTES } from '../kernel/image.js';
import { enter, world } from '../kernel/world.js';
import { fileModified } from './io.js';

export function* dataExtents(fd: Fd, sizeBytes: number, target: string): Generator<Extent> {
  let offset = 0;
  while (offset < sizeBytes) {
    const { inode } = enter('lseek', target).files.get(fd, 'lseek');
    const start = inode.seek(offset, 'data');
    if (start === undefined || start >= sizeBytes) return;
    const end = Math.min(inode.seek(start, 'hole') ?? sizeBytes, sizeBytes);
    yield { offset: start, length: end - start };
    offset = end;
  }
}

export function punchHole(fd: Fd, offset: number, lengthBytes: number, target: string): void {
  const file = enter('punch', target).files.get(fd, 'fallocate');
  world().onDestroy('punch', fd);
  fileModified(file);
  punchData(file.fs, file.inode, offset, lengthBytes);
}

export function cloneFile(source: Fd, destination: Fd, target: string): void {
  const machine = enter('ficlone', target);
  const from = machine.files.get(source, 'ioctl');
  const to = machine.files.get(destination, 'ioctl');
  if (from.fs !== to.fs) throw new NativeError('EXDEV', 'ioctl', target);
  if (from.inode.sizeBytes === 0) return;
  if (from.inode === to.inode) throw new NativeError('EINVAL', 'ioctl', target);
  const isUnaligned = from.inode.sizeBytes % PAGE_BYTES !== 0;
  if (isUnaligned && to.inode.sizeBytes > from.inode.sizeBytes) throw new NativeError('EINVAL', 'ioctl', target);
  world().onDestroy('clone', destination, source);
  fileModified(to);
  cloneData(to.fs, from.inode, to.inode);
}
