import type { Writable } from 'node:stream';
import { jsonLine, type JsonFields, type LineType } from '../report/json-line.js';
import {
  barProgress,
  jsonProgress,
  lineProgress,
  NO_PROGRESS,
  type ProgressDisplay,
} from '../report/progress-display.js';

export type Format = 'text' | 'ndjson';
export type ProgressChoice = 'auto' | 'always' | 'never';

export interface TerminalOptions {
  readonly format: Format;
  readonly progress: ProgressChoice;
  readonly stdout: Writable & { readonly isTTY?: boolean };
  readonly stderr: Writable & { readonly isTTY?: boolean };
}

/** Where a command's output goes. Results are on stdout, everything else on stderr. */
export class Terminal {
  readonly format: Format;
  readonly stdout: TerminalOptions['stdout'];
  readonly stderr: TerminalOptions['stderr'];
  readonly #progress: ProgressChoice;
  #display: ProgressDisplay = NO_PROGRESS;
  #shown = '';

  constructor(options: TerminalOptions) {
    this.format = options.format;
    this.stdout = options.stdout;
    this.stderr = options.stderr;
    this.#progress = options.progress;
  }

  /** A result: its NDJSON line, or its text (which may be empty). */
  line(type: LineType, fields: JsonFields, text: string): void {
    if (this.format === 'ndjson' || text !== '') this.#display.makeRoom();
    this.stdout.write(this.format === 'ndjson' ? jsonLine(type, fields) : text);
  }

  /** A remark that is no result. */
  note(text: string): void {
    this.#display.makeRoom();
    this.stderr.write(`hsmck: ${text}\n`);
  }

  /** True if somebody watches progress, so that it is worth counting ahead. */
  get showsProgress(): boolean {
    return this.#progress === 'always' || (this.#progress === 'auto' && this.stderr.isTTY === true);
  }

  /** Begins to show progress: a bar on a terminal, lines or NDJSON elsewhere if asked for. */
  startProgress(what: string): ProgressDisplay {
    this.stopProgress();
    this.#shown = what;
    if (!this.showsProgress) return NO_PROGRESS;
    if (this.stderr.isTTY === true) this.#display = barProgress(this.stderr, what);
    else if (this.format === 'ndjson') this.#display = jsonProgress(this.stdout, what);
    else this.#display = lineProgress(this.stderr, what);
    return this.#display;
  }

  /** Goes on with what is shown, or with something else that is counted from here on. */
  showProgress(what: string, done: number, total: number): void {
    if (what !== this.#shown) this.startProgress(what);
    this.#display.update(done, total);
  }

  /** Takes the bar away, before anything else is written. */
  stopProgress(): void {
    this.#display.stop();
    this.#display = NO_PROGRESS;
  }
}
