/**
 * What a person's word about a conflict leads to: which side counts, where no record says. Pure. The decision table has
 * the first word: what it can settle, or what is no conflict, is none of a person's business here.
 */
import { transitionsBetween } from '../dm/transitions.js';
import type { FileOutcome } from '../migrate/file-result.js';
import type { SettlementName } from '../migrate/settlements.js';
import type { DecisionFacts } from './decision-facts.js';
import type { Verdict } from './rule.js';
import { ALONE, BOUND, OWN } from './rules-shared.js';

export const SIDES = ['archive', 'file'] as const;
/** Which version counts: the archived one, or the file as it is. */
export type Side = (typeof SIDES)[number];

export type Resolution =
  | { readonly kind: 'settle'; readonly settlement: SettlementName; readonly why: string }
  | { readonly kind: 'stop'; readonly result: FileOutcome; readonly why: string };

const stop = (result: FileOutcome, why: string): Resolution => ({ kind: 'stop', result, why });
const settleAs = (settlement: SettlementName, why: string): Resolution => ({ kind: 'settle', settlement, why });

const has = <T extends string>(values: readonly T[], value: string): boolean => values.some((one) => one === value);

/** Why there is nothing for a person to decide; undefined where there is. */
function noConflict(facts: DecisionFacts, verdict: Verdict, keep: Side): Resolution | undefined {
  const { attribute, row, intent, object } = facts;
  const { settlement, reportClass, reason } = verdict;
  if (settlement === 'rebaseline') return stop('already', 'it is in no conflict');
  if (settlement !== 'none') return stop('interrupted', `no choice is needed (${reason}): run "hsmck recover"`);
  if (reportClass === 'conflict') return undefined;
  // The file counts by itself; the archived version, on the word of a person.
  if (reportClass === 'stale-copy' && keep === 'archive') return undefined;
  if (reportClass === 'stale-copy') return stop('changed', 'the file is newer than its copy: archive it again');
  if (reportClass === 'data-lost') return stop('conflict', `${reason}: restore the file or its copy from a backup`);
  const isUnmanaged = attribute === 'none' && row === 'none' && intent === 'none';
  const agree = intent === 'none' && attribute === row && object === 'good';
  return isUnmanaged || agree ? stop('already', 'it is in no conflict') : stop('wrong-state', reason);
}

/** Whether the state machine has a way from what the attribute says. */
function leadsTo({ attribute }: DecisionFacts, to: 'dual' | 'resident'): boolean {
  const from = OWN.find((state) => state === attribute) ?? 'resident';
  return from === to || transitionsBetween(from, to).length > 0;
}

const NO_WAY = 'no operation of this version leaves a file in this state, and none leads out of it';

const COPY_NOT_GOOD =
  'the archived copy is not good, so it cannot be what counts: "--keep file" keeps the file as it is';
const COPY_SHARED =
  'another file claims the same copy, which may not be given to both: "--keep file" keeps what is in this one, zeros where it has ' +
  'holes. A file that was copied with its attribute is filled by "hsmck recover --prefer complete", where it can be';
const TWO_COPIES =
  'attribute and catalog name different copies, and neither is proven: "--keep file" keeps the file as it is';
/** The file may have the only copy of what somebody wrote. */
const HAS_BYTES =
  'it has bytes that the archived version does not have, and nothing else has them. If they are not wanted, or you have ' +
  'copied them (cp --sparse=always), cut the file off (truncate -s 0) and run this again; else use "--keep file"';

function keepArchive(facts: DecisionFacts): Resolution {
  const { attribute, names, row, object, bytes, others } = facts;
  if (!has(ALONE, others)) return stop('conflict', COPY_SHARED);
  if (has(OWN, attribute) && names === 'other' && has(BOUND, row)) return stop('conflict', TWO_COPIES);
  if (object !== 'good') return stop('conflict', COPY_NOT_GOOD);
  if (bytes === 'differing' || bytes === 'unknown') return stop('conflict', HAS_BYTES);
  if (!leadsTo(facts, 'dual')) return stop('wrong-state', NO_WAY);
  return settleAs('fill', 'the archived version counts: the file is filled from it');
}

function keepFile(facts: DecisionFacts): Resolution {
  if (!leadsTo(facts, 'resident')) return stop('wrong-state', NO_WAY);
  return has(ALONE, facts.others)
    ? settleAs('make-resident', 'the file counts as it is; the archived version goes to the trash')
    : settleAs('strip', 'the file counts as it is; the copy stays with the other file that claims it');
}

/**
 * What is done about a file once a person has said which side counts.
 * @param verdict what the decision table says of it without that word
 */
export function decideResolve(facts: DecisionFacts, verdict: Verdict, keep: Side): Resolution {
  return noConflict(facts, verdict, keep) ?? (keep === 'archive' ? keepArchive(facts) : keepFile(facts));
}
