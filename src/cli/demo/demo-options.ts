import type { Writable } from 'node:stream';

export interface DemoOptions {
  /** `text` tells the story to a person, `ndjson` gives the same as data. */
  readonly format: 'text' | 'ndjson';
  /** Passed on to the commands that the demo runs. */
  readonly threads: number;
  /** Show on stderr what is being done at the moment; only where stderr is a terminal. */
  readonly progress: boolean;
  /** When aborted, the demo cleans up and ends with status 32. */
  readonly signal: AbortSignal;
  readonly stdout: Writable;
  readonly stderr: Writable & { readonly isTTY?: boolean };
  readonly color: boolean;
  /**
   * A file, relative to the demo's filesystem, of which one byte is flipped right before the comparison: shows that the
   * comparison can see.
   */
  readonly damage?: string;
}
