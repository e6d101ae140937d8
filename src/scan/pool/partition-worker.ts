import type { MessagePort, Transferable } from 'node:worker_threads';
import { ProgressCounters } from '../progress-counters.js';
import { packError, type TransferredError } from './error-transfer.js';
import { PoolControl } from './pool-control.js';

/** The first thing a worker gets in a run: no work, but it loads the worker's modules, and comes back when all are ready. */
export interface ReadyRequest {
  readonly kind: 'ready';
  readonly control: SharedArrayBuffer;
}

/** What the pool sends to a worker with each task. */
export interface TaskRequest<Task> {
  readonly kind: 'task';
  readonly task: Task;
  readonly lane: number;
  readonly port: MessagePort;
  readonly control: SharedArrayBuffer;
  readonly counters: SharedArrayBuffer;
}

export type WorkerRequest<Task> = ReadyRequest | TaskRequest<Task>;

/** What comes back; undefined for a ReadyRequest. `messages` tells the main thread how many it has to see before the task is over. */
export type WorkerReply<Result> =
  | { readonly ok: true; readonly result: Result; readonly messages: number }
  | { readonly ok: false; readonly error: TransferredError; readonly messages: number }
  | undefined;

/** What a task may use besides its own data. */
export interface WorkerContext<Message> {
  readonly counters: ProgressCounters;
  /** True when the work is to end early; asked once a batch. */
  readonly cancelled: () => boolean;
  /** Sends a message to the main thread; sleeps while that one is behind. Dropped once the work was cancelled. */
  readonly post: (message: Message, transfer?: readonly Transferable[]) => void;
}

/**
 * Makes a worker module's default export out of a function that does one task. The function may block: messages go out
 * all the same. Whatever it throws reaches the caller of `runPartitions` with its class and code.
 * @param beginRun is called before the first task of each run: a thread serves one after the other, and what it kept of the one
 *   before may be of a filesystem that has gone
 */
export function partitionWorker<Task, Message, Result>(
  run: (task: Task, context: WorkerContext<Message>) => Result | Promise<Result>,
  beginRun: () => void = () => undefined,
): (request: WorkerRequest<Task>) => Promise<WorkerReply<Result>> {
  return async (request) => {
    const shared = new PoolControl(request.control);
    if (request.kind === 'ready') {
      beginRun();
      shared.awaitAllReady();
      return undefined;
    }
    const { task, lane, port, counters } = request;
    let messages = 0;
    const context: WorkerContext<Message> = {
      counters: new ProgressCounters(counters),
      cancelled: () => shared.isCancelled,
      post: (message, transfer = []) => {
        if (!shared.takeCredit(lane)) return;
        messages += 1;
        port.postMessage(message, transfer);
      },
    };
    try {
      return { ok: true, result: await run(task, context), messages };
    } catch (error) {
      return { ok: false, error: packError(error), messages };
    }
  };
}
