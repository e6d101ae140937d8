/**
 * Adopt mode: catalog and filesystem are of different ages and nobody has said which one counts. Until then recovery does
 * only what would be right either way: it adds rows, attaches attributes again and renews times. A filter over the
 * verdicts of the table; pure.
 */
import type { RollbackKind } from '../migrate/rollback.js';
import type { SettlementName } from '../migrate/settlements.js';
import type { DecisionFacts } from './decision-facts.js';
import type { Verdict } from './rule.js';

/** The sentence for whatever waits. */
export const waitsFor = (why: string): string => `waits for --accept-epoch: ${why}`;

/** A verdict that is put off. */
export const waiting = ({ kind }: Verdict, why: string): Verdict => ({
  kind,
  settlement: 'none',
  reason: waitsFor(why),
  waitsFor: 'accept-epoch',
});

/** Why a settlement waits; undefined where it may be done, if the facts below allow it too. */
export const ADOPTION: Readonly<Record<SettlementName, string | undefined>> = {
  'restore-dual': undefined,
  'mark-offline': undefined,
  rebaseline: undefined,
  bind: 'an earlier copy would go to the trash',
  unbind: 'a copy would go to the trash',
  punch: 'data would leave the disk',
  fill: 'data would be written into the file',
  'make-resident': 'a row would be dropped and a copy go to the trash',
  'close-intent': 'an open operation would be forgotten',
  'bind-stale': 'a copy would be bound that is not proven equal',
  strip: 'an attribute or a row would be dropped',
  'fill-and-strip': 'data would be written into the file',
  rebind: 'the rows of other files would be dropped',
};

/** Facts under which even a harmless settlement would overwrite what only one of the records knows. */
const DOUBTS: readonly {
  readonly why: string;
  readonly when: (facts: DecisionFacts, verdict: Verdict, kind: RollbackKind) => boolean;
}[] = [
  { why: 'an operation is open on it', when: ({ intent }) => intent !== 'none' },
  { why: 'rows of files that are gone would be dropped', when: ({ others }) => others === 'gone' },
  {
    why: 'the row names another copy than the file',
    when: ({ attribute, row, names }) =>
      (attribute === 'dual' || attribute === 'offline') && row !== 'none' && names === 'other',
  },
  {
    why: 'the row may be of a time that this filesystem does not know',
    when: ({ row, names }, { to }, kind) =>
      kind === 'filesystem-behind' && row !== 'none' && (row !== to || names === 'number'),
  },
  {
    why: 'size or mtime are not as recorded',
    when: ({ attribute, times }) => (attribute === 'none' || attribute === 'corrupt') && times === 'changed',
  },
];

/** The verdict as it stands before the rollback is accepted: the same, or none that `waitsFor` the administrator. */
export function adoptVerdict(verdict: Verdict, facts: DecisionFacts, kind: RollbackKind): Verdict {
  const { settlement } = verdict;
  if (settlement === 'none') return verdict;
  const why = ADOPTION[settlement] ?? DOUBTS.find(({ when }) => when(facts, verdict, kind))?.why;
  if (why === undefined) return verdict;
  return waiting(verdict, why);
}
