/** Mounts, from /proc/self/mountinfo (proc_pid_mountinfo(5)). */
import fs from 'node:fs';
import { nativeCall } from './native-error.js';
import { mountIdOfPath } from './statx.js';

export interface Mount {
  readonly id: bigint;
  /** "major:minor", as in FileStat.device. */
  readonly device: string;
  /** The part of the filesystem that is mounted; "/" unless it is a bind mount of a folder. */
  readonly root: Buffer;
  readonly mountPoint: Buffer;
  readonly options: readonly string[];
  readonly type: string;
  readonly source: Buffer;
  readonly superOptions: readonly string[];
}

/** Undoes the octal escapes of space, tab, newline and backslash. */
function unescape(field: string): Buffer {
  return Buffer.from(
    field.replace(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(parseInt(octal, 8))),
    'latin1',
  );
}

function parseLine(line: string): Mount | undefined {
  const [left, right] = line.split(' - ');
  const [id, , device, root, mountPoint, options] = left?.split(' ') ?? [];
  const [type, source, superOptions] = right?.split(' ') ?? [];
  if (!id || !device || !root || !mountPoint || !options || !type || !source || !superOptions) return undefined;
  return {
    id: BigInt(id),
    device,
    root: unescape(root),
    mountPoint: unescape(mountPoint),
    options: options.split(','),
    type,
    source: unescape(source),
    superOptions: superOptions.split(','),
  };
}

/** All mounts that this process sees, in the order of mounting. */
export function listMounts(): Mount[] {
  // latin1 keeps every byte of a non-UTF-8 mount point.
  const text = nativeCall('/proc/self/mountinfo', () => fs.readFileSync('/proc/self/mountinfo', 'latin1'));
  return text.split('\n').flatMap((line) => parseLine(line) ?? []);
}

/** The mount that a path lies on, by mount id, or undefined if it vanished meanwhile. */
export function mountOf(path: Buffer): Mount | undefined {
  const mountId = mountIdOfPath(path);
  return listMounts().find((mount) => mount.id === mountId);
}
