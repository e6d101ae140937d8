import { ProgressCounters } from '../../../src/scan/progress-counters.js';
import type { PoolOptions, PoolOutcome } from '../../../src/scan/pool/run-partitions.js';
import type { WorkerContext } from '../../../src/scan/pool/partition-worker.js';

type Run = (task: unknown, context: WorkerContext<unknown>) => unknown;
const loaded = new Map<string, Run>();

async function load(url: string): Promise<Run> {
  const known = loaded.get(url);
  if (known !== undefined) return known;
  // What is shipped knows nothing of the simulated kernel.
  const { default: run } = (await import(url.replace(/\/dist\/(?!.*\/dist\/)/, '/src/'))) as { default: Run };
  loaded.set(url, run);
  return run;
}

/** The tasks one after the other in this thread; their messages are handed on when a task is done. */
export async function runPartitions<Task, Message, Result>(
  options: PoolOptions<Task, Message, Result>,
): Promise<PoolOutcome<Result>> {
  const run = await load(options.workerUrl.href);
  const counters = new ProgressCounters();
  const runTask = async (task: Task): Promise<Result> => {
    const messages: Message[] = [];
    const context: WorkerContext<unknown> = {
      counters,
      cancelled: () => options.signal?.aborted === true,
      post: (message) => void messages.push(message as Message),
    };
    const result = (await run(task, context)) as Result;
    for (const message of messages) await options.onMessage?.(message, task);
    return result;
  };
  const runTasks = async (tasks: readonly Task[]): Promise<Result[]> => {
    const results: Result[] = [];
    for (const task of tasks) results.push(await runTask(task));
    return results;
  };
  if (options.prelude) await options.prelude.onDone(await runTasks(options.prelude.tasks));
  const results = await runTasks(options.tasks);
  return { results, cancelled: options.signal?.aborted === true, progress: counters.snapshot(), seconds: 0 };
}
