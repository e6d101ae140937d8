/**
 * Command-line arguments as bytes. Node decodes process.argv as UTF-8 and turns every other byte into U+FFFD, so a file
 * name in Latin-1 would name another file. /proc/self/cmdline has the bytes; as strings they carry each byte that is
 * not UTF-8 as a lone surrogate U+DC80..U+DCFF (as Python's "surrogateescape" does), which no valid text contains.
 */
import fs from 'node:fs';
import { nativeCall } from '../native/native-error.js';

const SURROGATE_BASE = 0xdc00;

/** Length of the valid UTF-8 sequence at `at`, 0 if there is none. */
function sequenceLength(bytes: Buffer, at: number): number {
  const first = bytes[at] ?? 0;
  const length = first < 0x80 ? 1 : first < 0xc2 ? 0 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : first < 0xf5 ? 4 : 0;
  if (length <= 1) return length;
  const piece = bytes.subarray(at, at + length);
  return piece.length === length && Buffer.from(piece.toString('utf8'), 'utf8').equals(piece) ? length : 0;
}

/** Text that stands for these bytes, and for no others. */
export function bytesToText(bytes: Buffer): string {
  let text = '';
  for (let at = 0; at < bytes.length;) {
    const length = sequenceLength(bytes, at);
    if (length === 0) {
      text += String.fromCharCode(SURROGATE_BASE + (bytes[at] ?? 0));
      at += 1;
    } else {
      text += bytes.toString('utf8', at, at + length);
      at += length;
    }
  }
  return text;
}

/** The bytes that a text from `bytesToText` stands for. */
export function textToBytes(text: string): Buffer {
  const pieces: Buffer[] = [];
  for (const character of text) {
    const code = character.codePointAt(0) ?? 0;
    const escaped = code >= SURROGATE_BASE + 0x80 && code <= SURROGATE_BASE + 0xff;
    pieces.push(escaped ? Buffer.of(code - SURROGATE_BASE) : Buffer.from(character, 'utf8'));
  }
  return Buffer.concat(pieces);
}

const COMMAND_LINE = '/proc/self/cmdline';

/** The program's own arguments: those behind the script, with every byte kept. */
export function rawArguments(): string[] {
  const given = process.argv.slice(2);
  if (given.length === 0) return [];
  const all = nativeCall(COMMAND_LINE, () => fs.readFileSync(COMMAND_LINE));
  const fields: Buffer[] = [];
  for (let start = 0; start < all.length;) {
    const end = all.indexOf(0, start);
    fields.push(all.subarray(start, end < 0 ? all.length : end));
    start = (end < 0 ? all.length : end) + 1;
  }
  const own = fields.slice(-given.length).map(bytesToText);
  // process.title, once set, overwrites the command line: then what Node decoded has to do.
  const agrees = own.length === given.length && own.every((text, index) => isSame(text, given[index] ?? ''));
  return agrees ? own : given;
}

const isSame = (exact: string, decoded: string): boolean => textToBytes(exact).toString('utf8') === decoded;
