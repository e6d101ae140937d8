import { listPartition } from './list/list-partition.js';
import { partitionWorker } from './pool/partition-worker.js';

export default partitionWorker(listPartition);
