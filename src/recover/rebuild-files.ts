/** A catalog that is rebuilt: a scan of one filesystem gives its files their rows. */
import { toOp, type ObjectId, type Op } from '../dm/identity.js';
import { OperationalError } from '../errors.js';
import { CancelledError } from '../migrate/busy-error.js';
import type { OpenMount } from '../scan/open-mount.js';
import { startedModule } from '../package-files.js';
import { listPartitions } from '../scan/partitions.js';
import { runPartitions } from '../scan/pool/run-partitions.js';
import type { PartitionResult } from '../scan/xfs-bulkstat/partition-result.js';
import type { ManagedInode, ManagedInodesMessage, ManagedInodesTask } from './managed-inodes-worker.js';
import { rebuildBinding, rebuiltRecord, type BindingContext, type Rebuilt } from './rebuild-bindings.js';
import type { RebuildOptions } from './rebuild-parts.js';

/** What a scan has found. */
export interface RebuiltFiles {
  readonly inodes: number;
  readonly managed: number;
  readonly bound: number;
  readonly unreadable: number;
  readonly highestOp: Op;
  readonly seconds: number;
}

const INCOMPLETE = 'was not scanned to its end, so nobody can say which files it has: no catalog was made';

/**
 * Gives every file with an attribute of its own its row.
 * @throws OperationalError EINCOMPLETE; CancelledError, StoreError, NativeError, CatalogError
 */
export async function rebuildFiles(
  context: BindingContext,
  mount: OpenMount,
  options: RebuildOptions,
): Promise<RebuiltFiles> {
  const { threads, signal, dryRun, onAction } = options;
  const { catalog, access } = context;
  let [bound, highestOp] = [0, toOp(0n)];
  const tasks = listPartitions(mount.scanMount, mount.geometry).map(({ agno }): ManagedInodesTask => ({
    mount: mount.scanMount,
    agno,
    attributeName: access.attributeName,
  }));
  const { results, seconds } = await runPartitions<ManagedInodesTask, ManagedInodesMessage, PartitionResult>({
    workerUrl: startedModule('recover/managed-inodes-worker.js'),
    tasks,
    threads,
    signal,
    onMessage: async ({ inodes }) => {
      const rebuilt: { readonly inode: ManagedInode; readonly found: Rebuilt }[] = [];
      // Of two files that claim one object the second is left, though the first one's row is not written yet.
      const taken = new Set<ObjectId>();
      for (const inode of inodes) {
        const found = await rebuildBinding(context, inode, taken);
        if (found.kind === 'row') taken.add(found.row.objectId);
        rebuilt.push({ inode, found });
      }
      catalog.transaction(() => {
        for (const { found } of rebuilt) if (found.kind === 'row') catalog.files.put(found.row);
      });
      for (const { inode, found } of rebuilt) {
        if (found.kind === 'row') bound += 1;
        if (found.kind === 'row' && found.row.op > highestOp) highestOp = found.row.op;
        onAction(rebuiltRecord(inode, found, dryRun));
      }
    },
  });
  if (signal.aborted) throw new CancelledError();
  if (results.some((result) => result?.complete !== true)) {
    throw new OperationalError('EINCOMPLETE', `${mount.mountPath.toString()} ${INCOMPLETE}`);
  }
  const sum = (count: (result: PartitionResult) => number): number =>
    results.reduce((total, result) => total + (result ? count(result) : 0), 0);
  return {
    inodes: sum((result) => result.inodes),
    managed: sum((result) => result.managed),
    unreadable: sum((result) => result.unreadable + result.attributesUnreadable),
    bound,
    highestOp,
    seconds,
  };
}
