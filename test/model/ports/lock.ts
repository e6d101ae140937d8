import type { Fd } from '../../../src/native/io.js';
import type { LeaseKind } from '../../../src/native/lock.js';
import { NativeError } from '../../../src/native/native-error.js';
import { enter, world } from '../kernel/world.js';
import { closeFd } from './io.js';

export function takeLease(fd: Fd, kind: LeaseKind, target: string): boolean {
  const machine = enter('setlease', target);
  return machine.takeLease(machine.files.get(fd, 'fcntl'), kind);
}

export function leaseIsWhole(fd: Fd, kind: LeaseKind, target: string): boolean {
  const machine = enter('getlease', target);
  const file = machine.files.get(fd, 'fcntl');
  file.lookedAtCall = machine.callNumber;
  return file.lease === kind && file.breakingSinceNs === undefined;
}

export function dropLease(fd: Fd, target: string): void {
  if (world().isDead) return;
  const machine = enter('unlease', target);
  const file = machine.files.get(fd, 'fcntl');
  if (file.lease !== undefined) machine.files.letIn(file);
}

export function closeLeased(fd: Fd, target: string): void {
  try {
    dropLease(fd, target);
  } catch (error) {
    if (!(error instanceof NativeError)) throw error;
  } finally {
    closeFd(fd);
  }
}

export const leaseBreakTimeSeconds = (): number => 45;

/** Only ever a look whether somebody holds the lock; it is let go of at once. */
export function tryLockShared(fd: Fd, target: string): boolean {
  const machine = enter('flock', target);
  return !machine.files.others(machine.files.get(fd, 'flock')).some(({ locked }) => locked);
}

export function tryLockExclusive(fd: Fd, target: string): boolean {
  const machine = enter('flock', target);
  const file = machine.files.get(fd, 'flock');
  if (machine.files.others(file).some(({ locked }) => locked)) return false;
  file.locked = true;
  return true;
}
