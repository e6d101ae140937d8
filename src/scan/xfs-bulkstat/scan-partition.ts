import { PartitionScanner, type OnBatch, type PartitionOptions } from './partition-scanner.js';
import type { PartitionResult } from './partition-result.js';

/** The thread's scanner and what it was made for. Its buffers and pinned memory serve one partition after another. */
let kept: { readonly key: string; readonly scanner: PartitionScanner } | undefined;

function scannerFor(options: PartitionOptions): PartitionScanner {
  const { mount, attributeName } = options;
  const key = `${mount.rootFd} ${Buffer.from(mount.fsid).toString('hex')} ${attributeName}`;
  if (kept?.key !== key) kept = { key, scanner: new PartitionScanner(options) };
  return kept.scanner;
}

/**
 * Scans one allocation group on this thread and calls `onBatch` with its inodes in ascending order; the batch is reused
 * after the call returns. Blocks until done or cancelled. Not to be called from within `onBatch`.
 * @throws NativeError for anything but damage on disk, which the result tells; whatever `onBatch` throws
 */
export function scanPartition(options: PartitionOptions, onBatch: OnBatch): PartitionResult {
  const result = scannerFor(options).scan(options, onBatch);
  options.counters?.add('partitionsDone', 1);
  return result;
}

/** Lets go of what the thread has kept for the next partition. */
export const forgetScanner = (): void => void (kept = undefined);
