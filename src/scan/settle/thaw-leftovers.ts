import fs from 'node:fs';
import { thawFilesystem } from '../../native/freeze.js';
import { closeFd, openPath } from '../../native/io.js';
import { listMounts } from '../../native/mountinfo.js';
import { isErrno } from '../../native/native-error.js';
import { statFd } from '../../native/statx.js';
import { takeLeftFlags, type LeftFlag } from './freeze-flag.js';

/** A filesystem that a process of ours left frozen when it died. */
export interface Leftover {
  readonly mountPath: string;
  /** False: it was not frozen any more. */
  readonly thawed: boolean;
}

/** Thaws the filesystem that a device number names; undefined where it is not mounted, or hidden below another mount. */
function thawDevice({ device }: LeftFlag): Leftover | undefined {
  for (const { mountPoint } of listMounts().filter((mount) => mount.device === device)) {
    const mountPath = mountPoint.toString();
    // Opening a folder for reading works on a frozen filesystem.
    const fd = openPath(mountPoint, fs.constants.O_RDONLY | fs.constants.O_DIRECTORY);
    try {
      if (statFd(fd, mountPath).device === device) return { mountPath, thawed: thawFilesystem(fd, mountPath) };
    } finally {
      closeFd(fd);
    }
  }
  return undefined;
}

/**
 * Ends the freezes of processes of ours that died, parent and child at once, in the midst of settling a filesystem.
 * Every command begins with it. Without the rights to thaw, the flag stays for one that has them.
 */
export function thawLeftovers(): Leftover[] {
  return takeLeftFlags().flatMap((flag) => {
    try {
      const leftover = flag.isRaised ? thawDevice(flag) : undefined;
      flag.lock.release();
      return leftover === undefined ? [] : [leftover];
    } catch (error) {
      closeFd(flag.lock.fd);
      if (isErrno(error, 'EPERM', 'EACCES', 'EROFS', 'ENOENT')) return [];
      throw error;
    }
  });
}
