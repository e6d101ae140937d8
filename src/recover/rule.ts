import type { FileState } from '../dm/states.js';
import type { SettlementName } from '../migrate/settlements.js';
import type { DecisionFacts } from './decision-facts.js';

/**
 * complete: what was begun is finished. revert: the file is as before. repair: damage is mended. report: a person has to
 * look. refuse: this program must not touch it.
 */
export type VerdictKind = 'complete' | 'revert' | 'repair' | 'report' | 'refuse';

/** The finding that a `report` amounts to, where it says more than the finding that led here. */
export type ReportClass = 'conflict' | 'data-lost' | 'stale-copy';

export interface Verdict {
  readonly kind: VerdictKind;
  /** How the file comes to rest; `none` where nothing is done. */
  readonly settlement: SettlementName | 'none';
  /** The state that the file is in afterwards; undefined where nothing is done. */
  readonly to?: FileState;
  readonly reportClass?: ReportClass;
  readonly reason: string;
  /** Nothing is done until the administrator accepts a rollback: see adoption.ts. */
  readonly waitsFor?: 'accept-epoch';
}

/** Accepted values of each fact; a fact that is not named may be anything. */
export type Pattern = { readonly [F in keyof DecisionFacts]?: readonly DecisionFacts[F][] };

/** Whether facts are as a pattern wants them. */
export function fits(facts: DecisionFacts, pattern: Pattern): boolean {
  return (Object.keys(pattern) as (keyof DecisionFacts)[]).every((fact) => {
    const accepted: readonly string[] | undefined = pattern[fact];
    return accepted === undefined || accepted.includes(facts[fact]);
  });
}

export interface Rule {
  /** Stable, for tests and documents. */
  readonly name: string;
  readonly when: Pattern;
  readonly verdict: Verdict;
  /** What happens instead under `--prefer complete` or `--prefer revert`, where another way is as safe. */
  readonly preferComplete?: Verdict;
  readonly preferRevert?: Verdict;
}

export const complete = (settlement: SettlementName, to: FileState, reason: string): Verdict => ({
  kind: 'complete',
  settlement,
  to,
  reason,
});

export const revert = (settlement: SettlementName, to: FileState, reason: string): Verdict => ({
  kind: 'revert',
  settlement,
  to,
  reason,
});

export const repair = (settlement: SettlementName, to: FileState, reason: string): Verdict => ({
  kind: 'repair',
  settlement,
  to,
  reason,
});

export const report = (reason: string, reportClass?: ReportClass): Verdict => ({
  kind: 'report',
  settlement: 'none',
  reason,
  ...(reportClass ? { reportClass } : {}),
});

export const refuse = (reason: string): Verdict => ({ kind: 'refuse', settlement: 'none', reason });
