// Recovers a filesystem with a given number of files to a batch: with 1, every file has its own syncs at every step.
//
//   node bench/recover-in-batches.mjs CATALOG MOUNT BATCH
import path from 'node:path';
import { openSession } from '../build/migrate/open-session.js';
import { applyRecovery } from '../build/recover/run-recover.js';

const [catalogPath, mountPoint, batchFiles] = process.argv.slice(2);
const session = await openSession({
  catalogPath,
  mountPath: Buffer.from(path.resolve(mountPoint)),
  command: 'recover',
  passStep: () => undefined,
  signal: new AbortController().signal,
});
let done = 0;
let left = 0;
const began = performance.now();
await applyRecovery({
  session,
  prefer: 'auto',
  threads: 2,
  batchFiles: Number(batchFiles),
  onAction: ({ result }) => (result === 'done' ? (done += 1) : (left += 1)),
});
const seconds = (performance.now() - began) / 1000;
session.close();
process.stdout.write(`${JSON.stringify({ done, left, seconds })}\n`);
