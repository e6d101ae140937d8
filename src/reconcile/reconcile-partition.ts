import { openCatalog } from '../catalog/open-catalog.js';
import type { Catalog } from '../catalog/catalog.js';
import { toGen, toIno, type InodeId } from '../native/inode-id.js';
import type { InodeBatch } from '../scan/inode-batch.js';
import type { WorkerContext } from '../scan/pool/partition-worker.js';
import { scanPartition } from '../scan/scan-partition.js';
import type { UnreadableInode } from '../scan/xfs-bulkstat/partition-result.js';
import { isInFlightCode } from './candidate.js';
import type { Finding } from './finding.js';
import { InodeAccess } from './inode-access.js';
import { judge } from './judge.js';
import { MergeJoin } from './merge-join.js';
import type { PartitionTask, PartitionTaskResult, ReconcileMessage } from './reconcile-task.js';
import { secondLook, type LookContext } from './second-look.js';

/** Findings go to the main thread in batches of so many: memory stays flat whatever is wrong. */
const FINDINGS_PER_MESSAGE = 256;

/** Collects what one partition finds. */
class FindingSink {
  #pending: Finding[] = [];

  constructor(readonly post: (findings: readonly Finding[]) => void) {}

  add(finding: Finding): void {
    this.#pending.push(finding);
    if (this.#pending.length >= FINDINGS_PER_MESSAGE) this.flush();
  }

  flush(): void {
    if (this.#pending.length > 0) this.post(this.#pending);
    this.#pending = [];
  }
}

/** What is said of an inode that neither the device nor the kernel gives, and of which no row speaks. */
export const unreadableFinding = ({ ino, code }: UnreadableInode): Finding => ({
  class: 'inode-unreadable',
  severity: 'error',
  ino,
  why: `the inode is allocated but cannot be read (${code}): unmount and run xfs_repair`,
  facts: { inode: 'unreadable', error: code },
  action: 'report',
});

function scanWith(
  task: PartitionTask,
  context: WorkerContext<ReconcileMessage>,
  onBatch: (batch: InodeBatch) => void,
  onUnreadable: (inode: UnreadableInode) => void,
): Promise<PartitionTaskResult['partition']> {
  const { mount, agno, device, span, attributeName } = task;
  const { counters, cancelled } = context;
  const attributes = 'read' as const;
  const options = { mount, agno, device, span, attributeName, attributes, counters, cancelled, onUnreadable };
  return scanPartition(options, onBatch);
}

/** Only what is in flight; the catalog's rows are not needed for that. */
function scanInterrupted(
  task: PartitionTask,
  context: WorkerContext<ReconcileMessage>,
  look: (id: InodeId) => void,
  sink: FindingSink,
): Promise<PartitionTaskResult['partition']> {
  const onBatch = (batch: InodeBatch): void => {
    for (let index = 0; index < batch.count; index++) {
      if (!isInFlightCode(batch.state[index] ?? 0)) continue;
      const ino = toIno((BigInt(batch.inoHigh[index] ?? 0) << 32n) | BigInt(batch.inoLow[index] ?? 0));
      look({ ino, gen: toGen(batch.gen[index] ?? 0) });
    }
  };
  return scanWith(task, context, onBatch, (inode) => sink.add(unreadableFinding(inode)));
}

async function scanEverything(
  task: PartitionTask,
  context: WorkerContext<ReconcileMessage>,
  catalog: Catalog,
  look: (id: InodeId) => void,
  sink: FindingSink,
): Promise<Pick<PartitionTaskResult, 'partition' | 'rowsRead'>> {
  const { fs, fromIno, toIno, pages } = task;
  const range = { fs, fromIno, toIno };
  const pageFeed = pages && catalog.files.pageFeed(pages, range);
  const join = new MergeJoin(pageFeed ?? catalog.files.feed(range), task.fs, look);
  const onUnreadable = (inode: UnreadableInode): void => {
    if (!join.takeUnreadable(inode.ino)) sink.add(unreadableFinding(inode));
  };
  const partition = await scanWith(task, context, (batch) => join.take(batch), onUnreadable);
  // What was not scanned to the end is never judged missing.
  if (partition.complete) join.finish();
  return { partition, rowsRead: pageFeed?.rowsRead };
}

/** Scans one partition, holds it against the catalog and posts what does not agree. Runs in a worker. */
export async function reconcilePartition(
  task: PartitionTask,
  context: WorkerContext<ReconcileMessage>,
): Promise<PartitionTaskResult> {
  const catalog = openCatalog({ path: task.catalogPath, mode: 'read' });
  try {
    const sink = new FindingSink((findings) => context.post({ findings }));
    const access = new InodeAccess(task.mount, task.attributeName);
    const lookContext: LookContext = { access, catalog, fs: task.fs };
    let candidates = 0;
    const look = (id: InodeId): void => {
      candidates += 1;
      // Open intents are looked at one by one after the scan, all of them: here they would be found twice.
      if (catalog.intents.findByInode(task.fs, id) !== undefined) return;
      const seen = secondLook(lookContext, id);
      if (seen.intent !== undefined) return;
      const finding = judge(seen);
      if (finding !== undefined) sink.add(finding);
    };
    const { partition, rowsRead } =
      task.scope === 'interrupted'
        ? { partition: await scanInterrupted(task, context, look, sink), rowsRead: undefined }
        : await scanEverything(task, context, catalog, look, sink);
    sink.flush();
    if (partition.complete) context.post({ findings: [], doneIn: task.agno });
    return { kind: 'partition', partition, candidates, rowsRead };
  } finally {
    catalog.close();
  }
}
