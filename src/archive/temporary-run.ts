import { randomUUID } from 'node:crypto';
import fs from 'node:fs';
import { closeFd, openPath, type Fd, type PathBytes } from '../native/io.js';
import { tryLockExclusive } from '../native/lock.js';
import { isErrno } from '../native/native-error.js';
import { bestEffort, createFile, listFolder, makeFolder, removeFile, removeFolder } from './posix-files.js';
import { isDirectory, statIfPresent } from '../native/statx.js';
import { StoreError } from './store-error.js';
import { joinPath, temporaryFolder } from './store-paths.js';

/** Held by the run that a folder in tmp/ belongs to. */
export const LOCK = 'lock';

/**
 * A folder tmp/<random> for one run's temporary files. Its file `lock` is held under flock(2) as long as the run lives;
 * the kernel lets go of it when the process dies, which is how a sweep tells a dead run's folder.
 */
export class TemporaryRun {
  readonly folder: PathBytes;
  readonly #lockFd: Fd;

  private constructor(folder: PathBytes, lockFd: Fd) {
    this.folder = folder;
    this.#lockFd = lockFd;
  }

  static open(dir: PathBytes): TemporaryRun {
    makeFolder(temporaryFolder(dir));
    const folder = joinPath(temporaryFolder(dir), randomUUID());
    makeFolder(folder);
    try {
      const lock = joinPath(folder, LOCK);
      const fd = createFile(lock);
      // Only a sweep that takes runs of no age at all can be in between.
      if (!tryLockExclusive(fd, lock.toString())) {
        closeFd(fd);
        throw new StoreError('ESTORE_BUSY', `a sweep took ${lock.toString()} at birth: try again`);
      }
      return new TemporaryRun(folder, fd);
    } catch (error) {
      removeRun(folder);
      throw error;
    }
  }

  path(name: string): PathBytes {
    return joinPath(this.folder, name);
  }

  /** Deletes everything in the folder and the folder. What cannot be deleted is left to a sweep. */
  close(): void {
    removeRun(this.folder);
    closeFd(this.#lockFd);
  }
}

/** Best effort; the lock goes last, so that what is left is still recognised. */
function removeRun(folder: PathBytes): void {
  bestEffort(() => {
    for (const name of listFolder(folder) ?? []) if (name.toString() !== LOCK) removeFile(joinPath(folder, name));
    removeFile(joinPath(folder, LOCK));
    removeFolder(folder);
  });
}

/** Deletes a run's folder if its owner is dead, holding its lock meanwhile. No lock file: its maker died at birth. */
function sweepRun(folder: PathBytes): boolean {
  const lock = joinPath(folder, LOCK);
  let fd: Fd;
  try {
    fd = openPath(lock, fs.constants.O_RDWR | fs.constants.O_NOFOLLOW);
  } catch (error) {
    if (!isErrno(error, 'ENOENT')) throw error;
    removeRun(folder);
    return true;
  }
  try {
    const isDead = tryLockExclusive(fd, lock.toString());
    if (isDead) removeRun(folder);
    return isDead;
  } finally {
    closeFd(fd);
  }
}

/**
 * Deletes the folders of dead runs that nothing was written to for `olderThanMs`. Names in tmp/ that are no folders are
 * leftovers of a mark being written, and go by age alone.
 * @returns how many went
 */
export function sweepRuns(dir: PathBytes, olderThanMs: number): number {
  const top = temporaryFolder(dir);
  const youngestNs = BigInt(Date.now() - olderThanMs) * 1_000_000n;
  let swept = 0;
  for (const name of listFolder(top) ?? []) {
    const path = joinPath(top, name);
    const stat = statIfPresent(path);
    if (!stat || stat.mtimeNs > youngestNs) continue;
    if (isDirectory(stat.mode)) {
      if (!sweepRun(path)) continue;
    } else {
      removeFile(path);
    }
    swept++;
  }
  return swept;
}
