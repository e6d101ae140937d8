/**
 * Who an open intent belongs to. Each process that migrates holds flock(2) on a file of its own beside the catalog; the
 * kernel lets go of it when the process dies, however it dies. So "alive" is never guessed from a process id, which may
 * have been given to another process since.
 */
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { v4 as uuidv4 } from 'uuid';
import { OperationalError } from '../errors.js';
import { closeFd, openPath, type Fd } from '../native/io.js';
import { tryLockExclusive, tryLockShared } from '../native/lock.js';
import { isErrno, nativeCall } from '../native/native-error.js';
import { statFd, statIfPresent } from '../native/statx.js';

/** What identifies a process that owns intents; OwnerRow has all of it. */
export interface OwnerFacts {
  readonly ownerId: string;
  readonly pid: number;
  readonly host: string;
  readonly bootId: string;
  readonly lockFile: Buffer;
}

const BOOT_ID = '/proc/sys/kernel/random/boot_id';

export const bootId = (): string => nativeCall(BOOT_ID, () => fs.readFileSync(BOOT_ID, 'latin1')).trim();

/** The folder of lock files of a catalog. */
export const locksFolder = (catalogPath: string): string => `${catalogPath}.locks`;

/** Deletes a lock file; one that is not there is fine. @throws NativeError */
export function removeLockFile(file: string | Buffer): void {
  nativeCall(file.toString(), () => fs.rmSync(file, { force: true }));
}

/** A lock file held by this process. */
export class HeldLock {
  constructor(
    readonly file: string,
    readonly fd: Fd,
  ) {}

  /** Lets go and takes the file away; another process that has it open already finds it unlinked and makes a new one. */
  release(): void {
    try {
      removeLockFile(this.file);
    } finally {
      closeFd(this.fd);
    }
  }
}

/** True while the file that was locked still has its name: a lock on an unlinked file excludes nobody. */
export function isStillNamed(fd: Fd, file: string): boolean {
  return statFd(fd, file).nlink > 0 && statIfPresent(Buffer.from(file)) !== undefined;
}

/** Creates and locks a file; undefined if another process holds it. */
export function tryHold(file: string): HeldLock | undefined {
  nativeCall(path.dirname(file), () => fs.mkdirSync(path.dirname(file), { recursive: true, mode: 0o700 }));
  // A holder that lets go unlinks the file: then look again.
  for (let attempt = 0; attempt < 10; attempt++) {
    const fd = openPath(Buffer.from(file), fs.constants.O_RDWR | fs.constants.O_CREAT, 0o600);
    let held = false;
    try {
      if (!tryLockExclusive(fd, file)) return undefined;
      held = isStillNamed(fd, file);
      if (held) return new HeldLock(file, fd);
    } finally {
      if (!held) closeFd(fd);
    }
  }
  throw new OperationalError('ELOCKFILE', `${file} is taken away again and again; is something cleaning that folder?`);
}

const LOCK_RETRY_MS = 25;

/**
 * Creates and locks a file, waiting for another process that holds it.
 * @throws OperationalError ELOCKFILE when that takes longer than `timeoutMs`
 */
export async function holdWithin(file: string, timeoutMs: number): Promise<HeldLock> {
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    const lock = tryHold(file);
    if (lock !== undefined) return lock;
    if (performance.now() > deadline) {
      throw new OperationalError(
        'ELOCKFILE',
        `another process has held ${file} for ${timeoutMs / 1000} s: try again later`,
      );
    }
    await setTimeout(LOCK_RETRY_MS);
  }
}

const OWNER_PREFIX = 'owner-';

/** A new owner: this process, until it dies or lets go. */
export function becomeOwner(catalogPath: string): { readonly facts: OwnerFacts; readonly lock: HeldLock } {
  const id = uuidv4();
  const lock = tryHold(path.join(locksFolder(catalogPath), `${OWNER_PREFIX}${id}.lock`));
  if (lock === undefined) throw new OperationalError('ELOCKFILE', `cannot lock a new file beside ${catalogPath}`);
  const facts = {
    ownerId: id,
    pid: process.pid,
    host: os.hostname(),
    bootId: bootId(),
    lockFile: Buffer.from(lock.file),
  };
  return { facts, lock };
}

/**
 * Lock files that were seen free. An owner takes its lock before anything names it, and its file has a name that no other owner
 * will have, so one that was free stays free: thousands of files that one dead process left need one look.
 */
const seenFree = new Set<string>();

/**
 * True if the owner may still be at work: its lock is held. Neither host name (which changes) nor boot is asked: a
 * catalog belongs on a local filesystem, so whoever could hold the lock holds it where we see it, and one from before a
 * reboot is free.
 */
export function ownerIsAlive(owner: Pick<OwnerFacts, 'lockFile'>, catalogPath: string): boolean {
  const recorded = owner.lockFile.toString();
  // Where the catalog lies now, first: another process may see its folder under another name.
  const here = path.join(locksFolder(catalogPath), path.basename(recorded));
  if (seenFree.has(here)) return false;
  const isAlive = isHeld(Buffer.from(here)) || (here !== recorded && isHeld(owner.lockFile));
  if (!isAlive) seenFree.add(here);
  return isAlive;
}

function isHeld(lockFile: Buffer): boolean {
  try {
    const fd = openPath(lockFile, fs.constants.O_RDWR);
    try {
      // Shared: two who look at the same moment must not take each other for the owner, who holds it exclusively.
      return !tryLockShared(fd, lockFile.toString());
    } finally {
      closeFd(fd);
    }
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return false;
    throw error;
  }
}

/** The lock files of owners that live, whatever became of the catalog itself. @throws NativeError */
export function livingOwners(catalogPath: string): string[] {
  const folder = locksFolder(catalogPath);
  const names = nativeCall(folder, () => (fs.existsSync(folder) ? fs.readdirSync(folder) : []));
  const files = names.filter((name) => name.startsWith(OWNER_PREFIX)).map((name) => path.join(folder, name));
  return files.filter((file) => isHeld(Buffer.from(file)));
}
