import { formatSeconds } from '../../report/format-amount.js';
import { jsonLine, type JsonFields, type LineType } from '../../report/json-line.js';
import type { DemoOptions } from './demo-options.js';
import { textStyle, type TextStyle } from './text-style.js';
import { hangText, wrapText } from './wrap-text.js';

const INDENT = '    ';
const TEXT_WIDTH = 92;
const CLEAR_LINE = '\r\u001b[2K';

const LABEL_WIDTH = 11;
const NO_BREAK = '\u00a0';

type Paint = (text: string) => string;

/** How a row looks: the width of its label in characters, and what is done to label and text. */
export interface RowStyle {
  readonly width?: number;
  readonly label?: Paint;
  readonly text?: Paint;
}

const plain: Paint = (text) => text;

type Outlet = Pick<DemoOptions, 'format' | 'progress' | 'stdout' | 'stderr' | 'color'>;

/** Tells the demo's story: sentences for a person, or records for a program, never both. */
export class Teller {
  readonly style: TextStyle;
  readonly #outlet: Outlet;
  readonly #showsStatus: boolean;
  #statusShown = false;

  constructor(outlet: Outlet) {
    this.#outlet = outlet;
    this.style = textStyle(outlet.color);
    this.#showsStatus = outlet.progress && outlet.format === 'text' && outlet.stderr.isTTY === true;
  }

  #print(text: string): void {
    this.clearStatus();
    if (this.#outlet.format === 'text') this.#outlet.stdout.write(`${text}\n`);
  }

  /** The story's headline. */
  headline(text: string): void {
    this.#print(this.style.bold(text));
  }

  /** A chapter's number and title, with a blank line before. */
  title(number: number, text: string): void {
    this.#print(`\n${this.style.bold(this.style.accent(String(number).padStart(2)))}  ${this.style.bold(text)}`);
  }

  /** A paragraph, broken into lines. */
  say(text: string): void {
    for (const line of wrapText(text, TEXT_WIDTH)) this.#print(INDENT + line);
  }

  /** A row of a table: a label, and text hanging beside it. Both are styled only after they were measured. */
  row(label: string, text: string, style: RowStyle = {}): void {
    const { width = LABEL_WIDTH, label: paintLabel = plain, text: paintText = plain } = style;
    for (const line of hangText(label, text, width)) {
      const head = line.slice(0, width);
      this.#print(INDENT + (head.trim() === '' ? head : paintLabel(head)) + paintText(line.slice(width)));
    }
  }

  /** A row that ends with how long it took. */
  timed(label: string, text: string, seconds: number, width = LABEL_WIDTH): void {
    const duration = `(${formatSeconds(seconds)})`;
    // A no-break space keeps number and unit together while lines are broken.
    const unbroken = duration.replace(' ', NO_BREAK);
    const paint = (line: string): string => line.replace(unbroken, this.style.dim(duration));
    this.row(label, `${text} ${unbroken}`, { text: paint, width });
  }

  /** A record for programs. */
  record(type: LineType, fields: JsonFields): void {
    if (this.#outlet.format === 'ndjson') this.#outlet.stdout.write(jsonLine(type, fields));
  }

  /** A remark that is no result, on stderr. */
  complain(text: string): void {
    this.clearStatus();
    this.#outlet.stderr.write(`hsmck demo: ${text}\n`);
  }

  /** What is being done at the moment; the next line takes its place. */
  status(text: string): void {
    if (!this.#showsStatus) return;
    this.#outlet.stderr.write(`${CLEAR_LINE}${INDENT}${this.style.dim(`${text} ...`)}`);
    this.#statusShown = true;
  }

  clearStatus(): void {
    if (this.#statusShown) this.#outlet.stderr.write(CLEAR_LINE);
    this.#statusShown = false;
  }
}
