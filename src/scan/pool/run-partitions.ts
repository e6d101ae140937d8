import { MessageChannel, type MessagePort } from 'node:worker_threads';
import type { Piscina } from 'piscina';
// ffi-rs must have been loaded on the main thread before any worker starts (src/native/libc.ts).
import '../../native/libc.js';
import { InvariantError } from '../../errors.js';
import { ProgressCounters, type Progress } from '../progress-counters.js';
import { unpackError } from './error-transfer.js';
import { keepPool, takePool } from './idle-pools.js';
import type { WorkerReply, WorkerRequest } from './partition-worker.js';
import { PoolControl } from './pool-control.js';

/** Tasks that all end before the others begin. */
export interface PoolPrelude<Task, Result> {
  readonly tasks: readonly Task[];
  /** Called once they have ended, in between; not after an abort. In the order of the tasks. */
  readonly onDone: (results: readonly Result[]) => void | Promise<void>;
}

export interface PoolOptions<Task, Message, Result> {
  /** A built module whose default export comes from `partitionWorker`. */
  readonly workerUrl: URL;
  /** Plain data, one for each partition; started in this order. */
  readonly tasks: readonly Task[];
  readonly prelude?: PoolPrelude<Task, Result> | undefined;
  /** Worker threads; no more are started than there are tasks. */
  readonly threads: number;
  readonly signal?: AbortSignal | undefined;
  /** Called for one message at a time, a task's messages in their order. Its promise is awaited: this is the brake. */
  readonly onMessage?: ((message: Message, task: Task) => void | Promise<void>) | undefined;
  /** Called some times a second, and once at the end. */
  readonly onProgress?: ((progress: Progress) => void) | undefined;
}

export interface PoolOutcome<Result> {
  /** In the order of the tasks; undefined for one that was not started. */
  readonly results: readonly (Result | undefined)[];
  /** The signal was raised: results may be partial. */
  readonly cancelled: boolean;
  readonly progress: Progress;
  /** From the moment when all workers were ready to the end of the last task. */
  readonly seconds: number;
}

type Pool<Task, Result> = Piscina<WorkerRequest<Task>, WorkerReply<Result>>;

const PROGRESS_INTERVAL_MS = 200;

/** Receives one task's messages; `settled` waits until as many as the worker sent have been dealt with. */
class Inbox {
  #handled = 0;
  #expected = Infinity;
  #onSettled: () => void = () => undefined;

