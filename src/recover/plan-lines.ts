/**
 * The plan as lines: a header, an action a line, and an end that seals them. An action is left out by turning its
 * `"skip":false` to `true`; that is the one change that the seal allows, for whoever deletes a line could as well have lost
 * the rest of the file.
 */
import { createHash } from 'node:crypto';
import { encodeFacts } from '../catalog/finding-facts.js';
import { pread, type Fd } from '../native/io.js';
import { PlanError } from './plan-error.js';
import { PlanFields } from './plan-fields.js';

const CHUNK_BYTES = 64 * 1024;
/** A path has 4,096 bytes at most; in base64, with all facts, far less than this. */
const LINE_BYTES_MAX = 64 * 1024;
const NEWLINE = 0x0a;

const KEPT = Buffer.from('{"type":"action","skip":false,');
const LEFT_OUT = Buffer.from('{"type":"action","skip":true,');
const END = Buffer.from('{"type":"end",');

const startsWith = (line: Buffer, start: Buffer): boolean => line.subarray(0, start.length).equals(start);

export const isLeftOut = (line: Buffer): boolean => startsWith(line, LEFT_OUT);
export const isEnd = (line: Buffer): boolean => startsWith(line, END);

/**
 * The lines of an open file from its start, without their ends.
 * @throws PlanError EPLAN when a line is too long or the last one has no end; NativeError
 */
export function* planLines(fd: Fd, target: string): Generator<Buffer> {
  const chunk = Buffer.alloc(CHUNK_BYTES);
  let rest: Buffer = Buffer.alloc(0);
  let offset = 0;
  for (;;) {
    const count = pread(fd, chunk, CHUNK_BYTES, offset, target);
    if (count === 0) break;
    offset += count;
    rest = Buffer.concat([rest, chunk.subarray(0, count)]);
    let start = 0;
    for (let at = rest.indexOf(NEWLINE); at >= 0; at = rest.indexOf(NEWLINE, start)) {
      yield rest.subarray(start, at);
      start = at + 1;
    }
    rest = rest.subarray(start);
    if (rest.length > LINE_BYTES_MAX) throw new PlanError('EPLAN', `${target} is no plan of hsmck: a line is too long`);
  }
  if (rest.length > 0) throw new PlanError('EPLAN', `${target} is cut short: its last line is not whole`);
}

/** Adds up what the end line seals. */
export class PlanSeal {
  readonly #hash = createHash('sha256');
  #actions = 0;

  addHeader(line: Buffer): void {
    this.#hash.update(line).update('\n');
  }

  addAction(line: Buffer): void {
    this.#actions += 1;
    if (isLeftOut(line)) this.#hash.update(KEPT).update(line.subarray(LEFT_OUT.length));
    else this.#hash.update(line);
    this.#hash.update('\n');
  }

  /** The end's line, without its end. */
  encodeEnd(): string {
    return encodeFacts({ type: 'end', actions: this.#actions, sha256: this.#hash.digest('hex') });
  }

  /** How many actions are sealed. @throws PlanError EPLAN unless these are the lines that were written */
  assertMatches(end: Buffer, target: string): number {
    const fields = new PlanFields(end, `${target}: the last line`);
    const [actions, sha256] = [fields.whole('actions'), fields.text('sha256')];
    if (actions === this.#actions && sha256 === this.#hash.digest('hex')) return actions;
    throw new PlanError(
      'EPLAN',
      `${target} is not as it was written (it was made with ${actions} actions and has ${this.#actions}). ` +
        'To leave an action out, change nothing but its "skip":false to "skip":true',
    );
  }
}
