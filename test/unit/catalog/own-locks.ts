import fs from 'node:fs';

/** What a descriptor opens, or nothing if it is the one that the list was read through. */
function targetOf(fd: string): string | undefined {
  try {
    return fs.readlinkSync(`/proc/self/fd/${fd}`);
  } catch {
    return undefined;
  }
}

/**
 * The locks that this process has on a file, as proc(5) tells of its descriptors. /proc/locks has the locks of all
 * processes, is read in several parts, and tells of one twice if another came or went between two of them.
 */
export function locksOn(file: string): string[] {
  const target = fs.realpathSync(file);
  const fds = fs.readdirSync('/proc/self/fd').filter((fd) => targetOf(fd) === target);
  return fds
    .flatMap((fd) => fs.readFileSync(`/proc/self/fdinfo/${fd}`, 'latin1').split('\n'))
    .filter((line) => line.startsWith('lock:'))
    .sort();
}
