import { SCAN_STATES } from '../inode-state.js';
import type { PartitionResult } from '../xfs-bulkstat/partition-result.js';
import type { AgInoSpan, ScanDevice } from '../xfs-device/scan-device.js';
import type { ScanMount } from '../xfs-bulkstat/scan-mount.js';

/** What a scan writes for the inodes that match: nothing, JSON lines, or columns. */
export type ScanMode = 'count' | 'ndjson' | 'text';

/** One partition's work for scan-worker.ts. */
export interface ScanTask {
  readonly mount: ScanMount | undefined;
  readonly agno: number;
  /** As in ScanPartitionOptions. */
  readonly device: ScanDevice | undefined;
  readonly span: AgInoSpan | undefined;
  readonly attributeName: string;
  readonly attributes: 'read' | 'skip';
  readonly mode: ScanMode;
  readonly where: string | undefined;
  readonly nowNs: bigint;
}

export interface ScanTaskResult {
  readonly partition: PartitionResult;
  readonly matched: number;
  /** Matching inodes by state, in the order of SCAN_STATES. */
  readonly matchedByState: readonly number[];
}

export const noStates = (): number[] => SCAN_STATES.map(() => 0);
