import type { Fd } from '../../native/io.js';

/**
 * What a source needs of a mounted XFS; plain data, so that it can be handed to worker threads. Descriptors belong to
 * the process, not to a thread: the main thread opens and closes `rootFd`, workers only use it.
 */
export interface ScanMount {
  readonly rootFd: Fd;
  /** From xfsHandleFsid(). Arrives in a worker as a plain Uint8Array. */
  readonly fsid: Uint8Array;
  /** For messages. */
  readonly mountPath: string;
}
