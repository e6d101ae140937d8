/**
 * The drives as a power cut leaves them: everything that was flushed, and of the rest whatever the drive's cache had
 * written by itself. The cut is a prefix of one log over all drives, so they are cut at the same moment.
 */
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import type { WriteRecord } from './write-log.js';

/** What becomes of writes that no flush has followed: nothing is left, everything, or pieces by a seed. */
export type Survivors = 'none' | 'all' | { readonly seed: number };

/** Drives write sectors of this size as a whole. */
const PIECE_BYTES = 4096;

/** A fair coin, the same for the same seed (mulberry32). */
function coinOf(seed: number): () => boolean {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) & 0x10000) !== 0;
  };
}

const survivalOf = (survivors: Survivors): (() => boolean) => {
  if (survivors === 'none') return () => false;
  return survivors === 'all' ? () => true : coinOf(survivors.seed);
};

/** Applies a record, or those pieces of it that survive. */
function apply(log: number, image: number, record: WriteRecord, survives: () => boolean): void {
  const piece = Buffer.alloc(PIECE_BYTES);
  for (let done = 0; done < record.lengthBytes; done += PIECE_BYTES) {
    const lengthBytes = Math.min(PIECE_BYTES, record.lengthBytes - done);
    if (!survives()) continue;
    if (record.type === 'write') fs.readSync(log, piece, 0, lengthBytes, record.dataAt + done);
    else piece.fill(0);
    fs.writeSync(image, piece, 0, lengthBytes, record.offset + done);
  }
}

const everything = (): boolean => true;

/** Replays one log. Cuts have to ascend: what is durable at one is durable at the next. */
export class Replay {
  readonly #durable: { readonly path: string; fd: number; applied: number }[];
  readonly #log: number;

  /**
   * @param images the drives as they were before the first record; they are advanced in place
   * @param ignoredFlushes drives that lie: their flushes count for nothing
   */
  constructor(
    log: string,
    readonly records: readonly WriteRecord[],
    images: readonly string[],
    private readonly ignoredFlushes: readonly number[] = [],
  ) {
    this.#log = fs.openSync(log, 'r');
    this.#durable = images.map((path) => ({ path, fd: fs.openSync(path, 'r+'), applied: 0 }));
  }

  close(): void {
    fs.closeSync(this.#log);
    for (const { fd } of this.#durable) fs.closeSync(fd);
  }

  #lastFlush(image: number, cut: number): number {
    if (this.ignoredFlushes.includes(image)) return 0;
    for (let index = cut - 1; index >= 0; index--) {
      const record = this.records[index];
      if (record?.image === image && record.type === 'flush') return index;
    }
    return 0;
  }

  /** Writes the drives as they are if the power fails before record `cut`, over the files `targets`. */
  cut(cut: number, survivors: Survivors, targets: readonly string[]): void {
    const survives = survivalOf(survivors);
    this.#durable.forEach((durable, image) => {
      const target = targets[image];
      if (target === undefined) throw new Error(`no file for drive ${image}`);
      const flushed = this.#lastFlush(image, cut);
      if (flushed < durable.applied) throw new Error('cuts have to ascend');
      this.#advance(durable.fd, image, durable.applied, flushed, everything);
      durable.applied = flushed;
      execFileSync('cp', ['--sparse=always', durable.path, target]);
      const fd = fs.openSync(target, 'r+');
      this.#advance(fd, image, flushed, cut, survives);
      fs.closeSync(fd);
    });
  }

  #advance(fd: number, image: number, from: number, to: number, survives: () => boolean): void {
    for (const record of this.records.slice(from, to)) {
      if (record.image === image && record.type !== 'flush') apply(this.#log, fd, record, survives);
    }
  }
}
