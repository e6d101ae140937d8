/**
 * What the main thread and its workers share besides messages: a cancellation flag, the number of workers that are
 * ready, and credits for each lane. A worker spends a credit on each message and sleeps when it has none; the main
 * thread gives it back when it has dealt with the message. So a slow consumer slows the workers down, and memory stays
 * bounded.
 */

/** Messages that a worker may send ahead of the main thread. */
export const CREDITS = 4;

const CANCELLED = 0;
const READY = 1;
const FIRST_LANE = 2;
/** Only a safety net: whoever changes a cell also wakes its sleepers. */
const SLEEP_MS_MAX = 1000;

/** A view of the shared cells, made on each thread over the same memory; the top of this file tells what they are. */
/** The shared memory of a pool, seen from one thread: cancelling, readiness, credits. */
export class PoolControl {
  readonly #cells: Int32Array;

  constructor(readonly memory: SharedArrayBuffer) {
    this.#cells = new Int32Array(memory);
  }

  static forLanes(lanes: number): PoolControl {
    return new PoolControl(new SharedArrayBuffer(4 * (FIRST_LANE + lanes)));
  }

  get isCancelled(): boolean {
    return Atomics.load(this.#cells, CANCELLED) !== 0;
  }

  cancel(): void {
    Atomics.store(this.#cells, CANCELLED, 1);
    for (let cell = 0; cell < this.#cells.length; cell++) Atomics.notify(this.#cells, cell);
  }

  /** In a worker, once: waits until the workers of all lanes have called it. False if the work was cancelled meanwhile. */
  awaitAllReady(): boolean {
    Atomics.add(this.#cells, READY, 1);
    Atomics.notify(this.#cells, READY);
    while (!this.isCancelled) {
      const ready = Atomics.load(this.#cells, READY);
      if (ready >= this.#cells.length - FIRST_LANE) return true;
      Atomics.wait(this.#cells, READY, ready, SLEEP_MS_MAX);
    }
    return false;
  }

  resetCredits(lane: number): void {
    Atomics.store(this.#cells, FIRST_LANE + lane, CREDITS);
  }

  giveCredit(lane: number): void {
    Atomics.add(this.#cells, FIRST_LANE + lane, 1);
    Atomics.notify(this.#cells, FIRST_LANE + lane);
  }

  /** In a worker: waits for a credit and takes it. False if the work was cancelled meanwhile. */
  takeCredit(lane: number): boolean {
    const cell = FIRST_LANE + lane;
    while (!this.isCancelled) {
      const credits = Atomics.load(this.#cells, cell);
      if (credits <= 0) {
        Atomics.wait(this.#cells, cell, credits, SLEEP_MS_MAX);
        continue;
      }
      // The main thread only adds, and this lane's worker alone subtracts.
      Atomics.sub(this.#cells, cell, 1);
      return true;
    }
    return false;
  }
}
