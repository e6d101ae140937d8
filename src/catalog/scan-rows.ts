import type { FsId } from '../dm/identity.js';
import { invariant } from '../errors.js';
import type { Ino } from '../native/inode-id.js';
import { fsIdIn, inoIn, storedFlag, unsigned63 } from './column-values.js';
import { booleanIn, numberIn, optionalIn, textIn } from './row-reader.js';
import type { SqlRow, SqlSession, SqlValue } from './sql-session.js';

export interface ScanStart {
  readonly fs: FsId;
  /** `check`, `audit`, ... */
  readonly command: string;
  /** The inode source. */
  readonly source: string;
  readonly startedMs: number;
}

export interface ScanEnd {
  readonly endedMs: number;
  /** What it came to be scanned by, where that was open when it began. */
  readonly source?: string;
  /** Every inode was seen: only then may something be judged missing. */
  readonly complete: boolean;
  readonly inodes: number;
  readonly managed: number;
  readonly findings: number;
  readonly exitCode: number;
}

export interface ScanRow extends ScanStart {
  readonly scanId: number;
  /** Undefined while it runs, and for ever if it was killed. */
  readonly endedMs: number | undefined;
  readonly complete: boolean;
  readonly inodes: number;
  readonly managed: number;
  readonly findings: number;
  readonly exitCode: number | undefined;
}

/** How far a scan has come in one partition. */
export interface ScanCheckpoint {
  readonly partition: number;
  readonly nextIno: Ino;
  readonly done: boolean;
}

const toRow = (row: SqlRow): ScanRow => ({
  scanId: numberIn(row, 'scan_id'),
  fs: fsIdIn(row),
  command: textIn(row, 'command'),
  source: textIn(row, 'source'),
  startedMs: numberIn(row, 'started_ms'),
  endedMs: optionalIn(row, 'ended_ms', numberIn),
  complete: booleanIn(row, 'complete'),
  inodes: numberIn(row, 'inodes'),
  managed: numberIn(row, 'managed'),
  findings: numberIn(row, 'findings'),
  exitCode: optionalIn(row, 'exit_code', numberIn),
});

/** The history of scans, and where interrupted ones can go on. */
export class ScanRows {
  readonly #sql: SqlSession;

  constructor(sql: SqlSession) {
    this.#sql = sql;
  }

  /** Records that a scan began; its number. */
  start(scan: ScanStart): number {
    const row = this.#sql.returning(
      `INSERT INTO scan (fs, command, source, started_ms, complete, inodes, managed, findings)
       VALUES (?, ?, ?, ?, 0, 0, 0, 0) RETURNING scan_id`,
      [scan.fs, scan.command, scan.source, scan.startedMs],
    );
    invariant(row !== undefined, 'an insert returns its row');
    return numberIn(row, 'scan_id');
  }

  /** Records how a scan ended, and drops its checkpoints if nothing is left to resume. */
  end(scanId: number, end: ScanEnd): void {
    this.#sql.atomic(() => {
      const changed = this.#sql.run(
        `UPDATE scan SET ended_ms = ?, source = coalesce(?, source), complete = ?, inodes = ?, managed = ?, findings = ?,
         exit_code = ? WHERE scan_id = ?`,
        [
          end.endedMs,
          end.source ?? null,
          storedFlag(end.complete),
          end.inodes,
          end.managed,
          end.findings,
          end.exitCode,
          scanId,
        ],
      );
      invariant(changed === 1, `scan ${scanId} was started`);
      if (end.complete) this.#sql.run('DELETE FROM scan_checkpoint WHERE scan_id = ?', [scanId]);
    });
  }

  /** Records how far a scan has come in a partition. */
  checkpoint(scanId: number, checkpoint: ScanCheckpoint): void {
    this.#sql.run(
      `INSERT INTO scan_checkpoint (scan_id, partition, next_ino, done) VALUES (?, ?, ?, ?)
       ON CONFLICT (scan_id, partition) DO UPDATE SET next_ino = excluded.next_ino, done = excluded.done`,
      [scanId, checkpoint.partition, unsigned63(checkpoint.nextIno, 'an inode number'), storedFlag(checkpoint.done)],
    );
  }

  checkpoints(scanId: number): ScanCheckpoint[] {
    const query = 'SELECT * FROM scan_checkpoint WHERE scan_id = ? ORDER BY partition';
    return this.#sql.all(query, [scanId]).map((row) => ({
      partition: numberIn(row, 'partition'),
      nextIno: inoIn(row, 'next_ino'),
      done: booleanIn(row, 'done'),
    }));
  }

  find(scanId: number): ScanRow | undefined {
    const row = this.#sql.get('SELECT * FROM scan WHERE scan_id = ?', [scanId]);
    return row && toRow(row);
  }

  /** The last scans, newest first. */
  last(options: { readonly fs?: FsId; readonly limit: number }): ScanRow[] {
    return this.#select('', options);
  }

  /** The last scan that saw every inode of a filesystem. */
  lastComplete(fs: FsId, command?: string): ScanRow | undefined {
    return this.#select('complete = 1', { fs, limit: 1, ...(command !== undefined && { command }) })[0];
  }

  /** The newest scan of a filesystem by a command, if it did not come to its end and has checkpoints to go on from. */
  resumable(fs: FsId, command: string): ScanRow | undefined {
    const [newest] = this.#select('', { fs, command, limit: 1 });
    return newest !== undefined && !newest.complete && this.checkpoints(newest.scanId).length > 0 ? newest : undefined;
  }

  #select(condition: string, options: { fs?: FsId; command?: string; limit: number }): ScanRow[] {
    const conditions = condition === '' ? ['1'] : [condition];
    const values: SqlValue[] = [];
    if (options.fs !== undefined) {
      conditions.push('fs = ?');
      values.push(options.fs);
    }
    if (options.command !== undefined) {
      conditions.push('command = ?');
      values.push(options.command);
    }
    const query = `SELECT * FROM scan WHERE ${conditions.join(' AND ')} ORDER BY scan_id DESC LIMIT ?`;
    return this.#sql.all(query, [...values, options.limit]).map(toRow);
  }
}
