import { ATTRIBUTE_BYTES } from '../dm/attribute-layout.js';
import { toGen, toIno, type Gen, type Ino } from '../native/inode-id.js';
import { ATTRIBUTE_STATUS, type InodeBatch } from '../scan/inode-batch.js';
import { partitionWorker, type WorkerContext } from '../scan/pool/partition-worker.js';
import { forgetScanner, scanPartition } from '../scan/xfs-bulkstat/scan-partition.js';
import type { PartitionResult } from '../scan/xfs-bulkstat/partition-result.js';
import type { ScanMount } from '../scan/xfs-bulkstat/scan-mount.js';

/** One partition's work: every inode that carries a DM attribute. */
export interface ManagedInodesTask {
  readonly mount: ScanMount;
  readonly agno: number;
  readonly attributeName: string;
}

export interface ManagedInode {
  readonly ino: Ino;
  readonly gen: Gen;
  /** As it was found; empty where it has another length than any attribute of ours. */
  readonly attribute: Uint8Array;
}

/** They come in messages, so that memory does not grow with their number. */
export interface ManagedInodesMessage {
  readonly inodes: readonly ManagedInode[];
}

const PER_MESSAGE = 256;

function inodeAt(batch: InodeBatch, index: number): ManagedInode | undefined {
  const status = batch.attributeStatus[index];
  if (status !== ATTRIBUTE_STATUS.present && status !== ATTRIBUTE_STATUS.wrongLength) return undefined;
  const at = index * ATTRIBUTE_BYTES;
  const isWhole = status === ATTRIBUTE_STATUS.present;
  return {
    ino: toIno((BigInt(batch.inoHigh[index] ?? 0) << 32n) | BigInt(batch.inoLow[index] ?? 0)),
    gen: toGen(batch.gen[index] ?? 0),
    attribute: isWhole ? batch.attributes.slice(at, at + ATTRIBUTE_BYTES) : new Uint8Array(0),
  };
}

function findManaged(task: ManagedInodesTask, context: WorkerContext<ManagedInodesMessage>): PartitionResult {
  const { mount, agno, attributeName } = task;
  const { counters, cancelled } = context;
  let inodes: ManagedInode[] = [];
  const flush = (): void => {
    if (inodes.length > 0) context.post({ inodes });
    inodes = [];
  };
  const result = scanPartition({ mount, agno, attributeName, attributes: 'read', counters, cancelled }, (batch) => {
    for (let index = 0; index < batch.count; index++) {
      const inode = inodeAt(batch, index);
      if (inode !== undefined && inodes.push(inode) >= PER_MESSAGE) flush();
    }
  });
  flush();
  return result;
}

export default partitionWorker(findManaged, forgetScanner);
