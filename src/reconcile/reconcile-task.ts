import type { CopyProof } from '../catalog/pages/copy-proof.js';
import type { CopyRange } from '../catalog/pages/range-rows.js';
import type { Irregular } from '../catalog/pages/page-reader.js';
import type { PageSource } from '../catalog/pages/page-source.js';
import type { FsId } from '../dm/identity.js';
import type { Ino } from '../native/inode-id.js';
import type { Finding } from './finding.js';
import type { PartitionResult } from '../scan/xfs-bulkstat/partition-result.js';
import type { AgInoSpan, ScanDevice } from '../scan/xfs-device/scan-device.js';
import type { ScanMount } from '../scan/xfs-bulkstat/scan-mount.js';

/** `interrupted` is what check looks for, `everything` what audit does. */
export type ReconcileScope = 'interrupted' | 'everything';

/** What a worker posts: findings, and at the end of a partition that was scanned whole, its group. */
export interface ReconcileMessage {
  readonly findings: readonly Finding[];
  readonly doneIn?: number;
}

/** One partition's work for reconcile-worker.ts; plain data. */
export interface PartitionTask {
  readonly kind: 'partition';
  readonly mount: ScanMount;
  readonly agno: number;
  /** As in ScanPartitionOptions. */
  readonly device: ScanDevice | undefined;
  readonly span: AgInoSpan | undefined;
  readonly attributeName: string;
  readonly scope: ReconcileScope;
  readonly catalogPath: string;
  /** The catalog's pages, held still; without it, SQLite is asked for the rows. */
  readonly pages: PageSource | undefined;
  readonly fs: FsId;
  /** The rows to be held against this partition: all of them, over all tasks, exactly once. */
  readonly fromIno: Ino;
  readonly toIno: Ino;
}

/** A range of the archived copies to be proven in order, by the catalog's pages alone. */
export interface CopiesTask {
  readonly kind: 'copies';
  readonly pages: PageSource;
  readonly range: CopyRange;
  readonly fs: FsId;
  /** The store's id; undefined where nothing is held against the store. */
  readonly store: Uint8Array | undefined;
}

export type ReconcileTask = PartitionTask | CopiesTask;

export interface PartitionTaskResult {
  readonly kind: 'partition';
  readonly partition: PartitionResult;
  /** Inodes that were looked at a second time. */
  readonly candidates: number;
  /** Rows of the catalog that were held against the inodes, as PageFeed has it. */
  readonly rowsRead: number | Irregular | undefined;
}

export interface CopiesTaskResult {
  readonly kind: 'copies';
  readonly proof: CopyProof | Irregular | undefined;
}

export type ReconcileTaskResult = PartitionTaskResult | CopiesTaskResult;
