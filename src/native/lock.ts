/** Leases (fcntl(2), F_SETLEASE) and whole-file locks (flock(2)). */
import fs from 'node:fs';
import { OperationalError } from '../errors.js';
import { FCNTL, LOCK_EX, LOCK_NB, LOCK_SH } from './constants.js';
import { closeFd, type Fd } from './io.js';
import { libc } from './libc.js';
import { isErrno, nativeCall, NativeError } from './native-error.js';

export type LeaseKind = 'read' | 'write';

const LEASE_TYPE = { read: FCNTL.F_RDLCK, write: FCNTL.F_WRLCK } as const;
const noop = (): void => undefined;

/**
 * The kernel tells a lease's holder of a break by SIGIO, whose default action ends the process. We poll instead, so the
 * signal only has to be caught. Node delivers signals on the main thread alone: call this there.
 */
export function ignoreLeaseSignals(): void {
  if (!process.listeners('SIGIO').includes(noop)) process.on('SIGIO', noop);
}

/**
 * Takes a lease on an open file. False if it is open (or mapped, or under direct I/O) elsewhere in a way that conflicts.
 * A read lease is refused while anyone has the file open for writing, a write lease while anyone has it open at all.
 * @throws NativeError other than EAGAIN
 */
export function takeLease(fd: Fd, kind: LeaseKind, target: string): boolean {
  ignoreLeaseSignals();
  try {
    libc('fcntl', [fd, FCNTL.F_SETLEASE, LEASE_TYPE[kind]], target);
    return true;
  } catch (error) {
    if (isErrno(error, 'EAGAIN', 'EBUSY')) return false;
    throw error;
  }
}

/** True while nobody has begun to break the lease. A break is announced at once and granted after lease-break-time. */
export function leaseIsWhole(fd: Fd, kind: LeaseKind, target: string): boolean {
  return Number(libc('fcntl', [fd, FCNTL.F_GETLEASE, 0], target)) === LEASE_TYPE[kind];
}

/** Gives a lease up; one that was broken meanwhile is fine. */
export function dropLease(fd: Fd, target: string): void {
  try {
    libc('fcntl', [fd, FCNTL.F_SETLEASE, FCNTL.F_UNLCK], target);
  } catch (error) {
    if (!isErrno(error, 'EAGAIN', 'EINVAL')) throw error;
  }
}

/** Gives lease and descriptor back. The last close lets go of the lease too, so nothing hangs on doing it beforehand. */
export function closeLeased(fd: Fd, target: string): void {
  try {
    dropLease(fd, target);
  } catch (error) {
    if (!(error instanceof NativeError)) throw error;
  } finally {
    closeFd(fd);
  }
}

/** Seconds that an opener waits for a lease's holder before the kernel lets it in regardless. */
export function leaseBreakTimeSeconds(): number {
  const file = '/proc/sys/fs/lease-break-time';
  const text = nativeCall(file, () => fs.readFileSync(file, 'latin1')).trim();
  const seconds = Number(text);
  if (!Number.isInteger(seconds)) throw new OperationalError('ELEASETIME', `${file} says "${text}"`);
  return seconds;
}

function tryLock(fd: Fd, how: number, target: string): boolean {
  try {
    libc('flock', [fd, how | LOCK_NB], target);
    return true;
  } catch (error) {
    if (isErrno(error, 'EAGAIN')) return false;
    throw error;
  }
}

/** Tries an exclusive flock(2); false if another open file description holds it. Released when the process dies. */
export const tryLockExclusive = (fd: Fd, target: string): boolean => tryLock(fd, LOCK_EX, target);

/** Tries a shared flock(2); false if another open file description holds it exclusively. Many may have it at once. */
export const tryLockShared = (fd: Fd, target: string): boolean => tryLock(fd, LOCK_SH, target);
