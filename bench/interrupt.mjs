// Begins a release of every file named on standard input and dies, as so many killed processes would leave them: intent
// in the catalog, mark in the inode, data still there. The product's own beginning of the operation does the work.
//
//   node bench/interrupt.mjs CATALOG MOUNT < PATHS
import fs from 'node:fs';
import path from 'node:path';
import { closeLeased } from '../build/native/lock.js';
import { begin } from '../build/migrate/begin.js';
import { openSession } from '../build/migrate/open-session.js';
import { ensureOps } from '../build/migrate/operation-marks.js';
import { requestFor } from '../build/migrate/release-batch.js';
import { resolvePath } from '../build/migrate/resolve-path.js';
import { takeHold } from '../build/migrate/take-hold.js';

const BATCH = 64;
const [catalogPath, mountPoint] = process.argv.slice(2);
const paths = fs.readFileSync(0, 'utf8').split('\n').filter(Boolean);
const mountPath = Buffer.from(path.resolve(mountPoint));
const session = await openSession({
  catalogPath,
  mountPath,
  command: 'release',
  passStep: () => undefined,
  signal: new AbortController().signal,
});
for (let from = 0; from < paths.length; from += BATCH) {
  const held = paths.slice(from, from + BATCH).map((name) => {
    const hold = takeHold(session, 'release', resolvePath(Buffer.from(name), session.mount.mount.device, mountPath));
    if (hold.kind !== 'held') throw new Error(`${name}: ${hold.why}`);
    return hold.file;
  });
  await ensureOps(session.subject, session.store, held.length);
  for (const begun of begin(session, 'release', held.map(requestFor))) if (begun.failure) throw begun.failure;
  for (const { fd, target } of held) closeLeased(fd, target);
}
process.kill(process.pid, 'SIGKILL');
