import type { FsId } from '../dm/identity.js';
import { invariant } from '../errors.js';
import type { Gen, Ino } from '../native/inode-id.js';
import { CatalogError } from './catalog-error.js';
import { fsIdIn, genIn, inoIn, unsigned63 } from './column-values.js';
import { decodeFacts, encodeFacts, type FindingFacts, type StoredFacts } from './finding-facts.js';
import { numberIn, optionalIn, textIn } from './row-reader.js';
import type { SqlRow, SqlSession } from './sql-session.js';

/** A finding as a scan hands it over. Classes, severities and actions are words of the layers above. */
export interface NewFindingRow {
  readonly scanId: number;
  readonly fs: FsId;
  readonly class: string;
  readonly severity: string;
  /** Undefined for what is not about an inode, such as an object without one. */
  readonly ino: Ino | undefined;
  readonly gen: Gen | undefined;
  readonly state: string | undefined;
  readonly why: string;
  readonly facts: FindingFacts;
  readonly action: string;
  readonly foundMs: number;
}

export interface FindingRow extends Omit<NewFindingRow, 'facts'> {
  readonly findingId: number;
  readonly facts: StoredFacts;
  /** What became of it; undefined while unsettled. */
  readonly outcome: string | undefined;
  readonly settledMs: number | undefined;
}

export interface Settlement {
  readonly outcome: string;
  readonly settledMs: number;
}

const INSERT = `INSERT INTO finding
  (scan_id, fs, class, severity, ino, gen, state, why, facts, action, found_ms)
  VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) RETURNING finding_id`;

function factsIn(row: SqlRow): StoredFacts {
  const facts = decodeFacts(textIn(row, 'facts'));
  if (facts !== undefined) return facts;
  throw new CatalogError(
    'ECATALOG_CORRUPT',
    `finding ${numberIn(row, 'finding_id')} in the catalog has unreadable facts`,
  );
}

const toRow = (row: SqlRow): FindingRow => ({
  findingId: numberIn(row, 'finding_id'),
  scanId: numberIn(row, 'scan_id'),
  fs: fsIdIn(row),
  class: textIn(row, 'class'),
  severity: textIn(row, 'severity'),
  ino: optionalIn(row, 'ino', inoIn),
  gen: optionalIn(row, 'gen', genIn),
  state: optionalIn(row, 'state', textIn),
  why: textIn(row, 'why'),
  facts: factsIn(row),
  action: textIn(row, 'action'),
  outcome: optionalIn(row, 'outcome', textIn),
  foundMs: numberIn(row, 'found_ms'),
  settledMs: optionalIn(row, 'settled_ms', numberIn),
});

/** What scans found, and what became of it. */
export class FindingRows {
  readonly #sql: SqlSession;

  constructor(sql: SqlSession) {
    this.#sql = sql;
  }

  /** Records findings in one transaction; their numbers, in the same order. */
  insert(findings: readonly NewFindingRow[]): number[] {
    return this.#sql.atomic(() => findings.map((finding) => this.#insertOne(finding)));
  }

  find(findingId: number): FindingRow | undefined {
    const row = this.#sql.get('SELECT * FROM finding WHERE finding_id = ?', [findingId]);
    return row && toRow(row);
  }

  /** The findings of a scan in the order in which they were made, behind `after`. */
  page(scanId: number, options: { readonly after?: number; readonly limit: number }): FindingRow[] {
    const query = 'SELECT * FROM finding WHERE scan_id = ? AND finding_id > ? ORDER BY finding_id LIMIT ?';
    return this.#sql.all(query, [scanId, options.after ?? 0, options.limit]).map(toRow);
  }

  /** What is still to be settled on a filesystem, behind `after`. */
  unsettled(fs: FsId, options: { readonly after?: number; readonly limit: number }): FindingRow[] {
    const query = `SELECT * FROM finding WHERE fs = ? AND settled_ms IS NULL AND finding_id > ?
      ORDER BY finding_id LIMIT ?`;
    return this.#sql.all(query, [fs, options.after ?? 0, options.limit]).map(toRow);
  }

  /** How many inodes (or things without one) are still to be settled on a filesystem, by class; found twice is one. */
  countUnsettled(fs: FsId): ReadonlyMap<string, number> {
    const query = `SELECT class, count(DISTINCT coalesce(ino || '.' || gen, facts)) AS unsettled FROM finding
      WHERE fs = ? AND settled_ms IS NULL
      GROUP BY class ORDER BY class`;
    return new Map(this.#sql.all(query, [fs]).map((row) => [textIn(row, 'class'), numberIn(row, 'unsettled')]));
  }

  /** Records what became of a finding; false if it was settled before, or never made. */
  settle(findingId: number, settlement: Settlement): boolean {
    const query = 'UPDATE finding SET outcome = ?, settled_ms = ? WHERE finding_id = ? AND settled_ms IS NULL';
    return this.#sql.run(query, [settlement.outcome, settlement.settledMs, findingId]) > 0;
  }

  /** Settles what scans before `scanId` left unsettled on a filesystem: a complete one has looked at it all anew. */
  settleBefore(fs: FsId, scanId: number, settlement: Settlement): number {
    const query = 'UPDATE finding SET outcome = ?, settled_ms = ? WHERE fs = ? AND settled_ms IS NULL AND scan_id < ?';
    return this.#sql.run(query, [settlement.outcome, settlement.settledMs, fs, scanId]);
  }

  #insertOne(finding: NewFindingRow): number {
    const row = this.#sql.returning(INSERT, [
      finding.scanId,
      finding.fs,
      finding.class,
      finding.severity,
      finding.ino === undefined ? null : unsigned63(finding.ino, 'an inode number'),
      finding.gen ?? null,
      finding.state ?? null,
      finding.why,
      encodeFacts(finding.facts),
      finding.action,
      finding.foundMs,
    ]);
    invariant(row !== undefined, 'an insert returns its row');
    return numberIn(row, 'finding_id');
  }
}
