/**
 * Records that cannot be trusted together, and facts that cannot be had together: before any other rule, so that those
 * need not think of them.
 */
import { ANY_INTENT, IN_FLIGHT, NO_MARK, NOT_ALONE, OWN, STRANGE } from './rules-shared.js';
import { refuse, report, type Rule } from './rule.js';

const IMPOSSIBLE = 'changed while it was looked at, or a defect of hsmck: nothing is touched';

/** Two histories met: neither may be believed. */
const NUMBERS: readonly Rule[] = [
  {
    name: 'newer',
    when: { attribute: ['newer'] },
    verdict: refuse('the attribute was written by a newer version of hsmck: use that version'),
  },
  {
    name: 'numbers/ahead',
    when: { numbers: ['ahead'] },
    verdict: refuse(
      'the attribute has a number that this catalog never gave out: an older catalog was put back, or it is another one’s',
    ),
  },
  {
    name: 'numbers/differ',
    when: { numbers: ['differ'] },
    verdict: refuse('the attribute is of another operation than the open intent'),
  },
];

/** What `gatherEvidence` never says; held here so that the table is total. */
const IMPOSSIBLE_FACTS: readonly Rule[] = [
  {
    name: 'impossible/no-name',
    when: { attribute: [...NO_MARK, ...STRANGE], names: ['intent', 'number'] },
    verdict: report(`an attribute that is not the file's own names no copy of it: ${IMPOSSIBLE}`),
  },
  {
    name: 'impossible/unmarked-row',
    when: { attribute: [...NO_MARK, ...STRANGE], intent: ['none'], names: ['row'] },
    verdict: report(`neither attribute nor intent could share the row's copy: ${IMPOSSIBLE}`),
  },
  {
    name: 'impossible/no-intent',
    when: { intent: ['none'], names: ['intent'] },
    verdict: report(`no operation is open that could name the copy: ${IMPOSSIBLE}`),
  },
  {
    name: 'impossible/no-row',
    when: { row: ['none'], names: ['row', 'number'] },
    verdict: report(`no row is there that could name the copy: ${IMPOSSIBLE}`),
  },
  {
    name: 'impossible/no-record',
    when: {
      attribute: NO_MARK,
      intent: ['none'],
      row: ['none'],
      object: ['good', 'bad', 'missing', 'trashed', 'unreachable', 'other-owner'],
    },
    verdict: report(`no record names a copy, yet one was looked at: ${IMPOSSIBLE}`),
  },
  {
    name: 'impossible/bytes-unknown',
    when: { object: ['good', 'bad', 'missing', 'trashed'], bytes: ['unknown'] },
    verdict: report(`the copy is known and was not compared: ${IMPOSSIBLE}`),
  },
  {
    name: 'impossible/bytes-known',
    when: { object: ['none'], bytes: ['equal', 'missing', 'void', 'differing'] },
    verdict: report(`no copy is known that the bytes could be compared with: ${IMPOSSIBLE}`),
  },
];

const STORE: readonly Rule[] = [
  {
    name: 'store/unreachable',
    when: { object: ['unreachable'] },
    verdict: report(
      'nothing is known of the copy: the store cannot be reached, its medium gives an error, or another object lies in its place. ' +
        'Nothing is touched: see to the store, then recover; a copy that its medium has lost for good has to be taken out of objects/ first',
    ),
  },
  {
    name: 'store/other-owner',
    when: { object: ['other-owner'] },
    verdict: report(
      'the copy was made under another catalog or epoch and this one does not know it: it is never bound, moved or relied on',
    ),
  },
];

const mixed = (attribute: (typeof IN_FLIGHT)[number], intent: Rule['when']['intent']): Rule => ({
  name: `${attribute}/other-kind`,
  when: { attribute: [attribute], intent: intent ?? [] },
  verdict: refuse('the attribute is of another kind of operation than the open intent'),
});

const KINDS: readonly Rule[] = [
  mixed('archiving', ['release', 'recall', 'remove', 'keep-file']),
  mixed('releasing', ['archive', 'recall', 'remove', 'keep-file']),
  mixed('recalling', ['archive', 'release', 'remove', 'keep-file']),
  mixed('removing', ['archive', 'release', 'recall']),
  {
    name: 'in-flight/other-copy',
    when: { attribute: IN_FLIGHT, intent: ANY_INTENT, names: ['row', 'number', 'other'] },
    verdict: refuse('the attribute and the open intent name different copies'),
  },
  {
    name: 'in-flight/row-of-other-copy',
    when: { attribute: ['releasing', 'recalling', 'removing'], names: ['other'], row: ['dual', 'offline'] },
    verdict: report('the attribute and the catalog name different copies: both are kept', 'conflict'),
  },
  {
    name: 'offline-intent/archive',
    when: { attribute: ['offline'], intent: ['archive'] },
    verdict: report('the file is in the archive only, which is never archived', 'conflict'),
  },
  {
    name: 'settled-intent/other-copy',
    when: {
      attribute: ['dual', 'offline'],
      intent: ['release', 'recall', 'remove', 'keep-file'],
      names: ['row', 'number', 'other'],
    },
    verdict: refuse('the attribute and the open intent name different copies'),
  },
];

const DUPLICATES: readonly Rule[] = [
  {
    name: 'duplicate/both-identify',
    when: { attribute: OWN, others: ['identified'] },
    verdict: report('another file says as well that the copy is its own: both keep it, nothing is touched', 'conflict'),
  },
  {
    name: 'duplicate/in-flight',
    when: { attribute: [...IN_FLIGHT, 'partial'], others: ['unidentified'] },
    verdict: report('the catalog binds another file to the same copy: that one has to be settled first', 'conflict'),
  },
  {
    name: 'duplicate/open-intent',
    when: { intent: ANY_INTENT, others: NOT_ALONE },
    verdict: report('the catalog binds another file to the same copy: that one has to be settled first', 'conflict'),
  },
];

export const CONTRADICTION_RULES: readonly Rule[] = [
  ...NUMBERS,
  ...IMPOSSIBLE_FACTS,
  ...STORE,
  ...KINDS,
  ...DUPLICATES,
];
