import { invariant } from '../errors.js';
import { InumbersChunks } from './xfs-device/chunk-source.js';
import { DeviceScanner } from './xfs-device/device-scanner.js';
import { KernelLook } from './xfs-device/kernel-look.js';
import { InodeTreeChunks } from './xfs-device/inode-tree.js';
import { NoSecondSource } from './xfs-device/no-second-source.js';
import { wholeGroup, type AgInoSpan, type ScanDevice } from './xfs-device/scan-device.js';
import type { PartitionResult } from './xfs-bulkstat/partition-result.js';
import type { ScanMount } from './xfs-bulkstat/scan-mount.js';
import type { OnBatch, PartitionOptions } from './xfs-bulkstat/partition-scanner.js';
import { forgetScanner, scanPartition as scanByBulkstat } from './xfs-bulkstat/scan-partition.js';

/** A partition and how it is to be read: by the kernel, from the device, or from a device that is not mounted. */
export interface ScanPartitionOptions extends Omit<PartitionOptions, 'mount'> {
  /** Undefined for a device that is not mounted. */
  readonly mount: ScanMount | undefined;
  /** The device that the filesystem lies on; without it, the kernel is asked for every inode. */
  readonly device?: ScanDevice | undefined;
  /** Part of the allocation group, for scans of the device; all of it if not given. */
  readonly span?: AgInoSpan | undefined;
}

/** The thread's scanner of a device and what it was made for. Its buffers serve one partition after another. */
let kept: { readonly key: string; readonly scanner: DeviceScanner } | undefined;

function scannerFor(device: ScanDevice, { mount, attributeName }: ScanPartitionOptions): DeviceScanner {
  const { fd, path, sizeBytes, agBytes, metaUuid } = device;
  const uuid = Buffer.from(metaUuid).toString('hex');
  const key = [fd, path, sizeBytes, agBytes, uuid, mount?.rootFd, mount?.mountPath, attributeName].join(' ');
  if (kept?.key !== key) {
    const chunks = mount ? new InumbersChunks(mount, device.agInoBits) : new InodeTreeChunks(device);
    const second = mount ? new KernelLook(mount, attributeName) : new NoSecondSource();
    kept = { key, scanner: new DeviceScanner({ device, chunks, second, attributeName }) };
  }
  return kept.scanner;
}

/**
 * Scans a partition on this thread and calls `onBatch` with its inodes in ascending order; the batch is reused after
 * the call returns. One at a time on a thread.
 * @throws NativeError for anything but damage on disk, which the result tells; whatever `onBatch` throws
 */
export async function scanPartition(options: ScanPartitionOptions, onBatch: OnBatch): Promise<PartitionResult> {
  const { device, mount } = options;
  if (device === undefined) {
    invariant(mount !== undefined, 'what is not mounted is read from its device');
    return scanByBulkstat({ ...options, mount }, onBatch);
  }
  const { agno, span = wholeGroup(device), attributes, columns, counters, cancelled, onUnreadable } = options;
  const { verifyCrc } = device;
  const wanted = { agno, span, attributes, columns, verifyCrc, counters, cancelled, onUnreadable };
  const result = await scannerFor(device, options).scan(wanted, onBatch);
  counters?.add('partitionsDone', 1);
  return result;
}

/**
 * Lets go of what the thread has kept for the next partition: a later run's mount may have the same path and the same
 * descriptors, and be another one.
 */
export function forgetScanners(): void {
  kept = undefined;
  forgetScanner();
}
