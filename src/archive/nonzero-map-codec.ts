/**
 * The non-zero map in bytes, little-endian:
 *
 *      0 version u8 (= 1)     1 flags u8 (bit 0 coarse)    2 reserved u16 (= 0)
 *      4 crc32c u32 over all bytes, this field taken as zero
 *      8 grain bytes u32     12 number of ranges u32       16 non-zero bytes u64
 *     24 bytes of the last range's last grain u32 (1 to grain; 0 when there is no range)
 *     28 for each range two LEB128 numbers in grains: gap behind the range before (first: from 0), length
 *
 * Counting in grains makes a range two to six bytes; the field at 24 keeps the last range's exact end.
 */
import { crc32c } from '../dm/crc32c-native.js';
import { ContentError } from './content-error.js';
import { isGrain, RANGES_MAX, type NonzeroMap, type NonzeroRange } from './nonzero-map.js';

const VERSION = 1;
const FLAG_COARSE = 1;
const HEADER_BYTES = 28;
const CRC_AT = 4;
const RANGE_BYTES_MAX = 16;

const corrupt = (why: string): ContentError => new ContentError('EMAP_CORRUPT', `non-zero map: ${why}`);

function writeVarint(buffer: Buffer, value: number, at: number): number {
  let rest = value;
  // Division, not shifts: numbers pass 2^32.
  for (; rest >= 0x80; rest = Math.floor(rest / 0x80)) buffer[at++] = (rest % 0x80) | 0x80;
  buffer[at++] = rest;
  return at;
}

/** Fails on a number that is cut off, too large, or not in its shortest form. */
function readVarint(buffer: Buffer, at: number): { readonly value: number; readonly next: number } {
  let value = 0;
  for (let scale = 1, index = at; index < at + 8; scale *= 0x80, index++) {
    const byte = buffer[index];
    if (byte === undefined) throw corrupt('it ends within a number');
    value += (byte & 0x7f) * scale;
    if (byte < 0x80) {
      if (byte === 0 && index > at) throw corrupt('a number is not in its shortest form');
      if (!Number.isSafeInteger(value)) break;
      return { value, next: index + 1 };
    }
  }
  throw corrupt('a number is beyond 2^53 - 1');
}

function crcOf(encoded: Buffer): number {
  return crc32c(encoded.subarray(CRC_AT + 4), crc32c(Buffer.alloc(4), crc32c(encoded.subarray(0, CRC_AT))));
}

/** Encodes a map, as described at the top of this file. */
export function encodeNonzeroMap(map: NonzeroMap): Buffer {
  const grain = map.grainBytes;
  const buffer = Buffer.alloc(HEADER_BYTES + map.ranges.length * RANGE_BYTES_MAX);
  const last = map.ranges.at(-1);
  buffer[0] = VERSION;
  buffer[1] = map.coarse ? FLAG_COARSE : 0;
  buffer.writeUInt32LE(grain, 8);
  buffer.writeUInt32LE(map.ranges.length, 12);
  buffer.writeBigUInt64LE(BigInt(map.nonzeroBytes), 16);
  buffer.writeUInt32LE(last ? last.length - (Math.ceil(last.length / grain) - 1) * grain : 0, 24);
  let at = HEADER_BYTES;
  let endGrain = 0;
  for (const { offset, length } of map.ranges) {
    const grains = Math.ceil(length / grain);
    at = writeVarint(buffer, offset / grain - endGrain, at);
    at = writeVarint(buffer, grains, at);
    endGrain = offset / grain + grains;
  }
  const encoded = buffer.subarray(0, at);
  encoded.writeUInt32LE(crcOf(encoded), CRC_AT);
  return encoded;
}

function readRanges(buffer: Buffer, grain: number, count: number, tailBytes: number): NonzeroRange[] {
  const ranges: NonzeroRange[] = [];
  let at = HEADER_BYTES;
  let endGrain = 0;
  for (let index = 0; index < count; index++) {
    const gap = readVarint(buffer, at);
    const grains = readVarint(buffer, gap.next);
    at = grains.next;
    if (grains.value === 0 || (gap.value === 0 && index > 0)) throw corrupt(`range ${index} is empty or not coalesced`);
    const offset = (endGrain + gap.value) * grain;
    endGrain += gap.value + grains.value;
    if (!Number.isSafeInteger(endGrain * grain)) throw corrupt(`range ${index} ends beyond 2^53 - 1`);
    const length = grains.value * grain - (index === count - 1 ? grain - tailBytes : 0);
    ranges.push({ offset, length });
  }
  if (at !== buffer.length) throw corrupt(`${buffer.length - at} bytes follow the last range`);
  return ranges;
}

/**
 * Decodes and checks a map: equal to the one that was encoded, or an error.
 * @throws ContentError EMAP_NEWER (written by a later hsmck: use that one), EMAP_CORRUPT
 */
export function decodeNonzeroMap(encoded: Buffer): NonzeroMap {
  if (encoded.length < HEADER_BYTES) throw corrupt(`${encoded.length} bytes are too few for a header`);
  if (encoded.readUInt32LE(CRC_AT) !== crcOf(encoded)) throw corrupt('its checksum is wrong');
  const version = encoded[0] ?? 0;
  if (version > VERSION) throw new ContentError('EMAP_NEWER', `non-zero map: version ${version} needs a newer hsmck`);
  const flags = encoded[1] ?? 0;
  if (version !== VERSION || flags > FLAG_COARSE || encoded.readUInt16LE(2) !== 0)
    throw corrupt('reserved values are set');
  const grainBytes = encoded.readUInt32LE(8);
  const count = encoded.readUInt32LE(12);
  const tailBytes = encoded.readUInt32LE(24);
  if (!isGrain(grainBytes) || count > RANGES_MAX) throw corrupt(`${count} ranges of grain ${grainBytes}`);
  if (count === 0 ? tailBytes !== 0 : tailBytes < 1 || tailBytes > grainBytes) throw corrupt(`last grain ${tailBytes}`);
  const ranges = readRanges(encoded, grainBytes, count, tailBytes);
  const coarse = flags === FLAG_COARSE;
  const rangeBytes = ranges.reduce((sum, range) => sum + range.length, 0);
  const nonzeroBytes = Number(encoded.readBigUInt64LE(16));
  const plausible = coarse ? count === 1 && nonzeroBytes > 0 && nonzeroBytes < rangeBytes : nonzeroBytes === rangeBytes;
  if (!plausible) throw corrupt(`its ranges of ${rangeBytes} bytes do not fit its sum of ${nonzeroBytes}`);
  return { grainBytes, ranges, nonzeroBytes, coarse };
}

/** As `decodeNonzeroMap`; undefined for a damaged map, of which a copy is no worse. */
export function mapIfSound(encoded: Buffer): NonzeroMap | undefined {
  try {
    return decodeNonzeroMap(encoded);
  } catch (error) {
    if (error instanceof ContentError && error.code === 'EMAP_CORRUPT') return undefined;
    throw error;
  }
}
