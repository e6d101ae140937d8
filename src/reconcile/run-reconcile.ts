import type { ArchiveStore } from '../archive/archive-store.js';
import { cutCopies } from '../catalog/pages/cut-copies.js';
import type { PageSnapshot } from '../catalog/pages/page-snapshot.js';
import type { PageSource } from '../catalog/pages/page-source.js';
import { uuidToBytes, type Op } from '../dm/identity.js';
import { startedModule } from '../package-files.js';
import { BULKSTAT_ONLY, chooseSource, type SourceName, type SourceOptions } from '../scan/choose-source.js';
import { planPartitions } from '../scan/plan-partitions.js';
import { runPartitions, type PoolOutcome, type PoolPrelude } from '../scan/pool/run-partitions.js';
import type { ScanProgress } from '../scan/run-scan.js';
import type { ScanDevice } from '../scan/xfs-device/scan-device.js';
import { runArchivePass } from './archive-pass.js';
import { runDeepPass } from './deep-pass.js';
import { ALL_LEFT, copiesLeft, type CopiesLeft } from './copies-left.js';
import { duplicateFindings, filesystemFindings } from './filesystem-findings.js';
import type { Finding } from './finding.js';
import { assertAllRowsRead, soundProofs } from './whole-table.js';
import { inoRanges } from './ino-ranges.js';
import { judge } from './judge.js';
import type {
  PartitionTask,
  ReconcileMessage,
  ReconcileScope,
  ReconcileTask,
  ReconcileTaskResult,
} from './reconcile-task.js';
import type { OnReading } from './reading-progress.js';
import type { RegisteredFilesystem } from './registered-filesystem.js';
import { secondLook } from './second-look.js';

export interface ReconcileOptions {
  readonly subject: RegisteredFilesystem;
  readonly scope: ReconcileScope;
  readonly threads: number;
  /** Bulkstat if not given. */
  readonly source?: SourceOptions | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Called on the main thread, one at a time; its promise is the brake. */
  readonly onFinding: (finding: Finding) => void | Promise<void>;
  /** `onFinding` may change the catalog: what was proven of it before is looked at again. */
  readonly settlesFindings?: boolean | undefined;
  readonly onProgress?: ((progress: ScanProgress) => void) | undefined;
  /** Behind the scan: how many copies and files have been looked at. */
  readonly onReading?: OnReading | undefined;
  /** The archive store, to be held against the catalog too; only for `everything`. */
  readonly store?: ArchiveStore | undefined;
  /** Reads all archived copies, and the files on disk that should equal them. */
  readonly deep?: boolean | undefined;
  /** Allocation groups that an earlier run has finished. */
  readonly skipGroups?: ReadonlySet<number> | undefined;
  /** An allocation group was scanned to its end, and its findings were handed over. */
  readonly onPartition?: ((agno: number) => void) | undefined;
}

export interface ReconcileResult {
  readonly source: SourceName;
  /** False: the device may have lagged behind, so that the whole is not called complete. */
  readonly settled: boolean;
  readonly inodes: number;
  readonly managed: number;
  readonly candidates: number;
  /** Every partition was scanned to its end, and what the source showed was current. */
  readonly complete: boolean;
  readonly cancelled: boolean;
  readonly failures: readonly { readonly agno: number; readonly code: string; readonly message: string }[];
  /** The scan and the comparison: from the moment when all threads were ready to the end of the last partition. */
  readonly seconds: number;
}

const INTENTS_PER_PAGE = 512;

/** A Buffer arrives from another thread as a plain Uint8Array. */
const fromWorker = (finding: Finding): Finding =>
  finding.path === undefined ? finding : { ...finding, path: Buffer.from(finding.path) };

/** Every open intent is looked at by handle, whatever the scan saw: the crash may have come before the mark. */
async function lookAtIntents({ subject, onFinding, signal }: ReconcileOptions): Promise<number> {
  const { catalog, filesystem, access } = subject;
  const { fs } = filesystem;
  let looked = 0;
  let after: Op | undefined;
  for (;;) {
    const page = catalog.intents.page(fs, { limit: INTENTS_PER_PAGE, ...(after !== undefined && { after }) });
    for (const intent of page) {
      if (signal?.aborted) return looked;
      looked += 1;
      const finding = judge(secondLook({ access, catalog, fs }, intent));
      if (finding) await onFinding(finding);
    }
    after = page.at(-1)?.op;
    if (after === undefined || page.length < INTENTS_PER_PAGE) return looked;
  }
}

function planTasks(
  { subject, scope, skipGroups, threads }: ReconcileOptions,
  device: ScanDevice | undefined,
  pages: PageSource | undefined,
): { tasks: PartitionTask[]; expectedInodes: number } {
  const { mount, catalog, filesystem, access } = subject;
  const partitions = planPartitions(mount, device, threads);
  const ranges = inoRanges(partitions, mount.geometry);
  const { scanMount } = mount;
  const { attributeName } = access;
  const catalogPath = catalog.path;
  const { fs } = filesystem;
  const shared = { kind: 'partition', mount: scanMount, device, attributeName, scope, catalogPath, pages, fs } as const;
  const tasks = partitions.flatMap(({ agno, span }, index): PartitionTask[] => {
    const range = ranges[index];
    return range === undefined || skipGroups?.has(agno) ? [] : [{ ...shared, agno, span, ...range }];
  });
  return { tasks, expectedInodes: partitions.reduce((total, partition) => total + partition.expectedInodes, 0) };
}

/** Tells when all partitions of a group are done: an audit that goes on later skips whole groups. */
class GroupsDone {
  readonly #left = new Map<number, number>();

