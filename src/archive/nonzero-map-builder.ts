import { invariant } from '../errors.js';
import { isZero } from './is-zero.js';
import { assertGrain, RANGES_MAX, type NonzeroMap } from './nonzero-map.js';

interface OpenRange {
  offset: number;
  length: number;
}

/**
 * Builds a non-zero map from data chunks in ascending order; what is not fed counts as zeros. Memory stays bounded: past
 * RANGES_MAX ranges only the covering range and the sum go on.
 */
export class NonzeroMapBuilder {
  readonly #grainBytes: number;
  #ranges: OpenRange[] = [];
  #last: OpenRange | undefined;
  #nonzeroBytes = 0;
  #coarse = false;
  #fedTo = 0;

  constructor(grainBytes: number) {
    assertGrain(grainBytes);
    this.#grainBytes = grainBytes;
  }

  /** Takes `bytes` as the content at `offset`. Chunks must not overlap or go back. */
  add(bytes: Buffer, offset: number): void {
    invariant(offset >= this.#fedTo, `content at ${offset} was fed after content up to ${this.#fedTo}`);
    this.#fedTo = offset + bytes.length;
    const grain = this.#grainBytes;
    for (let at = 0; at < bytes.length;) {
      const position = offset + at;
      const end = Math.min(at + grain - (position % grain), bytes.length);
      if (!isZero(bytes, at, end)) this.#mark(position - (position % grain));
      at = end;
    }
  }

  /** The map of a file of this size, which no chunk may pass. */
  finish(sizeBytes: number): NonzeroMap {
    invariant(this.#fedTo <= sizeBytes, `content up to ${this.#fedTo} was fed for a file of ${sizeBytes} bytes`);
    const excess = this.#last ? Math.max(0, this.#last.offset + this.#last.length - sizeBytes) : 0;
    // Only the last grain can stick out, and it belongs to the last range.
    if (this.#last) this.#last.length -= excess;
    const ranges = this.#ranges.map(({ offset, length }) => ({ offset, length }));
    return { grainBytes: this.#grainBytes, ranges, nonzeroBytes: this.#nonzeroBytes - excess, coarse: this.#coarse };
  }

  #mark(grainStart: number): void {
    const grain = this.#grainBytes;
    const last = this.#last;
    const lastEnd = last ? last.offset + last.length : 0;
    // The grain may have been marked already by the chunk that ended in it.
    if (last && lastEnd > grainStart) return;
    this.#nonzeroBytes += grain;
    if (last && (this.#coarse || lastEnd === grainStart)) {
      last.length = grainStart + grain - last.offset;
      return;
    }
    this.#last = { offset: grainStart, length: grain };
    this.#ranges.push(this.#last);
    if (this.#ranges.length > RANGES_MAX) this.#coarsen(grainStart + grain);
  }

  #coarsen(end: number): void {
    const offset = this.#ranges[0]?.offset ?? 0;
    this.#last = { offset, length: end - offset };
    this.#ranges = [this.#last];
    this.#coarse = true;
  }
}
