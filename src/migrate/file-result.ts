import type { InodeId } from '../native/inode-id.js';
import type { PathBytes } from '../native/io.js';

/**
 * What became of one file. `planned`: a dry run would do it. `already`: it was as wanted. `busy`: in use, or another operation is at work. `wrong-state`:
 * this operation does not apply to it. `interrupted`: an earlier operation died on it, `hsmck recover` comes first.
 * `changed`, `conflict`: its bytes or its size are not what the record says. `cancelled`: the user wanted to stop, and it is as it was.
 * `failed`: an error, see `why`.
 */
export type FileOutcome =
  | 'archived'
  | 'released'
  | 'recalled'
  | 'removed'
  | 'resolved'
  | 'planned'
  | 'already'
  | 'busy'
  | 'wrong-state'
  | 'interrupted'
  | 'changed'
  | 'conflict'
  | 'cancelled'
  | 'failed';

export interface FileResult {
  readonly path: PathBytes;
  readonly id?: InodeId;
  readonly result: FileOutcome;
  /** One sentence; absent where the result says all. */
  readonly why?: string;
  /** The error's stable code, for `failed`. */
  readonly code?: string;
  readonly sizeBytes?: bigint;
}
