import { partitionWorker } from '../scan/pool/partition-worker.js';
import { reconcilePartition } from './reconcile-partition.js';

export default partitionWorker(reconcilePartition);
