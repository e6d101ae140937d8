/** Freezing a filesystem: everything written and in its place on the device, and no change until the thaw. */
import { IOCTL } from './constants.js';
import type { Fd } from './io.js';
import { libc } from './libc.js';
import { isErrno } from './native-error.js';

/**
 * FIFREEZE. `busy` if it is frozen already, by whomever: such a freeze is not ours, and anybody's thaw would end it.
 * @throws NativeError EPERM, EOPNOTSUPP and others
 */
export function freezeFilesystem(rootFd: Fd, target: string): 'frozen' | 'busy' {
  try {
    libc('ioctlInt', [rootFd, IOCTL.FIFREEZE, 0], target);
    return 'frozen';
  } catch (error) {
    if (isErrno(error, 'EBUSY')) return 'busy';
    throw error;
  }
}

/**
 * FITHAW; false if the filesystem was not frozen. It ends anybody's freeze: only for one that is known to be ours.
 * @throws NativeError EPERM and others
 */
export function thawFilesystem(rootFd: Fd, target: string): boolean {
  try {
    libc('ioctlInt', [rootFd, IOCTL.FITHAW, 0], target);
    return true;
  } catch (error) {
    if (isErrno(error, 'EINVAL')) return false;
    throw error;
  }
}
