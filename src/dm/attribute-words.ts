/**
 * The quick way for the many: an attribute of the present version without a flag or a flaw but perhaps a wrong checksum, looked at by words. It says
 * nothing of any other; attribute-view.ts does. Tests hold the two equal.
 */
import { ATTRIBUTE_VERSION } from './attribute-layout.js';
import { WORD } from './attribute-view.js';
import { STATES } from './states.js';

const {
  opHigh: OP_HIGH,
  objectId: OBJECT_ID,
  inoLow: INO_LOW,
  inoHigh: INO_HIGH,
  gen: GEN,
  sizeHigh: SIZE_HIGH,
} = WORD;

/** The first word of a plain attribute -> its state: version, state code and no flags make up that word. */
const FIRST_WORDS_MAX = 0x1_0000;
const IS_STATE = new Uint8Array(256);
for (const { code } of STATES) IS_STATE[code] = 1;

/** Not a plain attribute of this inode: to be looked at closely. */
export const NOT_PLAIN = -1;

/**
 * The state code of the attribute whose words start at `at`, if it is a file's, without flags, of the present version and names
 * this very inode; else NOT_PLAIN. To be believed only if its checksum is right, which is for the caller to verify.
 */
export function plainStateAt(words: Int32Array, at: number, inoLow: number, inoHigh: number, gen: number): number {
  const first = (words[at] as number) >>> 0;
  const code = first >>> 8;
  if (first >= FIRST_WORDS_MAX || (first & 0xff) !== ATTRIBUTE_VERSION || IS_STATE[code] === 0) return NOT_PLAIN;
  const isOwn =
    words[at + INO_LOW] === (inoLow | 0) && words[at + INO_HIGH] === (inoHigh | 0) && words[at + GEN] === (gen | 0);
  const isInRange = ((words[at + OP_HIGH] as number) | (words[at + SIZE_HIGH] as number) | inoHigh) >= 0;
  const id = at + OBJECT_ID;
  const isNamed =
    ((words[id] as number) | (words[id + 1] as number) | (words[id + 2] as number) | (words[id + 3] as number)) !== 0;
  return isOwn && isInRange && isNamed ? code : NOT_PLAIN;
}
