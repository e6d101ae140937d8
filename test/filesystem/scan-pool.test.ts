/** The worker pool, as built: workers are files, and those of this test are written to a temporary folder. */
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { runPartitions as RunPartitions } from '../../src/scan/pool/run-partitions.js';
import { CREDITS } from '../../src/scan/pool/pool-control.js';
import { builtFile } from '../support/run-node.js';

interface Task {
  readonly name: string;
  readonly messages?: number;
  readonly fail?: 'typed' | 'bug' | 'exit';
  readonly untilCancelled?: boolean;
}

const importOf = (built: string): string => JSON.stringify(pathToFileURL(builtFile(built)).href);

const workerSource = (): string => `
import { partitionWorker } from ${importOf('scan/pool/partition-worker.js')};
import { OperationalError } from ${importOf('errors.js')};
export default partitionWorker((task, { post, cancelled, counters }) => {
  for (let i = 0; i < (task.messages ?? 0); i++) { post(task.name + i); counters.add('inodes', 1); }
  if (task.fail === 'typed') throw new OperationalError('ETEST', 'as planned');
  if (task.fail === 'bug') throw new TypeError('a bug');
  if (task.fail === 'exit') process.exit(3);
  while (task.untilCancelled && !cancelled());
  return task.name.toUpperCase();
});`;

