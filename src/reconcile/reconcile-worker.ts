import { proveCopies } from '../catalog/pages/copy-proof.js';
import type { WorkerContext } from '../scan/pool/partition-worker.js';
import { partitionWorker } from '../scan/pool/partition-worker.js';
import { forgetScanners } from '../scan/scan-partition.js';
import { reconcilePartition } from './reconcile-partition.js';
import type { ReconcileMessage, ReconcileTask, ReconcileTaskResult } from './reconcile-task.js';

function runTask(
  task: ReconcileTask,
  context: WorkerContext<ReconcileMessage>,
): ReconcileTaskResult | Promise<ReconcileTaskResult> {
  if (task.kind === 'partition') return reconcilePartition(task, context);
  const { pages, range, fs, store } = task;
  return { kind: 'copies', proof: proveCopies({ source: pages, range, fs, store, cancelled: context.cancelled }) };
}

export default partitionWorker(runTask, forgetScanners);
