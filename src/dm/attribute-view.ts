/**
 * Looking at encoded attributes where they lie, inside a batch of thousands, without an object for each. What is judged
 * here and what decode-attribute.ts says are one and the same code.
 */
import { attributeCrcAt, wordAt } from './attribute-crc.js';
import { ATTRIBUTE_BYTES, ATTRIBUTE_VERSION, FLAG_MTIME_SATURATED, KNOWN_FLAGS, OFFSET } from './attribute-layout.js';
import { ROOT_STATE_CODE, stateOfCode } from './states.js';

/** `file`: a managed file's; `root`: a root mark; `newer`: intact, but of a version that this code does not know. */
export type AttributeKind = 'file' | 'root' | 'newer' | 'corrupt';

/** Which of the attribute's sixteen 32-bit words holds what, for a reader with a Uint32Array on a little-endian host. */
export const WORD = {
  opLow: 2,
  opHigh: 3,
  objectId: 4,
  inoLow: 8,
  inoHigh: 9,
  gen: 10,
  fsId: 11,
  sizeLow: 12,
  sizeHigh: 13,
  mtimeLow: 14,
  mtimeHigh: 15,
} as const;

export type AttributeWord = keyof typeof WORD;

/** The word of an encoded attribute that starts at byte `at`; unsigned 32 bits. Works on hosts of either byte order. */
export const attributeWordAt = (bytes: Uint8Array, at: number, word: AttributeWord): number =>
  wordAt(bytes, at + 4 * WORD[word]) >>> 0;

/** The state's code: one of STATES, or ROOT_STATE_CODE. */
export const stateCodeAt = (bytes: Uint8Array, at: number): number => bytes[at + OFFSET.state] ?? 0;

/** The version of the format. */
export const versionAt = (bytes: Uint8Array, at: number): number => bytes[at + OFFSET.version] ?? 0;

/** The flags, 16 bits. */
export const flagsAt = (bytes: Uint8Array, at: number): number => wordAt(bytes, at + OFFSET.flags) & 0xffff;

/** True when 64 bytes are there and their checksum fits; says nothing of version, state or flags. */
export function isIntactAt(bytes: Uint8Array, at: number): boolean {
  if (at < 0 || at + ATTRIBUTE_BYTES > bytes.length) return false;
  return wordAt(bytes, at + OFFSET.crc) >>> 0 === attributeCrcAt(bytes, at);
}

const isNegative = (bytes: Uint8Array, fieldAt: number): boolean => ((bytes[fieldAt + 7] ?? 0) & 0x80) !== 0;

const isZero = (bytes: Uint8Array, from: number, to: number): boolean => {
  for (let at = from; at < to; at += 4) if (wordAt(bytes, at) !== 0) return false;
  return true;
};

/** A saturated mtime is the least or the greatest value of a signed 64-bit integer, and nothing between. */
function isExtremeTime(bytes: Uint8Array, at: number): boolean {
  const low = wordAt(bytes, at);
  const high = wordAt(bytes, at + 4);
  return (low === 0 && high === -0x8000_0000) || (low === -1 && high === 0x7fff_ffff);
}

/** What the 64 bytes of an intact version 1 attribute must not hold, whoever wrote them; undefined if all is well. */
function contentFlawAt(bytes: Uint8Array, at: number): string | undefined {
  const flags = flagsAt(bytes, at);
  const state = stateCodeAt(bytes, at);
  if ((flags & ~KNOWN_FLAGS) !== 0) return 'it has flags that version 1 does not know';
  if (isNegative(bytes, at + OFFSET.op)) return 'its operation number is out of range';
  if (isNegative(bytes, at + OFFSET.ino)) return 'its inode number is out of range';
  if (isNegative(bytes, at + OFFSET.size)) return 'its size is out of range';
  if (isZero(bytes, at + OFFSET.objectId, at + OFFSET.ino)) return 'its id is all zeros';
  if (state === ROOT_STATE_CODE) return flags === 0 ? undefined : 'it is a root mark with flags';
  if (stateOfCode(state) === undefined) return 'its state is unknown';
  if ((flags & FLAG_MTIME_SATURATED) !== 0 && !isExtremeTime(bytes, at + OFFSET.mtime)) {
    return 'its time is flagged as saturated and is not';
  }
  return undefined;
}

/**
 * Why the 64 bytes from `at` on are no valid attribute, as a constant text; undefined if they are valid or of a newer
 * version. The checksum comes first: nothing else is believed of bytes that it does not cover.
 */
export function attributeFlawAt(bytes: Uint8Array, at: number): string | undefined {
  if (!isIntactAt(bytes, at)) return 'its checksum is wrong';
  const version = versionAt(bytes, at);
  if (version === 0) return 'its version is 0';
  return version > ATTRIBUTE_VERSION ? undefined : contentFlawAt(bytes, at);
}

/** What kind of attribute the 64 bytes from `at` on are. */
export function attributeKindAt(bytes: Uint8Array, at: number): AttributeKind {
  if (attributeFlawAt(bytes, at) !== undefined) return 'corrupt';
  if (versionAt(bytes, at) > ATTRIBUTE_VERSION) return 'newer';
  return stateCodeAt(bytes, at) === ROOT_STATE_CODE ? 'root' : 'file';
}
