import { ATTRIBUTE_BYTES, OFFSET } from '../dm/attribute-layout.js';
import { ID_BYTES, objectIdFromBytes, type ObjectId } from '../dm/identity.js';
import { ATTRIBUTE_STATUS, type InodeBatch } from '../scan/inode-batch.js';
import { partitionWorker, type WorkerContext } from '../scan/pool/partition-worker.js';
import { scanPartition } from '../scan/xfs-bulkstat/scan-partition.js';
import type { ScanMount } from '../scan/xfs-bulkstat/scan-mount.js';

/** One partition's work: which of these objects does any attribute name? */
export interface NamedObjectsTask {
  readonly mount: ScanMount;
  readonly agno: number;
  readonly attributeName: string;
  readonly objects: readonly ObjectId[];
}

export interface NamedObjectsResult {
  readonly named: readonly ObjectId[];
  /** False: some inode or attribute could not be read, so nothing may be concluded. */
  readonly complete: boolean;
}

/** Reads the id even out of an attribute whose checksum is wrong: a damaged witness is still one. */
function namedBy(batch: InodeBatch, index: number): ObjectId {
  const at = index * ATTRIBUTE_BYTES + OFFSET.objectId;
  return objectIdFromBytes(batch.attributes.subarray(at, at + ID_BYTES));
}

function findNamed(task: NamedObjectsTask, context: WorkerContext<never>): NamedObjectsResult {
  const wanted = new Set(task.objects);
  const named = new Set<ObjectId>();
  const { mount, agno, attributeName } = task;
  const { counters, cancelled } = context;
  const result = scanPartition({ mount, agno, attributeName, attributes: 'read', counters, cancelled }, (batch) => {
    for (let index = 0; index < batch.count; index++) {
      if (batch.attributeStatus[index] !== ATTRIBUTE_STATUS.present) continue;
      const objectId = namedBy(batch, index);
      if (wanted.has(objectId)) named.add(objectId);
    }
  });
  const complete = result.complete && result.unreadable === 0 && result.attributesUnreadable === 0;
  return { named: [...named], complete };
}

export default partitionWorker(findNamed);
