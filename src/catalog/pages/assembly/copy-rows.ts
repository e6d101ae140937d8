/** What is read of archived copies: the index `file_by_object` and the table `object`. */
import {
  BEHIND_RANGE,
  bigEndian64,
  end,
  END_OF_RUN,
  firstWordOf,
  ID_BYTES,
  integer,
  integerBytes,
  IRREGULAR,
  isInteger,
  openRecord,
  overflowPage,
  overflowPages,
  Range,
  strideOf,
  TYPE_ID,
  TYPE_TEXT_MIN,
  values,
  WORD_MAX,
} from './record';

/** What is asked of a status, as OBJECT_STATUS has it. */
const VERIFIED_HERE: u32 = 0;
const FINISHED: u32 = 1;
const INCOMPLETE_OR_ODD: u32 = 2;

const VERIFIED: u64 = 0x7665726966696564;
/** Of `complete`, too. Lengths tell most of them apart. */
const TYPE_VERIFIED: u32 = 2 * 8 + 13;
const TYPE_TRASH: u32 = 2 * 5 + 13;
const TYPE_PURGED: u32 = 2 * 6 + 13;

function isText(type: u32): bool {
  return type >= TYPE_TEXT_MIN && (type & 1) !== 0;
}

function textBytes(type: u32): u32 {
  return (type - TYPE_TEXT_MIN) >> 1;
}

function statusOf(type: u32, at: usize, isHere: bool): u32 {
  if (type === TYPE_VERIFIED) return isHere && bigEndian64(at) === VERIFIED ? VERIFIED_HERE : FINISHED;
  return type === TYPE_TRASH || type === TYPE_PURGED ? FINISHED : INCOMPLETE_OR_ODD;
}

function isOfStore(range: Range, at: usize): bool {
  return load<u64>(at) === range.store0 && load<u64>(at, 8) === range.store1;
}

/** How an object id stands to the range and the one before, which it may repeat in an index: END_OF_RUN if it is the next one. */
function takeId(range: Range, at: usize, mayRepeat: bool): u32 {
  const id0 = bigEndian64(at);
  const id1 = bigEndian64(at + 8);
  if (range.isBegun === 1) {
    const isBehind = id0 > range.last0 || (id0 === range.last0 && id1 > range.last1);
    const isSame = id0 === range.last0 && id1 === range.last1;
    if (!isBehind && !(isSame && mayRepeat)) return IRREGULAR;
  } else if (range.hasAfter === 1) {
    if (id0 < range.after0 || (id0 === range.after0 && id1 <= range.after1)) return IRREGULAR;
  }
  if (range.hasUpTo === 1 && (id0 > range.upTo0 || (id0 === range.upTo0 && id1 > range.upTo1))) return BEHIND_RANGE;
  range.isBegun = 1;
  range.last0 = id0;
  range.last1 = id1;
  return END_OF_RUN;
}

const TOP_BIT: u32 = 0x8000_0000;

/** Writes an id as four words that compare as signed numbers the way ids do. */
function putKey(at: usize, id: usize): void {
  for (let word: usize = 0; word < ID_BYTES; word += 4)
    store<u32>(at + word, bswap<u32>(load<u32>(id + word)) ^ TOP_BIT);
}

const BOUND_COLUMNS: u32 = 4;
const BOUND_FS: usize = 0;
const IS_REPEATED: usize = 1;
const BOUND_KEY: usize = 2;

/** Takes one record of `file_by_object`; how the run ended, or END_OF_RUN if it goes on. */
export function takeBinding(range: Range, page: usize, at: u32, row: u32): u32 {
  const types = openRecord(range, page, at, BOUND_COLUMNS);
  if (types === 0 || overflowPages > 0 || load<u8>(types) !== TYPE_ID) return IRREGULAR;
  const fsType: u32 = load<u8>(types, 1);
  const fsAt = values + ID_BYTES;
  if (!isInteger(fsType) || fsAt + integerBytes(fsType) > end) return IRREGULAR;
  const fs = integer(fsType, fsAt);
  if (fs < 0 || fs > WORD_MAX) return IRREGULAR;
  const isRepeated =
    range.isBegun === 1 && bigEndian64(values) === range.last0 && bigEndian64(values + 8) === range.last1;
  const stop = takeId(range, values, true);
  if (stop !== END_OF_RUN) return stop;
  const stride = strideOf(range);
  const column = firstWordOf(range, row);
  store<u32>(column + BOUND_FS * stride, <u32>fs);
  store<u32>(column + IS_REPEATED * stride, isRepeated ? 1 : 0);
  putKey(<usize>range.block + BOUND_KEY * stride + row * ID_BYTES, values);
  return END_OF_RUN;
}

const OBJECT_COLUMNS: u32 = 6;
const OBJECT_STATUS: usize = 0;
const OVERFLOW_PAGE: usize = 1;
const OVERFLOW_PAGES: usize = 2;
const OBJECT_KEY: usize = 3;

/** Takes one row of `object`; how the run ended, or END_OF_RUN if it goes on. What another filesystem has verified counts as finished. */
export function takeObject(range: Range, page: usize, at: u32, row: u32): u32 {
  const types = openRecord(range, page, at, OBJECT_COLUMNS);
  if (types === 0 || load<u8>(types) !== TYPE_ID || load<u8>(types, 1) !== TYPE_ID) return IRREGULAR;
  const fsType: u32 = load<u8>(types, 2);
  const inoType: u32 = load<u8>(types, 3);
  const genType: u32 = load<u8>(types, 4);
  const statusType: u32 = load<u8>(types, 5);
  if (!isInteger(fsType) || !isInteger(inoType) || !isInteger(genType) || !isText(statusType)) return IRREGULAR;
  const isHere = isOfStore(range, values + ID_BYTES);
  let value = values + 2 * ID_BYTES;
  const fs = integer(fsType, value);
  if (fs < 0 || fs > WORD_MAX) return IRREGULAR;
  value += integerBytes(fsType) + integerBytes(inoType) + integerBytes(genType);
  const status = statusOf(statusType, value, isHere && fs === <i64>range.fs);
  if (value + textBytes(statusType) > end) return IRREGULAR;
  const stop = takeId(range, values, false);
  if (stop !== END_OF_RUN) return stop;
  const stride = strideOf(range);
  const column = firstWordOf(range, row);
  store<u32>(column + OBJECT_STATUS * stride, status);
  store<u32>(column + OVERFLOW_PAGE * stride, overflowPage);
  store<u32>(column + OVERFLOW_PAGES * stride, overflowPages);
  putKey(<usize>range.block + OBJECT_KEY * stride + row * ID_BYTES, values);
  return END_OF_RUN;
}
