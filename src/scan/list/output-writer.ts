import type { Writable } from 'node:stream';
import { OperationalError } from '../../errors.js';

/** Writes to a stream no faster than it takes, and turns its error event into a rejection of the next write. */
export class OutputWriter {
  readonly #stream: Writable;
  #error: Error | undefined;
  readonly #noteError = (error: Error): void => {
    this.#error ??= error;
  };

  constructor(stream: Writable) {
    this.#stream = stream;
    stream.on('error', this.#noteError);
  }

  /** @throws the stream's error; OperationalError EOUTPUT if it was closed */
  async write(bytes: Uint8Array): Promise<void> {
    this.#throwError();
    if (this.#stream.destroyed) throw new OperationalError('EOUTPUT', 'the output was closed before the end');
    if (this.#stream.write(bytes)) return;
    await this.#drained();
    this.#throwError();
  }

  #throwError(): void {
    if (this.#error) throw this.#error;
  }

  /** Waits until the stream takes more, or will never take more (a closed pipe). */
  #drained(): Promise<void> {
    const stream = this.#stream;
    return new Promise((resolve) => {
      const events = ['drain', 'close', 'error'];
      const done = (): void => {
        for (const event of events) stream.off(event, done);
        resolve();
      };
      for (const event of events) stream.on(event, done);
    });
  }

  /**
   * Waits until everything has left, and stops listening.
   * @throws the stream's error, if there was one
   */
  async finish(): Promise<void> {
    await new Promise<void>((resolve) => this.#stream.write('', () => resolve()));
    this.#stream.off('error', this.#noteError);
    this.#throwError();
  }
}
