/** Counters that all threads of a scan share. Added to once a batch. */
export interface Progress {
  readonly inodes: number;
  readonly managed: number;
  readonly partitionsDone: number;
}

const SLOTS = { inodes: 0, managed: 1, partitionsDone: 2 } as const;

/** The counters themselves, in memory that all threads share. */
/** Counts in shared memory: made once on the main thread, opened by every worker from its `memory`. */
export class ProgressCounters {
  readonly #slots: BigInt64Array;

  /** `shared` comes from another thread's `memory`; without it new counters are made. */
  constructor(shared?: SharedArrayBuffer) {
    this.#slots = new BigInt64Array(shared ?? new SharedArrayBuffer(8 * Object.keys(SLOTS).length));
  }

  get memory(): SharedArrayBuffer {
    return this.#slots.buffer as SharedArrayBuffer;
  }

  add(counter: keyof Progress, amount: number): void {
    Atomics.add(this.#slots, SLOTS[counter], BigInt(amount));
  }

  snapshot(): Progress {
    const read = (counter: keyof Progress): number => Number(Atomics.load(this.#slots, SLOTS[counter]));
    return { inodes: read('inodes'), managed: read('managed'), partitionsDone: read('partitionsDone') };
  }
}
