import fs from 'node:fs';
import type { Fd } from '../native/io.js';
import { nativeCall } from '../native/native-error.js';

const DESCRIPTORS = '/proc/self/fd';

function isDescriptorOf(descriptor: string, file: fs.BigIntStats): boolean {
  try {
    const stat = fs.statSync(`${DESCRIPTORS}/${descriptor}`, { bigint: true });
    return stat.dev === file.dev && stat.ino === file.ino;
  } catch {
    // The file itself could be looked at, so this is another one: closed meanwhile, in no folder, or on a filesystem that
    // was shut down.
    return false;
  }
}

/**
 * A descriptor of a file that this process has open, in whatever thread; undefined if there is none. It is another's: to
 * be read with pread and never closed.
 *
 * It is there for a file that SQLite has open. SQLite's locks are POSIX locks, and the kernel drops all that a process
 * has on a file as soon as the process closes any descriptor of it. So a file that is open already must not be opened
 * and closed beside SQLite, or another process may take the write-ahead log away from under this one.
 * @throws NativeError when the file is not there or cannot be looked at
 */
export function findOwnDescriptor(path: string): Fd | undefined {
  const file = nativeCall(path, () => fs.statSync(path, { bigint: true }));
  const descriptors = nativeCall(DESCRIPTORS, () => fs.readdirSync(DESCRIPTORS));
  const found = descriptors.find((descriptor) => isDescriptorOf(descriptor, file));
  return found === undefined ? undefined : (Number(found) as Fd);
}
