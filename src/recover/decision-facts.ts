/** What recovery knows of one file when it decides. Plain words, so that the table can be read and enumerated. */

export const ATTRIBUTE_FACTS = [
  'none',
  'archiving',
  'dual',
  'releasing',
  'offline',
  'recalling',
  'removing',
  'partial',
  'corrupt',
  'copied',
  'foreign',
  'newer',
] as const;
export type AttributeFact = (typeof ATTRIBUTE_FACTS)[number];

/**
 * The open operation that the catalog has for the inode; its owner is dead. `keep-file`: a removal that a person asked for
 * with `hsmck resolve --keep file`, to whom the file counts as it is, whatever the copy has.
 */
export const INTENT_FACTS = ['none', 'archive', 'release', 'recall', 'remove', 'keep-file'] as const;
export type IntentFact = (typeof INTENT_FACTS)[number];

export const ROW_FACTS = ['none', 'dual', 'offline'] as const;
export type RowFact = (typeof ROW_FACTS)[number];

/**
 * Which record shares the object that the file's own attribute names: the open intent; else the row, under the same
 * operation number and with the same size; else the row, with another `number` of either kind. `other`: neither does, or the attribute names none. Where the
 * attribute is not the file's own, `row`: the row and the open intent share a copy.
 */
export const NAMES_FACTS = ['intent', 'row', 'number', 'other'] as const;
export type NamesFact = (typeof NAMES_FACTS)[number];

/**
 * `good`: its sha256 was just read back equal. `bad`: other bytes were read. `unreachable`: nothing is known of it, for the
 * store or the medium gave an error, or another object lies in its place. `trashed`: it lies in the store's trash. `other-owner`: only its sidecar
 * knows it, and that is of another catalog or epoch. `none`: nobody knows of one.
 */
export const OBJECT_FACTS = ['good', 'bad', 'missing', 'trashed', 'unreachable', 'other-owner', 'none'] as const;
export type ObjectFact = (typeof OBJECT_FACTS)[number];

/**
 * The file's bytes against the object's. `missing`: holes where the object has data, and equal elsewhere; zeros that
 * somebody wrote there are `differing`. `void`: the object is all zeros and so is the file: equal and missing at once.
 * Without a good object, `equal` is by hash against the catalog and `missing` by the layout against the non-zero map.
 */
export const BYTES_FACTS = ['equal', 'missing', 'void', 'differing', 'unknown'] as const;
export type BytesFact = (typeof BYTES_FACTS)[number];

/** Size and mtime against the record: `same`, only ctime moved, or changed. Never evidence for equal data. */
export const TIMES_FACTS = ['same', 'ctime-moved', 'changed', 'unknown'] as const;
export type TimesFact = (typeof TIMES_FACTS)[number];

/**
 * Who else may claim the object: the inodes that other rows bind to it, and the inode that a copied attribute was written
 * to. `gone`: all of them are, for certain. `identified`: the attribute of a living one is its own and names the object.
 * `unidentified`: one lives, or cannot be looked at, and none identifies itself.
 */
export const OTHERS_FACTS = ['none', 'gone', 'unidentified', 'identified'] as const;
export type OthersFact = (typeof OTHERS_FACTS)[number];

/**
 * Operation numbers. `differ`: the attribute of an unfinished operation has another than the open intent. `ahead`: the
 * attribute's was never given out by this catalog.
 */
export const NUMBERS_FACTS = ['agree', 'differ', 'ahead'] as const;
export type NumbersFact = (typeof NUMBERS_FACTS)[number];

export interface DecisionFacts {
  readonly attribute: AttributeFact;
  readonly intent: IntentFact;
  readonly names: NamesFact;
  readonly row: RowFact;
  readonly object: ObjectFact;
  readonly bytes: BytesFact;
  readonly times: TimesFact;
  readonly others: OthersFact;
  readonly numbers: NumbersFact;
}

/** Which way to go where both lead to a whole file. */
export type Preference = 'auto' | 'complete' | 'revert';
