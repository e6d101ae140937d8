import type { Writable } from 'node:stream';
import { Presets, SingleBar } from 'cli-progress';
import { formatCount, formatRate, formatSeconds } from './format-amount.js';
import { jsonLine } from './json-line.js';

/** Shows how far a command has come. */
export interface ProgressDisplay {
  /** `total` is 0 while it is not known. */
  update(done: number, total: number): void;
  /** Makes room for a line of something else; what is shown comes again below it. */
  makeRoom(): void;
  stop(): void;
}

const NOTHING = (): void => undefined;

export const NO_PROGRESS: ProgressDisplay = { update: NOTHING, makeRoom: NOTHING, stop: NOTHING };

/** Back to the beginning of the line, and nothing on it. */
const EMPTY_LINE = '\r\u001b[K';

const now = (): number => performance.now() / 1000;

/** A bar with rate and time left, on a terminal. */
export function barProgress(stream: Writable, what: string): ProgressDisplay {
  const started = now();
  let bar: SingleBar | undefined;
  const timeLeft = (done: number, total: number): string =>
    done > 0 && total > done ? formatSeconds(((now() - started) / done) * (total - done)) : '-';
  return {
    update: (done, total) => {
      const payload = {
        done: formatCount(done),
        all: formatCount(Math.max(total, done)),
        rate: formatRate(done, now() - started),
        left: timeLeft(done, total),
      };
      if (bar === undefined) {
        const format = `{bar} {percentage} % | {done}/{all} ${what} | {rate} | {left} left`;
        bar = new SingleBar(
          { format, stream: stream, hideCursor: true, clearOnComplete: true, barsize: 28 },
          Presets.shades_classic,
        );
        bar.start(Math.max(total, 1), 0, payload);
      }
      bar.setTotal(Math.max(total, done, 1));
      bar.update(done, payload);
    },
    makeRoom: () => void (bar && stream.write(EMPTY_LINE)),
    stop: () => bar?.stop(),
  };
}

/** One line every few seconds, where there is no terminal but progress was asked for. */
export function lineProgress(stream: Writable, what: string, intervalSeconds = 5): ProgressDisplay {
  const started = now();
  let last = started;
  return {
    update: (done, total) => {
      if (now() - last < intervalSeconds) return;
      last = now();
      const of = total > 0 ? ` of ${formatCount(Math.max(total, done))}` : '';
      stream.write(`${formatCount(done)}${of} ${what}, ${formatRate(done, now() - started)}\n`);
    },
    makeRoom: NOTHING,
    stop: NOTHING,
  };
}

/** NDJSON lines of type `progress`, one a second. */
export function jsonProgress(stream: Writable, what: string): ProgressDisplay {
  let last = now();
  return {
    update: (done, total) => {
      if (now() - last < 1) return;
      last = now();
      stream.write(jsonLine('progress', { what, done, total: total > 0 ? Math.max(total, done) : null }));
    },
    makeRoom: NOTHING,
    stop: NOTHING,
  };
}
