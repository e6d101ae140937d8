const REVOKED = 0;
const READERS = 1;

/**
 * The right to read the catalog's pages, over shared memory: workers take it for a block at a time, the main thread takes
 * it back for good, and knows when the last reader is out.
 */
export class PageLease {
  readonly #cells: Int32Array;

  constructor(readonly memory: SharedArrayBuffer = new SharedArrayBuffer(2 * Int32Array.BYTES_PER_ELEMENT)) {
    this.#cells = new Int32Array(memory);
  }

  /** False once it was taken back; else `leave` has to follow. */
  enter(): boolean {
    // First in, then the question: a revocation that does not see this reader is seen by it.
    Atomics.add(this.#cells, READERS, 1);
    if (Atomics.load(this.#cells, REVOKED) === 0) return true;
    this.leave();
    return false;
  }

  leave(): void {
    Atomics.sub(this.#cells, READERS, 1);
  }

  /** Nobody gets in any more. True if nobody is in. */
  revoke(): boolean {
    Atomics.store(this.#cells, REVOKED, 1);
    return Atomics.load(this.#cells, READERS) === 0;
  }
}
