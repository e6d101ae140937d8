/** Extended attributes by file descriptor (xattr(7)). Names carry their namespace prefix, as in `trusted.hsmck`. */
import type { Fd } from './io.js';
import { libc } from './libc.js';
import { isErrno } from './native-error.js';

const zeroEnded = (name: string): Buffer => Buffer.from(`${name}\0`);
const VALUE_BYTES_MAX = 65_536;

/**
 * The attribute's value, or undefined if the inode has none of that name.
 * @throws NativeError
 */
export function getAttribute(fd: Fd, name: string, target: string): Buffer | undefined {
  // A fixed room larger than any value that is expected; ERANGE tells that a stranger wrote more.
  for (const room of [256, VALUE_BYTES_MAX]) {
    const value = Buffer.alloc(room);
    try {
      const length = Number(libc('fgetxattr', [fd, zeroEnded(name), value, room], target));
      return value.subarray(0, length);
    } catch (error) {
      if (isErrno(error, 'ENODATA')) return undefined;
      if (!isErrno(error, 'ERANGE') || room === VALUE_BYTES_MAX) throw error;
    }
  }
  return undefined;
}

/** Creates or replaces the attribute. Durable only after fsync of the same inode. Moves ctime. */
export function setAttribute(fd: Fd, name: string, value: Buffer, target: string): void {
  libc('fsetxattr', [fd, zeroEnded(name), value, value.length, 0], target);
}

/** Removes the attribute; one that is not there is fine. Moves ctime. */
export function removeAttribute(fd: Fd, name: string, target: string): void {
  try {
    libc('fremovexattr', [fd, zeroEnded(name)], target);
  } catch (error) {
    if (!isErrno(error, 'ENODATA')) throw error;
  }
}

/** All attribute names that the caller may see, prefix included, as bytes. */
export function listAttributes(fd: Fd, target: string): Buffer[] {
  const room = Buffer.alloc(VALUE_BYTES_MAX);
  const length = Number(libc('flistxattr', [fd, room, room.length], target));
  const names: Buffer[] = [];
  for (let start = 0; start < length;) {
    const end = room.indexOf(0, start);
    names.push(Buffer.from(room.subarray(start, end)));
    start = end + 1;
  }
  return names;
}
