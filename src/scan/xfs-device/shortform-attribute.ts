import { ATTRIBUTE_FLAG, SHORTFORM } from './disk-inode.js';

/** An attribute's name as it stands on disk: without its namespace, which is a flag. */
export interface DiskAttributeName {
  readonly name: Uint8Array;
  readonly flags: number;
}

/** `trusted.hsmck` and the like, as a name on disk. */
export function diskAttributeName(fullName: string): DiskAttributeName {
  const dot = fullName.indexOf('.');
  const flags = fullName.startsWith('user.') ? ATTRIBUTE_FLAG.user : ATTRIBUTE_FLAG.trusted;
  return { name: Buffer.from(fullName.slice(dot + 1), 'latin1'), flags };
}

/** No attribute of this name. */
export const NOT_FOUND = -1;
/** The fork contradicts itself. */
export const MALFORMED = -2;

/** Where the value of the attribute last found starts. Written over by the next search. */
export interface FoundValue {
  at: number;
}

function isNameAt(bytes: Uint8Array, at: number, name: Uint8Array): boolean {
  for (let index = 0; index < name.length; index++) if (bytes[at + index] !== name[index]) return false;
  return true;
}

/**
 * Looks for an attribute in a fork that is kept within the inode, from byte `at` to byte `end`. Returns its value's
 * length, or NOT_FOUND or MALFORMED. Allocates nothing.
 */
export function findShortform(
  found: FoundValue,
  bytes: Uint8Array,
  at: number,
  end: number,
  wanted: DiskAttributeName,
): number {
  if (at + SHORTFORM.entries > end) return MALFORMED;
  const totalBytes = ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0);
  const forkEnd = at + totalBytes;
  if (totalBytes < SHORTFORM.entries || forkEnd > end) return MALFORMED;
  const count = bytes[at + SHORTFORM.count] ?? 0;
  const { name, flags } = wanted;
  let entry = at + SHORTFORM.entries;
  for (let index = 0; index < count; index++) {
    if (entry + SHORTFORM.entryHeaderBytes > forkEnd) return MALFORMED;
    const nameLength = bytes[entry] ?? 0;
    const valueLength = bytes[entry + 1] ?? 0;
    const nameAt = entry + SHORTFORM.entryHeaderBytes;
    const next = nameAt + nameLength + valueLength;
    if (nameLength === 0 || next > forkEnd) return MALFORMED;
    if (nameLength === name.length && bytes[entry + 2] === flags && isNameAt(bytes, nameAt, name)) {
      found.at = nameAt + nameLength;
      return valueLength;
    }
    entry = next;
  }
  return NOT_FOUND;
}