  constructor(
    tasks: readonly PartitionTask[],
    readonly onGroup: ((agno: number) => void) | undefined,
  ) {
    for (const { agno } of tasks) this.#left.set(agno, (this.#left.get(agno) ?? 0) + 1);
  }

  partDone(agno: number): void {
    const left = (this.#left.get(agno) ?? 0) - 1;
    this.#left.set(agno, left);
    if (left === 0) this.onGroup?.(agno);
  }
}

/** Ranges that the copies are cut into, for each thread: few bindings share the fate of one that is not in order. */
const COPY_RANGES_A_THREAD = 16;

/** Looks through the copies before the scan, so that recovery hears of claims on one object before it looks at either. */
function copiesPrelude(
  { subject, store, threads, onFinding, settlesFindings }: ReconcileOptions,
  pages: PageSource | undefined,
  tell: (left: CopiesLeft, bindings: number | undefined) => void,
): PoolPrelude<ReconcileTask, ReconcileTaskResult> {
  const ranges = pages?.roots.copies ? cutCopies(pages, threads * COPY_RANGES_A_THREAD) : [];
  const shared = { kind: 'copies', fs: subject.filesystem.fs, store: store && uuidToBytes(store.storeId) } as const;
  return {
    tasks: pages === undefined ? [] : ranges.map((range) => ({ ...shared, pages, range })),
    onDone: async (results) => {
      const proofs = results.map((result) => (result.kind === 'copies' ? result.proof : undefined));
      const joined = soundProofs(subject.catalog, proofs);
      const left = copiesLeft(joined);
      const bindings = joined?.reduce((total, { ownBindings }) => total + ownBindings, 0);
      tell(settlesFindings ? ALL_LEFT : left, bindings);
      for (const finding of duplicateFindings(subject, left.duplicates)) await onFinding(finding);
    },
  };
}

interface Scanned {
  readonly outcome: PoolOutcome<ReconcileTaskResult>;
  readonly left: CopiesLeft;
  readonly source: SourceName;
  readonly settled: boolean;
}

async function scan(options: ReconcileOptions): Promise<Scanned> {
  const { subject, onFinding, onProgress, signal, threads } = options;
  const source = await chooseSource(subject.mount, options.source ?? BULKSTAT_ONLY);
  let pages: PageSnapshot | undefined;
  let left = ALL_LEFT;
  let bindings: number | undefined;
  try {
    const comparesAll = options.scope === 'everything';
    // Behind the settling: what was recorded until then is in it.
    // Without a log (a dry run, and no writer at work) that would lock every writer out until the end of the scan.
    if (comparesAll && subject.catalog.hasLog) pages = subject.catalog.holdPages();
    const { tasks, expectedInodes } = planTasks(options, source.device, pages?.source);
    // What an unsettled device does not show is not done: a later run has to look at it again.
    const groups = new GroupsDone(tasks, source.isSettled ? options.onPartition : undefined);
    const outcome = await runPartitions<ReconcileTask, ReconcileMessage, ReconcileTaskResult>({
      workerUrl: startedModule('reconcile/reconcile-worker.js'),
      tasks,
      prelude: comparesAll ? copiesPrelude(options, pages?.source, (...told) => ([left, bindings] = told)) : undefined,
      threads,
      signal,
      onMessage: async ({ findings, doneIn }) => {
        for (const finding of findings) await onFinding(fromWorker(finding));
        if (doneIn !== undefined) groups.partDone(doneIn);
      },
      onProgress: onProgress
        ? (progress) => onProgress({ ...progress, expectedInodes, partitions: tasks.length })
        : undefined,
    });
    if (comparesAll && !outcome.cancelled) {
      const rows = outcome.results.flatMap((result) => (result?.kind === 'partition' ? [result.rowsRead] : []));
      assertAllRowsRead(subject.catalog, rows, options.skipGroups?.size ? undefined : bindings);
    }
    return { outcome, left, source: source.name, settled: source.isSettled };
  } finally {
    pages?.close();
    source.close();
  }
}

/**
 * Scans a registered filesystem, holds it against the catalog (and the store) and reports what does not agree. Memory
 * does not grow with the number of inodes or findings.
 * @throws StoreError ESTORE_UNREACHABLE when a store is given and goes away; NativeError, CatalogError; OperationalError
 * if a source was asked for that cannot be had
 */
export async function runReconcile(options: ReconcileOptions): Promise<ReconcileResult> {
  const { subject, scope, onFinding, signal } = options;
  for (const finding of filesystemFindings(subject, scope)) await onFinding(finding);
  const { outcome, left, source, settled } = await scan(options);
  const looked = await lookAtIntents(options);
  if (options.store !== undefined && scope === 'everything' && !signal?.aborted) {
    const { catalog, filesystem } = subject;
    const { store, deep, onReading } = options;
    await runArchivePass({ catalog, store, fs: filesystem.fs, left, signal, deep, onFinding, onReading });
    if (deep) await runDeepPass({ subject, store, signal, onFinding, onReading });
  }
  const results = outcome.results.flatMap((result) => (result?.kind === 'partition' ? result : []));
  const cancelled = signal?.aborted === true;
  const isWhole = results.length === outcome.results.length && results.every(({ partition }) => partition.complete);
  return {
    source,
    settled,
    inodes: results.reduce((total, { partition }) => total + partition.inodes, 0),
    managed: results.reduce((total, { partition }) => total + partition.managed, 0),
    candidates: results.reduce((total, { candidates }) => total + candidates, 0) + looked,
    complete: !cancelled && settled && isWhole,
    cancelled,
    failures: results.flatMap(({ partition: { agno, failure } }) => (failure ? [{ agno, ...failure }] : [])),
    seconds: outcome.seconds,
  };
}
