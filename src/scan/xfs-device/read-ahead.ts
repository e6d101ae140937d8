import fs from 'node:fs';
import { CheckedMemory } from '../../dm/checked-memory.js';
import { NativeError } from '../../native/native-error.js';
import { ReadSpan, SPAN_BYTES_MAX, type SpanPlanner } from './read-span.js';
import type { ScanDevice } from './scan-device.js';

/** Reads under way while one is worked on. */
const READS_IN_FLIGHT = 3;

/** How a read ended: bytes that are there, from the span's start, and why there are no more. */
export interface ReadOutcome {
  readonly bytes: number;
  readonly error?: NativeError;
}

function readSpan(device: ScanDevice, span: ReadSpan): Promise<ReadOutcome> {
  return new Promise((resolve, reject) => {
    fs.read(device.fd, span.bytes, 0, span.lengthBytes, span.fromByte, (error, bytes) => {
      if (error === null) return resolve({ bytes });
      const native = NativeError.fromNode(error, device.path);
      if (native instanceof NativeError) resolve({ bytes: 0, error: native });
      else reject(error);
    });
  });
}

/**
 * Reads spans in their order with some in flight, so that neither the device nor the processor waits for the other.
 * One for each thread; the memory is kept.
 */
export class ReadAhead {
  readonly #device: ScanDevice;
  readonly #planner: SpanPlanner;
  readonly #spans: readonly ReadSpan[];

  constructor(device: ScanDevice, planner: SpanPlanner) {
    this.#device = device;
    this.#planner = planner;
    const spans = READS_IN_FLIGHT + 1;
    const memory = new CheckedMemory(spans * SPAN_BYTES_MAX);
    this.#spans = Array.from({ length: spans }, (_, index) => new ReadSpan(memory, index * SPAN_BYTES_MAX));
  }

  /**
   * Calls `onSpan` for each read, one at a time. `proceed` is asked before each; a false one ends it early.
   * @throws NativeError from the planner, after the reads under way have ended; whatever `onSpan` throws
   */
  async run(proceed: () => boolean, onSpan: (span: ReadSpan, outcome: ReadOutcome) => void): Promise<void> {
    const free = [...this.#spans];
    const queue: { readonly span: ReadSpan; readonly read: Promise<ReadOutcome> }[] = [];
    let failure: { readonly error: unknown } | undefined;
    let ended = false;
    const fillQueue = (): void => {
      try {
        while (!ended && free.length > 0) {
          const span = free.pop();
          ended = span === undefined || !proceed() || !this.#planner.plan(span);
          if (span !== undefined && !ended) queue.push({ span, read: readSpan(this.#device, span) });
        }
      } catch (error) {
        // What was planned before is still gone through.
        failure ??= { error };
        ended = true;
      }
    };
    let isWanted = true;
    fillQueue();
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
      // Always awaited, after a failure too: the kernel is writing into the buffer.
      const outcome = await next.read;
      isWanted &&= proceed();
      try {
        if (isWanted) onSpan(next.span, outcome);
      } catch (error) {
        failure = { error };
        isWanted = false;
        ended = true;
      }
      free.push(next.span);
      fillQueue();
    }
    if (failure !== undefined) throw failure.error;
  }
}
