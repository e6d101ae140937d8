import type { Writable } from 'node:stream';
import type { PathBytes } from '../native/io.js';
import { startedModule } from '../package-files.js';
import { findAttributeName } from './attribute-name.js';
import {
  BULKSTAT_ONLY,
  chooseSource,
  type ChosenSource,
  type SourceName,
  type SourceOptions,
} from './choose-source.js';
import { SCAN_STATES, type ScanState } from './inode-state.js';
import { OutputWriter } from './list/output-writer.js';
import { noStates, type ScanMode, type ScanTask, type ScanTaskResult } from './list/scan-task.js';
import { openMount } from './open-mount.js';
import { isDeviceOrImage, openUnmounted } from './open-unmounted.js';
import type { Partition } from './partitions.js';
import type { ScanMount } from './xfs-bulkstat/scan-mount.js';
import { planPartitions } from './plan-partitions.js';
import { runPartitions, type PoolOutcome } from './pool/run-partitions.js';
import type { Progress } from './progress-counters.js';
import { compileWhere } from './where-expression.js';
import { UNREADABLE_NAMED_MAX, type PartitionCounts, type UnreadableInode } from './xfs-bulkstat/partition-result.js';

export interface ScanOptions {
  /** A mount point; or a block device or an image that is not mounted. */
  readonly mountPath: PathBytes;
  readonly threads: number;
  /** Which inodes count and are written (where-expression.ts); all if not given. */
  readonly where?: string | undefined;
  readonly mode: ScanMode;
  /** `skip` leaves DM attributes unread; states are then `unknown`. `read` if not given. */
  readonly attributes?: 'read' | 'skip' | undefined;
  /** Bulkstat if not given. */
  readonly source?: SourceOptions | undefined;
  /** Scans a device that is not mounted though its journal is not empty; the scan is not called complete then. */
  readonly ignoreLog?: boolean | undefined;
  /** Found by the root inode's mark if not given. */
  readonly attributeName?: string | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Where the lines go; needed unless the mode is `count`. It is not ended. */
  readonly output?: Writable | undefined;
  readonly onProgress?: ((progress: ScanProgress) => void) | undefined;
}

export interface ScanProgress extends Progress {
  /** Inodes in use when the scan began: what `inodes` will be, about. */
  readonly expectedInodes: number;
  readonly partitions: number;
}

export interface ScanSummary {
  readonly source: SourceName;
  /** False: the device may have lagged behind, so that the scan is not called complete. */
  readonly settled: boolean;
  /** Inodes seen; those left out are in the counts below. */
  readonly inodes: number;
  readonly matched: number;
  /** Inodes with a DM attribute, valid or not. */
  readonly managed: number;
  /** Allocated inodes that the kernel cannot read. */
  readonly unreadable: number;
  /** The first of them. */
  readonly unreadableInodes: readonly UnreadableInode[];
  /** Inodes whose attribute the kernel would not give. */
  readonly attributesUnreadable: number;
  /** In no folder: deleted while open, or just being made. */
  readonly unlinked: number;
  readonly freed: number;
  readonly internal: number;
  readonly fetchedSingly: number;
  readonly attributesElsewhere: number;
  /** Matching inodes by state; states without any are left out. */
  readonly byState: Readonly<Partial<Record<ScanState, number>>>;
  /** Every partition was scanned to its end, and what the source showed was current. */
  readonly complete: boolean;
  readonly cancelled: boolean;
  /** Why partitions were not scanned to their end. */
  readonly failures: readonly { readonly agno: number; readonly code: string; readonly message: string }[];
  /** The scan itself: from the moment when all threads were ready to the end of the last partition. */
  readonly seconds: number;
}

type SummedCount = Exclude<keyof PartitionCounts, 'agno'>;

function countStates(results: readonly ScanTaskResult[]): Partial<Record<ScanState, number>> {
  const totals = noStates();
  for (const { matchedByState } of results) {
    matchedByState.forEach((count, code) => (totals[code] = (totals[code] ?? 0) + count));
  }
  const named = SCAN_STATES.map((state, code) => [state, totals[code] ?? 0] as const);
  return Object.fromEntries(named.filter(([, count]) => count > 0));
}