describe('runPartitions', () => {
  let runPartitions: typeof RunPartitions;
  let folder = '';
  let workerUrl: URL;
  beforeAll(async () => {
    ({ runPartitions } = (await import(builtFile('scan/pool/run-partitions.js'))) as {
      runPartitions: typeof RunPartitions;
    });
    folder = fs.mkdtempSync(path.join(os.tmpdir(), 'hsmck-pool-'));
    workerUrl = pathToFileURL(path.join(folder, 'worker.mjs'));
    fs.writeFileSync(workerUrl, workerSource());
  });
  afterAll(() => fs.rmSync(folder, { recursive: true, force: true }));

  const run = (tasks: readonly Task[], threads: number, more: object = {}) =>
    runPartitions<Task, string, string>({ workerUrl, tasks, threads, ...more });

  it('returns results in the order of the tasks, and delivers all messages before it ends', async () => {
    const tasks = Array.from({ length: 9 }, (_, index) => ({ name: `t${index}-`, messages: index * 3 }));
    const seen: string[] = [];
    let busy = 0;
    const onMessage = async (message: string): Promise<void> => {
      expect(++busy).toBe(1);
      await new Promise((resolve) => setImmediate(resolve));
      busy -= 1;
      seen.push(message);
    };
    const { results, cancelled, progress } = await run(tasks, 3, { onMessage });
    expect(results).toEqual(tasks.map((task) => task.name.toUpperCase()));
    expect(cancelled).toBe(false);
    expect(progress.inodes).toBe(108);
    const wanted = tasks.flatMap((task) => Array.from({ length: task.messages }, (_, index) => task.name + index));
    expect([...seen].sort()).toEqual([...wanted].sort());
    expect(seen.filter((message) => message.startsWith('t8-'))).toEqual(wanted.slice(-24));
  });

  it('starts no task, and no clock, before all workers have loaded their modules', async () => {
    const slowUrl = pathToFileURL(path.join(folder, 'slow.mjs'));
    const [loadMs, workMs] = [600, 100];
    fs.writeFileSync(
      slowUrl,
      `import { partitionWorker } from ${importOf('scan/pool/partition-worker.js')};
      import { setTimeout } from 'node:timers/promises';
      import { threadId } from 'node:worker_threads';
      await setTimeout(${loadMs});
      export default partitionWorker(async () => { await setTimeout(${workMs}); return threadId; });`,
    );
    const tasks = [{ name: 'a' }, { name: 'b' }, { name: 'c' }];
    const { results, seconds } = await runPartitions<Task, never, number>({ workerUrl: slowUrl, tasks, threads: 3 });
    expect(new Set(results).size).toBe(3);
    expect(seconds).toBeGreaterThanOrEqual((workMs - 1) / 1000);
    expect(seconds).toBeLessThan(loadMs / 1000);
  });

  it('serves the next run with the same threads, unless the one before did not come to its end', async () => {
    const url = pathToFileURL(path.join(folder, 'counting.mjs'));
    fs.writeFileSync(
      url,
      `import { partitionWorker } from ${importOf('scan/pool/partition-worker.js')};
      import { threadId } from 'node:worker_threads';
      let runs = 0;
      export default partitionWorker((task) => {
        if (task.fail) throw new Error('as planned');
        return { threadId, runs };
      }, () => { runs += 1; });`,
    );
    const warnings: Error[] = [];
    const warn = (warning: Error): void => void warnings.push(warning);
    process.on('warning', warn);
    const once = async (task: Partial<Task> = {}): Promise<{ threadId: number; runs: number }> => {
      const tasks = [{ name: 'a', ...task }];
      const { results } = await runPartitions<Task, never, { threadId: number; runs: number }>({
        workerUrl: url,
        tasks,
        threads: 1,
      });
      const [result] = results;
      if (result === undefined) throw new Error('the task was not started');
      return result;
    };
    const { threadId } = await once();
    for (let runs = 2; runs < 15; runs++) expect(await once()).toEqual({ threadId, runs });
    await expect(once({ fail: 'bug' })).rejects.toThrow('as planned');
    const after = await once();
    expect(after.runs).toBe(1);
    expect(after.threadId).not.toBe(threadId);
    process.off('warning', warn);
    expect(warnings).toEqual([]);
  });

  it('throws when the worker module cannot be loaded', async () => {
    const badUrl = pathToFileURL(path.join(folder, 'bad.mjs'));
    fs.writeFileSync(badUrl, `throw new Error('cannot be loaded');`);
    await expect(run([{ name: 'a' }, { name: 'b' }], 2, { workerUrl: badUrl })).rejects.toThrow('cannot be loaded');
  });

  it('ends a prelude, and what comes behind it, before any other task begins', async () => {
    const prelude = Array.from({ length: 5 }, (_, index) => ({ name: `p${index}-`, messages: 5 - index }));
    const seen: string[] = [];
    const onDone = async (results: readonly string[]): Promise<void> => {
      expect(results).toEqual(['P0-', 'P1-', 'P2-', 'P3-', 'P4-']);
      await new Promise((resolve) => setTimeout(resolve, 100));
      seen.push('between');
    };
    const onMessage = (message: string): void => void seen.push(message);
    const more = { onMessage, prelude: { tasks: prelude, onDone } };
    const { results } = await run([{ name: 'a', messages: 1 }], 3, more);
    expect(results).toEqual(['A']);
    expect(seen.slice(-2)).toEqual(['between', 'a0']);
    expect(seen).toHaveLength(15 + 2);
    const failing = { tasks: prelude, onDone: () => Promise.reject(new RangeError('in between')) };
    await expect(run([{ name: 'a' }], 2, { prelude: failing })).rejects.toThrow('in between');
  });

  // In place of a worker that failed the pool starts another one; that one's error, of no task, ended the process.
  it('throws when all workers but one cannot be loaded, while that one is still loading', async () => {
    const url = pathToFileURL(path.join(folder, 'all-but-one.mjs'));
    const mark = JSON.stringify(path.join(folder, 'the-one'));
    fs.writeFileSync(
      url,
      `import { partitionWorker } from ${importOf('scan/pool/partition-worker.js')};
      import fs from 'node:fs';
      import { setTimeout } from 'node:timers/promises';
      if (fs.existsSync(${mark})) throw new Error('cannot be loaded');
      fs.writeFileSync(${mark}, '', { flag: 'wx' });
      await setTimeout(1500);
      export default partitionWorker((task) => task.name);`,
    );
    const running = run([{ name: 'a' }, { name: 'b' }], 2, { workerUrl: url });
    await expect(running).rejects.toThrow(/cannot be loaded|EEXIST/);
  });

  it('keeps a worker waiting while the main thread is behind', async () => {
    let release: () => void = () => undefined;
    const gate = new Promise<void>((resolve) => (release = resolve));
    const posted: number[] = [];
    const onProgress = (progress: { inodes: number }): void => {
      posted.push(progress.inodes);
    };
    const running = run([{ name: 'a', messages: 100 }], 1, { onMessage: () => gate, onProgress });
    await expect.poll(() => posted.at(-1)).toBe(CREDITS);
    await new Promise((resolve) => setTimeout(resolve, 500));
    expect(posted.at(-1)).toBe(CREDITS);
    release();
    expect((await running).progress.inodes).toBe(100);
  });

  it('throws the first error with its class and code, and stops the others', async () => {
    const tasks: Task[] = [{ name: 'a', untilCancelled: true }, { name: 'b', fail: 'typed' }, { name: 'c' }];
    await expect(run(tasks, 2)).rejects.toMatchObject({
      name: 'OperationalError',
      code: 'ETEST',
      message: 'as planned',
    });
    await expect(run([{ name: 'a', fail: 'bug' }], 1)).rejects.toMatchObject({ name: 'TypeError', message: 'a bug' });
  });

  it('throws when a worker dies', async () => {
    const tasks: Task[] = [
      { name: 'a', untilCancelled: true },
      { name: 'b', messages: 2, fail: 'exit' },
    ];
    await expect(run(tasks, 2)).rejects.toThrow(/exit|terminat/i);
  });

  it('throws what onMessage throws, and leaves no worker waiting for it', async () => {
    const onMessage = (): void => {
      throw new Error('disk full');
    };
    await expect(run([{ name: 'a', messages: 50 }], 1, { onMessage })).rejects.toThrow('disk full');
  });

  it('ends early when the signal is raised, and says so', async () => {
    const abort = new AbortController();
    // A message tells that the first task is under way: a signal during the start would leave it out, too.
    const onMessage = (): void => abort.abort();
    const tasks: Task[] = [{ name: 'a', messages: 1, untilCancelled: true }, { name: 'b' }];
    const { results, cancelled } = await run(tasks, 1, { signal: abort.signal, onMessage });
    expect({ results, cancelled }).toEqual({ results: ['A', undefined], cancelled: true });
  });

  it('has nothing to do for no tasks', async () => {
    expect(await run([], 4)).toMatchObject({ results: [], cancelled: false });
  });
});
