/** Groups of facts, and reasons, that rules of several kinds share. */
import type { Pattern } from './rule.js';

type Values<F extends keyof Pattern> = NonNullable<Pattern[F]>;

/** The attribute says nothing of this file. */
export const NO_MARK = ['none', 'corrupt'] as const satisfies Values<'attribute'>;
export const IN_FLIGHT = ['archiving', 'releasing', 'recalling', 'removing'] as const satisfies Values<'attribute'>;
export const OWN = [...IN_FLIGHT, 'dual', 'offline', 'partial'] as const satisfies Values<'attribute'>;
export const STRANGE = ['copied', 'foreign'] as const satisfies Values<'attribute'>;
export const ANY_INTENT = ['archive', 'release', 'recall', 'remove', 'keep-file'] as const satisfies Values<'intent'>;
export const BOUND = ['dual', 'offline'] as const satisfies Values<'row'>;
/** No good copy can be read; what the file should hold is known from its record. */
export const NOT_GOOD = ['bad', 'missing', 'trashed'] as const satisfies Values<'object'>;
/** There is no good copy, neither among the objects nor in the trash. */
export const GONE = ['bad', 'missing'] as const satisfies Values<'object'>;
/** Where the data is there, by comparison or by hash. */
export const WHOLE = ['equal', 'void'] as const satisfies Values<'bytes'>;
/** Nobody has touched the file since the record was made, as far as its times say. */
export const UNMOVED = ['same', 'ctime-moved', 'unknown'] as const satisfies Values<'times'>;
/** No living inode is bound to the same object. */
export const ALONE = ['none', 'gone'] as const satisfies Values<'others'>;
export const NOT_ALONE = ['unidentified', 'identified'] as const satisfies Values<'others'>;

export const CONFLICT =
  'the file has bytes that the archived version does not have: the file stays as it is, the copy is kept';
export const LOST = 'data is missing from the file and the archived copy is bad or gone';
export const EMPTIED =
  'data is missing and mtime moved since: a file that somebody emptied and one that was touched look alike; the copy is kept';
/**
 * What a preference says of a file that looks emptied. It is filled either way: a stub whose mtime moved would stay a
 * conflict, and recall refuses that.
 */
export const TOUCHED =
  'the preference says that it was touched, not emptied: its data is brought back from the good copy';
export const EMPTIED_LOST =
  'data is missing, mtime moved since and the archived copy is bad or gone: emptied or lost, nobody can tell';
export const TRASHED =
  'data is missing from the file and its copy lies in the trash of the store: move data and sidecar back to objects/, then recover';
/** Nothing but its attribute says that such a file is not really zeros, and where its data may be. */
export const UNKNOWN_COPY_OF_STUB =
  'neither the catalog nor a sidecar in the store describes the copy that the attribute names. Leave the attribute: it alone says that the data is elsewhere. Put the copy, <object> and <object>.json below objects/, back from a backup of the store, then recover';
export const UNKNOWN_COPY = 'neither the catalog nor the store knows the copy, so nobody can say which bytes are right';