function summarise(outcome: PoolOutcome<ScanTaskResult>, source: ChosenSource): ScanSummary {
  const results = outcome.results.flatMap((result) => result ?? []);
  const sum = (count: SummedCount): number => results.reduce((total, { partition }) => total + partition[count], 0);
  const partitions = results.map((result) => result.partition);
  return {
    source: source.name,
    settled: source.isSettled,
    inodes: sum('inodes'),
    matched: results.reduce((total, result) => total + result.matched, 0),
    managed: sum('managed'),
    unreadable: sum('unreadable'),
    unreadableInodes: partitions.flatMap((partition) => partition.unreadableInodes).slice(0, UNREADABLE_NAMED_MAX),
    attributesUnreadable: sum('attributesUnreadable'),
    unlinked: sum('unlinked'),
    freed: sum('freed'),
    internal: sum('internal'),
    fetchedSingly: sum('fetchedSingly'),
    attributesElsewhere: sum('attributesElsewhere'),
    byState: countStates(results),
    complete:
      source.isSettled &&
      results.length === outcome.results.length &&
      partitions.every((partition) => partition.complete),
    cancelled: outcome.cancelled,
    failures: partitions.flatMap(({ agno, failure }) => (failure ? [{ agno, ...failure }] : [])),
    seconds: outcome.seconds,
  };
}

/** What is scanned: a mounted filesystem, or a device that is not mounted. */
interface ScanSubject {
  readonly mount: ScanMount | undefined;
  readonly source: ChosenSource;
  readonly partitions: readonly Partition[];
  readonly attributeName: string;
}

async function scanSubject(options: ScanOptions, subject: ScanSubject): Promise<ScanSummary> {
  const { mount, source, partitions, attributeName } = subject;
  const { device } = source;
  const expectedInodes = partitions.reduce((total, partition) => total + partition.expectedInodes, 0);
  const shared = {
    mount,
    device,
    attributeName,
    attributes: options.attributes ?? 'read',
    mode: options.output ? options.mode : 'count',
    where: options.where,
    nowNs: BigInt(Date.now()) * 1_000_000n,
  } as const;
  // The largest first, so that the threads end together; one thread goes upwards, for lines in order.
  const ordered = options.threads > 1 ? partitions.toSorted((a, b) => b.expectedInodes - a.expectedInodes) : partitions;
  const { onProgress } = options;
  const writer = options.output ? new OutputWriter(options.output) : undefined;
  try {
    const outcome = await runPartitions<ScanTask, Uint8Array, ScanTaskResult>({
      workerUrl: startedModule('scan/scan-worker.js'),
      tasks: ordered.map(({ agno, span }) => ({ ...shared, agno, span })),
      threads: options.threads,
      signal: options.signal,
      onMessage: (piece) => writer?.write(piece),
      onProgress: onProgress
        ? (progress) => onProgress({ ...progress, expectedInodes, partitions: partitions.length })
        : undefined,
    });
    return summarise(outcome, source);
  } finally {
    await writer?.finish();
  }
}

async function scanMounted(options: ScanOptions): Promise<ScanSummary> {
  const mount = openMount(options.mountPath);
  let source: ChosenSource | undefined;
  try {
    source = await chooseSource(mount, options.source ?? BULKSTAT_ONLY);
    const partitions = planPartitions(mount, source.device, options.threads);
    const attributeName = options.attributeName ?? findAttributeName(mount.rootFd, mount.mountPath.toString());
    return await scanSubject(options, { mount: mount.scanMount, source, partitions, attributeName });
  } finally {
    source?.close();
    mount.close();
  }
}

async function scanUnmounted(options: ScanOptions): Promise<ScanSummary> {
  const image = openUnmounted(options.mountPath.toString(), options.ignoreLog === true);
  try {
    const { partitions, isCurrent } = image;
    const attributeName = options.attributeName ?? image.attributeName;
    const source = {
      name: 'xfs-device',
      device: image.scanDevice,
      isSettled: isCurrent,
      close: () => image.close(),
    } as const;
    return await scanSubject(options, { mount: undefined, source, partitions, attributeName });
  } finally {
    image.close();
  }
}

/**
 * Scans a mounted XFS, or a device or image that is not mounted, and counts or lists the inodes that match. Needs no
 * catalog, writes nothing to the filesystem. Lines of one partition ascend by inode number; partitions mix unless there
 * is one thread.
 * @throws UsageError for a bad expression; OperationalError as openMount() and openUnmounted(); NativeError; the output
 * stream's error
 */
export async function runScan(options: ScanOptions): Promise<ScanSummary> {
  // Here too, so that a mistake costs no threads.
  if (options.where !== undefined) compileWhere(options.where, 0n);
  return isDeviceOrImage(options.mountPath) ? scanUnmounted(options) : scanMounted(options);
}
