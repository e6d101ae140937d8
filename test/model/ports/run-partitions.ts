import { ProgressCounters } from '../../../src/scan/progress-counters.js';
import type { PoolOptions, PoolOutcome } from '../../../src/scan/pool/run-partitions.js';
import type { WorkerContext } from '../../../src/scan/pool/partition-worker.js';

type Run = (task: unknown, context: WorkerContext<unknown>) => unknown;
const loaded = new Map<string, Run>();

async function load(url: string): Promise<Run> {
  const known = loaded.get(url);
  if (known !== undefined) return known;
  const { default: run } = (await import(url)) as { default: Run };
  loaded.set(url, run);
  return run;
}

/** The tasks one after the other in this thread; their messages are handed on when a task is done. */
export async function runPartitions<Task, Message, Result>(
  options: PoolOptions<Task, Message>,
): Promise<PoolOutcome<Result>> {
  const run = await load(options.workerUrl.href);
  const counters = new ProgressCounters();
  const results: Result[] = [];
  for (const task of options.tasks) {
    const messages: Message[] = [];
    const context: WorkerContext<unknown> = {
      counters,
      cancelled: () => options.signal?.aborted === true,
      post: (message) => void messages.push(message as Message),
    };
    results.push((await run(task, context)) as Result);
    for (const message of messages) await options.onMessage?.(message, task);
  }
  return { results, cancelled: options.signal?.aborted === true, progress: counters.snapshot(), seconds: 0 };
}
