/** A block as load.c fills it: it says which file, block and sequence it is, and its other bytes follow from that. */
import { HOLE, type Version } from './load-history.js';

export const BLOCK_BYTES = 4096;
const MAGIC = 0x68736d63;
const WORD_BYTES = 4;
const HEADER_WORDS = 4;

function nextRandom(state: number): number {
  let x = state;
  x ^= x << 13;
  x ^= x >>> 17;
  x ^= x << 5;
  return x >>> 0;
}

export interface BlockName {
  readonly seed: number;
  readonly file: number;
  readonly block: number;
}

/** The bytes of a version of a block. */
export function blockBytes({ seed, file, block }: BlockName, version: Version): Buffer {
  const bytes = Buffer.alloc(BLOCK_BYTES);
  if (version === HOLE) return bytes;
  [MAGIC, file, block, version].forEach((word, index) => bytes.writeUInt32LE(word, index * WORD_BYTES));
  const mixed = seed ^ Math.imul(file, 2654435761) ^ Math.imul(block, 40503) ^ Math.imul(version, 2246822519);
  let state = (mixed | 1) >>> 0;
  for (let at = HEADER_WORDS * WORD_BYTES; at < BLOCK_BYTES; at += WORD_BYTES) {
    state = nextRandom(state);
    bytes.writeUInt32LE((state | 1) >>> 0, at);
  }
  return bytes;
}

/** Whether a block is one of these versions, or, while one of them was being written, a mixture of them. */
export function isOneOf(found: Buffer, name: BlockName, versions: readonly Version[]): boolean {
  const allowed = versions.map((version) => blockBytes(name, version));
  if (allowed.some((bytes) => bytes.equals(found))) return true;
  return allowed.length > 1 && found.every((byte, at) => allowed.some((bytes) => bytes[at] === byte));
}

/** The version that a block says it is. */
export const versionNamed = (found: Buffer): Version => found.readUInt32LE(3 * WORD_BYTES);

/** For messages: what a block says of itself. */
export function describeBlock(found: Buffer): string {
  if (found.every((byte) => byte === 0)) return 'zeros';
  if (found.readUInt32LE(0) !== MAGIC) return 'no block of a writer';
  const [file, block] = [1, 2].map((word) => found.readUInt32LE(word * WORD_BYTES));
  return `version ${versionNamed(found)} of file ${file} block ${block}`;
}
