/** Rows of the table `file`. */
import {
  BEHIND_RANGE,
  end,
  END_OF_RUN,
  firstWordOf,
  ID_BYTES,
  integer,
  integerBytes,
  IRREGULAR,
  isInteger,
  openRecord,
  putWords,
  Range,
  strideOf,
  TYPE_ID,
  values,
  WORD_MAX,
} from './record';

const TYPE_DUAL: u32 = 2 * 4 + 13;
const TYPE_OFFLINE: u32 = 2 * 7 + 13;
const DUAL: u32 = 0x6475616c;

/** Columns of bindings, as feed-block.ts has them: pairs have the low word first. */
const FILE_COLUMNS: u32 = 11;
const INO: usize = 0;
const GEN: usize = 2;
const STATE: usize = 3;
const OP: usize = 4;
const SIZE: usize = 6;
const MTIME: usize = 8;
const CTIME: usize = 10;
const NONZERO: usize = 12;
/** Doubles, behind fourteen columns of words. */
const NONZERO_BLOCKS: usize = 14;
/** Behind the doubles. */
const OBJECT_ID: usize = 16;

/** State codes of the DM attribute. */
const CODE_DUAL: u32 = 2;
const CODE_OFFLINE: u32 = 4;

/** Takes one binding; how the run ended, or END_OF_RUN if it goes on. */
export function takeFile(range: Range, page: usize, at: u32, row: u32): u32 {
  const types = openRecord(range, page, at, FILE_COLUMNS);
  if (types === 0) return IRREGULAR;
  let value = values;
  const fsType: u32 = load<u8>(types);
  const inoType: u32 = load<u8>(types, 1);
  const genType: u32 = load<u8>(types, 2);
  if (!isInteger(fsType) || !isInteger(inoType) || !isInteger(genType)) return IRREGULAR;
  const fs = integer(fsType, value);
  value += integerBytes(fsType);
  const ino = integer(inoType, value);
  value += integerBytes(inoType);
  const gen = integer(genType, value);
  value += integerBytes(genType);
  if (ino < 0 || gen < 0 || gen > WORD_MAX || value > end) return IRREGULAR;
  // Strictly ascending, or the pages are not what they seem: for ever round in a loop of them, perhaps.
  if (fs !== <i64>range.fs) return fs > <i64>range.fs && fs <= WORD_MAX ? BEHIND_RANGE : IRREGULAR;
  const isFirst = range.isBegun === 0;
  if (isFirst ? ino < range.fromIno : ino < range.lastIno || (ino === range.lastIno && <u32>gen <= range.lastGen))
    return IRREGULAR;
  if (ino > range.toIno) return BEHIND_RANGE;
  range.isBegun = 1;
  range.lastIno = ino;
  range.lastGen = <u32>gen;

  const stride = strideOf(range);
  const column = firstWordOf(range, row);
  putWords(column + INO * stride, stride, ino);
  store<u32>(column + GEN * stride, <u32>gen);

  const stateType: u32 = load<u8>(types, 3);
  if (stateType !== TYPE_DUAL && stateType !== TYPE_OFFLINE) return IRREGULAR;
  const isDual = stateType === TYPE_DUAL && bswap<u32>(load<u32>(value)) === DUAL;
  store<u32>(column + STATE * stride, isDual ? CODE_DUAL : CODE_OFFLINE);
  value += stateType === TYPE_DUAL ? 4 : 7;

  if (load<u8>(types, 4) !== TYPE_ID) return IRREGULAR;
  const id = <usize>range.block + OBJECT_ID * stride + row * ID_BYTES;
  store<u64>(id, load<u64>(value));
  store<u64>(id, load<u64>(value, 8), 8);
  value += ID_BYTES;

  const opType: u32 = load<u8>(types, 5);
  const btimeType: u32 = load<u8>(types, 6);
  const sizeType: u32 = load<u8>(types, 7);
  const mtimeType: u32 = load<u8>(types, 8);
  const ctimeType: u32 = load<u8>(types, 9);
  const nonzeroType: u32 = load<u8>(types, 10);
  if (!isInteger(opType) || !isInteger(btimeType) || !isInteger(sizeType)) return IRREGULAR;
  if (!isInteger(mtimeType) || !isInteger(ctimeType) || !isInteger(nonzeroType)) return IRREGULAR;
  putWords(column + OP * stride, stride, integer(opType, value));
  value += integerBytes(opType) + integerBytes(btimeType);
  putWords(column + SIZE * stride, stride, integer(sizeType, value));
  value += integerBytes(sizeType);
  putWords(column + MTIME * stride, stride, integer(mtimeType, value));
  value += integerBytes(mtimeType);
  putWords(column + CTIME * stride, stride, integer(ctimeType, value));
  value += integerBytes(ctimeType);
  const nonzero = integer(nonzeroType, value);
  value += integerBytes(nonzeroType);
  putWords(column + NONZERO * stride, stride, nonzero);
  // Exact below 4 EiB.
  const blocks = (<u64>nonzero >> 9) + (nonzero & 511 ? 1 : 0);
  store<f64>(<usize>range.block + NONZERO_BLOCKS * stride + (row << 3), <f64>blocks);
  return value > end ? IRREGULAR : END_OF_RUN;
}
