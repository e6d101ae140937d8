import { listPartition } from './list/list-partition.js';
import { partitionWorker } from './pool/partition-worker.js';
import { forgetScanners } from './scan-partition.js';

export default partitionWorker(listPartition, forgetScanners);
