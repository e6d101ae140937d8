/**
 * Group commit: files of a batch share their syncs. Its bounds say how much work a crash leaves open, how long leases are
 * held, and how long a file waits for others that may never come.
 */
import { setTimeout } from 'node:timers/promises';

export interface BatchBounds {
  readonly filesMax: number;
  /** But for one file that alone is larger. */
  readonly bytesMax: bigint;
  /** So long the first file of a batch waits for further ones; what takes long to name files (a pipe) is not waited for. */
  readonly waitMsMax: number;
}

export const BATCH_BOUNDS: BatchBounds = { filesMax: 64, bytesMax: 64n * 1024n * 1024n, waitMsMax: 2000 };

/** How the passing of time is seen. */
export interface BatchClock {
  readonly nowMs: () => number;
  /** Ends after so long, or with an AbortError. */
  readonly sleep: (ms: number, signal: AbortSignal) => Promise<unknown>;
}

const CLOCK: BatchClock = {
  nowMs: () => performance.now(),
  sleep: (ms, signal) => setTimeout(ms, undefined, { signal }),
};

const TOO_LATE: unique symbol = Symbol('the batch has waited for long enough');

/** What comes next, unless that takes longer than `ms`. */
async function withinMs<T>(next: Promise<T>, ms: number, clock: BatchClock): Promise<T | typeof TOO_LATE> {
  const timer = new AbortController();
  const isLate = (): typeof TOO_LATE => TOO_LATE;
  const late = clock.sleep(ms, timer.signal).then(isLate, isLate);
  try {
    return await Promise.race([next, late]);
  } finally {
    timer.abort();
  }
}

/**
 * Files in batches, each as soon as one of its bounds is reached, or the files end.
 * @param weigh the bytes of a file
 */
export async function* inBatches<T>(
  files: AsyncIterable<T>,
  weigh: (file: T) => bigint,
  bounds: BatchBounds = BATCH_BOUNDS,
  clock: BatchClock = CLOCK,
): AsyncGenerator<T[]> {
  const source = files[Symbol.asyncIterator]();
  let batch: T[] = [];
  let bytes = 0n;
  let firstMs = 0;
  const take = (): T[] => {
    const taken = batch;
    batch = [];
    bytes = 0n;
    return taken;
  };
  try {
    let next = source.next();
    for (;;) {
      const waitMs = Math.max(0, firstMs + bounds.waitMsMax - clock.nowMs());
      const step = batch.length === 0 ? await next : await withinMs(next, waitMs, clock);
      if (step === TOO_LATE) {
        yield take();
        continue;
      }
      if (step.done) break;
      const size = weigh(step.value);
      if (batch.length > 0 && bytes + size > bounds.bytesMax) yield take();
      if (batch.length === 0) firstMs = clock.nowMs();
      batch.push(step.value);
      bytes += size;
      if (batch.length >= bounds.filesMax) yield take();
      next = source.next();
    }
    if (batch.length > 0) yield take();
  } finally {
    // Not waited for: whoever gives up while the source is silent must not wait for what it says next.
    void source.return?.().then(undefined, () => undefined);
  }
}
