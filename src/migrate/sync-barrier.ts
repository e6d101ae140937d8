import { fsyncFd, syncFilesystem, type Fd } from '../native/io.js';

export interface SyncTarget {
  readonly fd: Fd;
  readonly target: string;
}

/** From here on one syncfs is cheaper than an fsync for each file. */
const FSYNC_EACH_MAX = 2;

/**
 * Makes everything that was done to these inodes durable before anything that follows: an fsync of each, or one syncfs
 * for many. A failure is final: the kernel has dropped what it could not write, so nobody may try again as if it could
 * succeed. `rootFd` was opened before the first write, or a write-back error in between would go unseen.
 * @throws NativeError
 */
export function syncBarrier(rootFd: Fd, inodes: readonly SyncTarget[]): void {
  if (inodes.length > FSYNC_EACH_MAX) {
    syncFilesystem(rootFd, `filesystem of ${inodes[0]?.target ?? 'the batch'}`);
    return;
  }
  for (const inode of inodes) fsyncFd(inode.fd, inode.target);
}
