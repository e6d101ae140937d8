/** The machine that the ports work on, and what happens to it at each call into the kernel. */
import type { Machine } from './machine.js';

/** Thrown out of a port when the simulated process dies. No error of the product: nothing of it may catch this. */
export class ProcessDied extends Error {
  constructor() {
    super('the simulated process is dead');
    this.name = 'ProcessDied';
  }
}

export interface PortCall {
  /** The call, as strace would name it. */
  readonly name: string;
  readonly target: string;
}

export interface World {
  readonly machine: Machine;
  /** Numbers for identities: the same in every run of a seed. */
  readonly nextWord: () => number;
  /** Called before each call into the kernel; may throw a NativeError, or ProcessDied. */
  readonly onCall: (call: PortCall) => void;
  /** Called right before the program destroys data. */
  readonly onDestroy: (how: 'punch' | 'clone', fd: number, sourceFd?: number) => void;
  isDead: boolean;
}

let current: World | undefined;

export function setWorld(world: World): void {
  current = world;
}

/** @throws Error if no world was set */
export function world(): World {
  if (current === undefined) throw new Error('no simulated world is set');
  return current;
}

/** Every port begins with this. */
export function enter(name: string, target = ''): Machine {
  const here = world();
  if (here.isDead) throw new ProcessDied();
  here.machine.clock.pass();
  here.onCall({ name, target });
  if (here.isDead) throw new ProcessDied();
  return here.machine;
}
