import { NativeError } from '../../src/native/native-error.js';
import type { Machine } from './kernel/machine.js';
import { Random } from './kernel/random.js';
import { ProcessDied, world, type PortCall } from './kernel/world.js';
import type { CrashKind, Event } from './schedule.js';
import type { Users } from './users.js';

/** What each call may fail with. */
const FAULTS: Readonly<Record<string, readonly string[]>> = {
  pread: ['EIO'],
  pwrite: ['EIO', 'ENOSPC'],
  fsync: ['EIO'],
  syncfs: ['EIO'],
  setxattr: ['EIO', 'ENOSPC'],
  removexattr: ['EIO'],
  punch: ['EIO'],
  ficlone: ['EIO', 'ENOSPC', 'EOPNOTSUPP'],
  rename: ['EIO'],
  mkdir: ['ENOSPC'],
  commit: ['EIO', 'ENOSPC'],
};

/** Longer than an opener waits for a lease's holder. */
const STALL_SECONDS = 50;
/**
 * The process is not stopped for so long between its last look at a lease and what rests on it (docs/reliability.md,
 * "What is assumed"): so many calls behind a look there is no stall.
 */
const CALLS_BEHIND_LOOK = 8;

/** Lets happen what a schedule has in store for one command. */
export class Happenings {
  calls = 0;
  crash: { readonly how: CrashKind; readonly seed: number } | undefined;
  /** A call was made to fail. */
  faults = 0;
  readonly controller = new AbortController();
  #due: Event[];
  #lastLook = -Infinity;

  constructor(
    events: readonly Event[],
    readonly machine: Machine,
    readonly users: Users,
    readonly say: (text: string) => void,
  ) {
    this.#due = [...events];
  }

  onCall(call: PortCall): void {
    this.calls += 1;
    this.machine.callNumber = this.calls;
    if (call.name === 'getlease') this.#lastLook = this.calls;
    this.machine.expireLeases();
    if (this.#due.length === 0) return;
    for (const event of [...this.#due]) {
      if (event.at > this.calls || !this.#canBe(event, call)) continue;
      this.#due = this.#due.filter((one) => one !== event);
      this.say(`    call ${this.calls} (${call.name} ${call.target}): ${JSON.stringify(event)}`);
      this.#let(event, call);
    }
  }

  #canBe(event: Event, { name }: PortCall): boolean {
    if (event.kind === 'fault') return FAULTS[name]?.includes(event.code) === true;
    return event.kind !== 'stall' || this.#canStall();
  }

  /** What counts is the last look at the file that somebody waits for; where nobody waits, the last look at any. */
  #canStall(): boolean {
    const waitedFor = this.machine.files.leases().filter(({ breakingSinceNs }) => breakingSinceNs !== undefined);
    if (waitedFor.length === 0) return this.calls - this.#lastLook > CALLS_BEHIND_LOOK;
    return waitedFor.every(({ lookedAtCall = -Infinity }) => this.calls - lookedAtCall > CALLS_BEHIND_LOOK);
  }

  #let(event: Event, { name, target }: PortCall): void {
    switch (event.kind) {
      case 'user':
        return this.users.act(event.action);
      case 'stall':
        this.machine.clock.advanceSeconds(STALL_SECONDS);
        return this.machine.expireLeases();
      case 'cancel':
        return this.controller.abort();
      case 'write-back':
        for (const fs of [this.machine.data, this.machine.archive]) fs.writeBackSome(new Random(event.seed));
        return;
      case 'fault':
        this.faults += 1;
        throw new NativeError(event.code, name, target);
      case 'crash':
        this.crash = event;
        world().isDead = true;
        throw new ProcessDied();
    }
  }
}
