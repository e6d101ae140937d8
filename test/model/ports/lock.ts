import type { Fd } from '../../../src/native/io.js';
import type { LeaseKind } from '../../../src/native/lock.js';
import { enter, world } from '../kernel/world.js';

export function takeLease(fd: Fd, kind: LeaseKind, target: string): boolean {
  const machine = enter('setlease', target);
  return machine.takeLease(machine.files.get(fd, 'fcntl'), kind);
}

export function leaseIsWhole(fd: Fd, kind: LeaseKind, target: string): boolean {
  const file = enter('getlease', target).files.get(fd, 'fcntl');
  return file.lease === kind && file.breakingSinceNs === undefined;
}

export function dropLease(fd: Fd, target: string): void {
  if (world().isDead) return;
  const machine = enter('unlease', target);
  const file = machine.files.get(fd, 'fcntl');
  if (file.lease !== undefined) machine.files.letIn(file);
}

export const leaseBreakTimeSeconds = (): number => 45;

export function tryLockExclusive(fd: Fd, target: string): boolean {
  const machine = enter('flock', target);
  const file = machine.files.get(fd, 'flock');
  if (machine.files.others(file).some(({ locked }) => locked)) return false;
  file.locked = true;
  return true;
}
