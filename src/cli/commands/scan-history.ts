import type { NewFindingRow } from '../../catalog/finding-rows.js';
import { toIno } from '../../native/inode-id.js';
import type { Finding } from '../../reconcile/finding.js';
import type { RegisteredFilesystem } from '../../reconcile/registered-filesystem.js';

const FINDINGS_PER_TRANSACTION = 256;

interface ScanResult {
  readonly source: string;
  readonly inodes: number;
  readonly managed: number;
  readonly findings: number;
  readonly complete: boolean;
  readonly exitCode: number;
}

/**
 * Records a scan in the catalog: that it ran, how far it came, and (for an audit, which sees everything) its findings,
 * which stay until a later complete audit supersedes them or recovery settles them.
 */
export class ScanHistory {
  readonly #subject: RegisteredFilesystem;
  readonly #scanId: number;
  readonly #keepsFindings: boolean;
  /** Allocation groups that the scan being resumed has finished. */
  readonly groupsDone: ReadonlySet<number>;
  #pending: NewFindingRow[] = [];

  constructor(
    subject: RegisteredFilesystem,
    how: { readonly command: string; readonly resume?: boolean; readonly source?: string },
  ) {
    const { catalog, filesystem } = subject;
    this.#subject = subject;
    this.#keepsFindings = how.command !== 'check';
    const earlier = how.resume ? catalog.scans.resumable(filesystem.fs, how.command) : undefined;
    const done = earlier === undefined ? [] : catalog.scans.checkpoints(earlier.scanId).filter(({ done }) => done);
    this.groupsDone = new Set(done.map(({ partition }) => partition));
    const scan = {
      fs: filesystem.fs,
      command: how.command,
      source: how.source ?? 'xfs-bulkstat',
      startedMs: Date.now(),
    };
    this.#scanId = earlier?.scanId ?? catalog.scans.start(scan);
  }

  add(finding: Finding): void {
    if (!this.#keepsFindings) return;
    const { fs } = this.#subject.filesystem;
    const { class: findingClass, severity, ino, gen, state, why, facts, action } = finding;
    this.#pending.push({
      scanId: this.#scanId,
      fs,
      class: findingClass,
      severity,
      ino,
      gen,
      state,
      why,
      facts,
      action,
      foundMs: Date.now(),
    });
    if (this.#pending.length >= FINDINGS_PER_TRANSACTION) this.#flush();
  }

  /** An allocation group was scanned to its end, and its findings are recorded: a resumed audit need not do it again. */
  partitionDone(agno: number): void {
    if (!this.#keepsFindings) return;
    this.#subject.catalog.transaction(() => {
      this.#flush();
      this.#subject.catalog.scans.checkpoint(this.#scanId, { partition: agno, nextIno: toIno(0n), done: true });
    });
  }

  end(result: ScanResult): void {
    const { catalog, filesystem } = this.#subject;
    catalog.transaction(() => {
      this.#flush();
      catalog.scans.end(this.#scanId, { ...result, endedMs: Date.now() });
      if (!result.complete || !this.#keepsFindings) return;
      catalog.findings.settleBefore(filesystem.fs, this.#scanId, { outcome: 'superseded', settledMs: Date.now() });
    });
  }

  #flush(): void {
    if (this.#pending.length > 0) this.#subject.catalog.findings.insert(this.#pending);
    this.#pending = [];
  }
}