  constructor(port: MessagePort, handle: (message: unknown) => Promise<void>) {
    port.on('message', (message: unknown) => {
      void handle(message).then(() => {
        this.#handled += 1;
        if (this.#handled === this.#expected) this.#onSettled();
      });
    });
  }

  async settled(expected: number): Promise<void> {
    this.#expected = expected;
    if (this.#handled >= expected) return;
    await new Promise<void>((resolve) => {
      this.#onSettled = resolve;
    });
  }
}

/** One run of the pool. Lanes take tasks one after the other; the first error stops them all. */
class PoolRun<Task, Message, Result> {
  readonly #options: PoolOptions<Task, Message, Result>;
  readonly #lanes: number;
  readonly #control: PoolControl;
  readonly #counters = new ProgressCounters();
  readonly #pool: Pool<Task, Result>;
  #failure: { readonly error: unknown } | undefined;
  #consumer: Promise<void> = Promise.resolve();

  constructor(options: PoolOptions<Task, Message, Result>, lanes: number, pool: Pool<Task, Result>) {
    this.#options = options;
    this.#lanes = lanes;
    this.#control = PoolControl.forLanes(this.#lanes);
    this.#pool = pool;
  }

  async run(): Promise<PoolOutcome<Result>> {
    const { signal, onProgress, prelude, tasks } = this.#options;
    const cancel = (): void => this.#control.cancel();
    if (signal?.aborted) cancel();
    signal?.addEventListener('abort', cancel);
    // Of a worker that has no task at that moment.
    const onError = (error: unknown): void => this.#fail(error);
    this.#pool.on('error', onError);
    const timer = setInterval(() => onProgress?.(this.#counters.snapshot()), PROGRESS_INTERVAL_MS);
    let seconds = 0;
    let results: (Result | undefined)[] = [];
    try {
      await this.#onAllLanes(() => this.#getReady());
      const started = process.hrtime.bigint();
      if (prelude !== undefined) await this.#runPrelude(prelude);
      results = await this.#runTasks(tasks);
      seconds = Number(process.hrtime.bigint() - started) / 1e9;
    } finally {
      clearInterval(timer);
      signal?.removeEventListener('abort', cancel);
      await this.#endWith(onError);
    }
    if (this.#failure) throw this.#failure.error;
    const progress = this.#counters.snapshot();
    onProgress?.(progress);
    return { results, cancelled: signal?.aborted === true, progress, seconds };
  }

  /** What a run left behind that did not come to its end nobody knows: its threads serve no other one. */
  async #endWith(onError: (error: unknown) => void): Promise<void> {
    if (this.#control.isCancelled) await this.#pool.destroy();
    else await keepPool(this.#options.workerUrl, this.#pool, this.#lanes);
    this.#pool.off('error', onError);
  }

  async #onAllLanes(action: (lane: number) => Promise<void>): Promise<void> {
    await Promise.all(Array.from({ length: this.#lanes }, (_, lane) => action(lane)));
  }

  #fail(error: unknown): void {
    this.#failure ??= { error };
    this.#control.cancel();
  }

  /** Occupies one worker until as many are ready as there are lanes, so that none gets two of these. Never rejects. */
  async #getReady(): Promise<void> {
    try {
      await this.#pool.run({ kind: 'ready', control: this.#control.memory });
    } catch (error) {
      this.#fail(error);
    }
  }

  async #runPrelude({ tasks, onDone }: PoolPrelude<Task, Result>): Promise<void> {
    const results = (await this.#runTasks(tasks)).flatMap((result) => (result === undefined ? [] : [result]));
    if (this.#control.isCancelled) return;
    try {
      await onDone(results);
    } catch (error) {
      this.#fail(error);
    }
  }

  async #runTasks(tasks: readonly Task[]): Promise<(Result | undefined)[]> {
    const results = tasks.map((): Result | undefined => undefined);
    const queue = tasks.entries();
    await this.#onAllLanes((lane) => this.#runLane(lane, queue, results));
    return results;
  }

  /** Never rejects: an error is noted, and the other lanes end by themselves. */
  async #runLane(lane: number, queue: Iterator<[number, Task]>, results: (Result | undefined)[]): Promise<void> {
    try {
      while (!this.#control.isCancelled) {
        const next = queue.next();
        if (next.done === true) return;
        const [index, task] = next.value;
        results[index] = await this.#runTask(lane, task);
      }
    } catch (error) {
      this.#fail(error);
    }
  }

  async #runTask(lane: number, task: Task): Promise<Result> {
    const { port1, port2 } = new MessageChannel();
    this.#control.resetCredits(lane);
    const inbox = new Inbox(port1, (message) => this.#consume(message as Message, task, lane));
    try {
      const { memory: control } = this.#control;
      const counters = this.#counters.memory;
      const request = { kind: 'task', task, lane, port: port2, control, counters } as const;
      const reply = await this.#pool.run(request, { transferList: [port2] });
      if (!reply) throw new InvariantError('a worker answered a task as if it were a question of readiness');
      await inbox.settled(reply.messages);
      if (!reply.ok) throw unpackError(reply.error);
      return reply.result;
    } finally {
      port1.close();
    }
  }

  /** Queues a message behind those of all lanes. After a failure they are only counted, so that nobody waits for ever. */
  #consume(message: Message, task: Task, lane: number): Promise<void> {
    this.#consumer = this.#consumer.then(async () => {
      try {
        if (!this.#failure) await this.#options.onMessage?.(message, task);
      } catch (error) {
        this.#fail(error);
      }
      this.#control.giveCredit(lane);
    });
    return this.#consumer;
  }
}

/**
 * Does tasks on a pool of worker threads. The first error of a task, of a worker or of `onMessage` stops the rest and is
 * thrown when all threads have ended; an abort stops them too, and is no error.
 * @throws whatever a task threw, with its class and code
 */
export async function runPartitions<Task, Message, Result>(
  options: PoolOptions<Task, Message, Result>,
): Promise<PoolOutcome<Result>> {
  const { workerUrl, tasks, prelude, threads } = options;
  const most = Math.max(tasks.length, prelude?.tasks.length ?? 0);
  const lanes = Math.max(1, Math.min(threads, most));
  const pool: Pool<Task, Result> = await takePool(workerUrl, lanes);
  return new PoolRun<Task, Message, Result>(options, lanes, pool).run();
}
