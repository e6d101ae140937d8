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

/** The open operation that the catalog has for the inode; its owner is dead. */
export const INTENT_FACTS = ['none', 'archive', 'release', 'recall', 'remove'] as const;
export type IntentFact = (typeof INTENT_FACTS)[number];

export const ROW_FACTS = ['none', 'dual', 'offline'] as const;
export type RowFact = (typeof ROW_FACTS)[number];

/** Whether the object that the attribute names is the intent's; `other` too where the attribute names none. */
export const NAMES_FACTS = ['intent', 'other'] as const;
export type NamesFact = (typeof NAMES_FACTS)[number];

/** `good`: its sha256 was just read back equal. `none`: nobody knows of one. */
export const OBJECT_FACTS = ['good', 'bad', 'missing', 'unreachable', 'none'] as const;
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

export interface DecisionFacts {
  readonly attribute: AttributeFact;
  readonly intent: IntentFact;
  readonly names: NamesFact;
  readonly row: RowFact;
  readonly object: ObjectFact;
  readonly bytes: BytesFact;
  readonly times: TimesFact;
}

/** Which way to go where both lead to a whole file. */
export type Preference = 'auto' | 'complete' | 'revert';
