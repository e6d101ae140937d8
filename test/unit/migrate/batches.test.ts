/** Group commit is bounded in files, in bytes, and in the time that the first file waits. */
import { expect, test } from 'vitest';
import { inBatches, type BatchClock } from '../../../src/migrate/batches.js';

const BOUNDS = { filesMax: 3, bytesMax: 100n, waitMsMax: 2000 };

/** A clock that goes on only when the files say so, or when somebody sleeps to the end. */
class Clock implements BatchClock {
  #nowMs = 0;
  nowMs = (): number => this.#nowMs;
  readonly #sleepers: { readonly untilMs: number; readonly wake: () => void }[] = [];

  sleep = (ms: number): Promise<void> =>
    new Promise((wake) => this.#sleepers.push({ untilMs: this.#nowMs + ms, wake }));

  async pass(ms: number): Promise<void> {
    // Whoever is about to sleep does so first.
    await new Promise((resolve) => setImmediate(resolve));
    this.#nowMs += ms;
    for (const { untilMs, wake } of this.#sleepers) if (untilMs <= this.#nowMs) wake();
    // What was woken gets its turn before anything else comes.
    await new Promise((resolve) => setImmediate(resolve));
  }
}

/** A number is a file of so many bytes; `{ ms }`: nothing comes for so long. */
async function batchesOf(script: readonly (number | { readonly ms: number })[]): Promise<number[][]> {
  const clock = new Clock();
  async function* files(): AsyncGenerator<number> {
    for (const one of script) {
      if (typeof one === 'number') yield one;
      else await clock.pass(one.ms);
    }
  }
  const batches: number[][] = [];
  for await (const batch of inBatches(files(), BigInt, BOUNDS, clock)) batches.push(batch);
  return batches;
}

test.each<[string, readonly (number | { readonly ms: number })[], number[][]]>([
  ['no files', [], []],
  ['as many as fit', [1, 2, 3, 4, 5, 6, 7], [[1, 2, 3], [4, 5, 6], [7]]],
  ['no more bytes than are allowed', [60, 40, 1, 99, 2], [[60, 40], [1, 99], [2]]],
  ['a file that alone is larger', [1, 1000, 2], [[1], [1000], [2]]],
  ['files that come after each other', [1, { ms: 1000 }, 2, { ms: 900 }, 3], [[1, 2, 3]]],
  ['a first file that has waited for long enough', [1, { ms: 2000 }, 2, 3], [[1], [2, 3]]],
  ['a wait that counts from the first file', [1, { ms: 1500 }, 2, { ms: 600 }, 3], [[1, 2], [3]]],
  ['a long wait with nothing in hand', [{ ms: 9000 }, 1, 2], [[1, 2]]],
])('%s', async (_, script, expected) => expect(await batchesOf(script)).toEqual(expected));

test('an error of the source is told behind what was in hand, and does not wait for the source to end', async () => {
  async function* failing(): AsyncGenerator<number> {
    yield 1;
    await Promise.reject(new Error('the pipe broke'));
  }
  const batches = inBatches(failing(), BigInt, BOUNDS);
  await expect(batches.next()).rejects.toThrow('the pipe broke');
});

test('whoever gives up while the source is silent does not wait for it', async () => {
  const clock = new Clock();
  async function* silent(): AsyncGenerator<number> {
    yield 1;
    void clock.pass(2000);
    await new Promise(() => undefined);
  }
  for await (const batch of inBatches(silent(), BigInt, BOUNDS, clock)) {
    expect(batch).toEqual([1]);
    break;
  }
});
