import { ATTRIBUTE_BYTES, OFFSET } from '../dm/attribute-layout.js';
import { ID_BYTES, objectIdFromBytes, type ObjectId } from '../dm/identity.js';
import { toGen, toIno, type InodeId } from '../native/inode-id.js';
import { ATTRIBUTE_STATUS, type InodeBatch } from '../scan/inode-batch.js';
import { partitionWorker, type WorkerContext } from '../scan/pool/partition-worker.js';
import { forgetScanner, scanPartition } from '../scan/xfs-bulkstat/scan-partition.js';
import type { ScanMount } from '../scan/xfs-bulkstat/scan-mount.js';

/** One partition's work: which of these objects does any attribute name? */
export interface NamedObjectsTask {
  readonly mount: ScanMount;
  readonly agno: number;
  readonly attributeName: string;
  readonly objects: readonly ObjectId[];
}

export interface NamedObjectsResult {
  readonly attributeName: string;
  readonly named: readonly ObjectId[];
  /** Inodes whose attribute has another length: whoever reads it whole may still find a name in it. */
  readonly torn: readonly InodeId[];
  /** False: some inode or attribute could not be read, so nothing may be concluded. */
  readonly complete: boolean;
}

/** More of them are no accident: nothing is concluded. */
const TORN_MAX = 10_000;

/** Reads the id even out of an attribute whose checksum is wrong: a damaged witness is still one. */
function namedBy(batch: InodeBatch, index: number): ObjectId {
  const at = index * ATTRIBUTE_BYTES + OFFSET.objectId;
  return objectIdFromBytes(batch.attributes.subarray(at, at + ID_BYTES));
}

const idAt = (batch: InodeBatch, index: number): InodeId => ({
  ino: toIno((BigInt(batch.inoHigh[index] ?? 0) << 32n) | BigInt(batch.inoLow[index] ?? 0)),
  gen: toGen(batch.gen[index] ?? 0),
});

function findNamed(task: NamedObjectsTask, context: WorkerContext<never>): NamedObjectsResult {
  const wanted = new Set(task.objects);
  const named = new Set<ObjectId>();
  const torn: InodeId[] = [];
  const { mount, agno, attributeName } = task;
  const { counters, cancelled } = context;
  const result = scanPartition({ mount, agno, attributeName, attributes: 'read', counters, cancelled }, (batch) => {
    for (let index = 0; index < batch.count; index++) {
      const status = batch.attributeStatus[index];
      if (status === ATTRIBUTE_STATUS.wrongLength && torn.length <= TORN_MAX) torn.push(idAt(batch, index));
      if (status !== ATTRIBUTE_STATUS.present) continue;
      const objectId = namedBy(batch, index);
      if (wanted.has(objectId)) named.add(objectId);
    }
  });
  const isRead = result.unreadable === 0 && result.attributesUnreadable === 0 && torn.length <= TORN_MAX;
  return { attributeName, named: [...named], torn, complete: result.complete && isRead };
}

export default partitionWorker(findNamed, forgetScanner);
