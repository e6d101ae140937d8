/**
 * Records of SQLite's where they lie in a page of a B+tree (sqlite.org/fileformat2.html, 1.6 and 2.1). AssemblyScript, which is
 * TypeScript for WebAssembly: it runs at its full speed from the first page on, where JavaScript's compiler would need a good part of
 * an audit to get there, once in each thread. It decides nothing: a record is taken apart, or it is irregular.
 */

/** A range of a tree's records, and where their columns lie. Written by range-rows.ts, which has the same order. */
@unmanaged
export class Range {
  /** Of records that are in the order of inodes: the first and the last number of the range, and that of the record that came last. */
  fromIno: i64;
  toIno: i64;
  lastIno: i64;
  /** Of records in the order of object ids, most significant half first: behind which and up to which they are, and the last one. */
  after0: u64;
  after1: u64;
  upTo0: u64;
  upTo1: u64;
  last0: u64;
  last1: u64;
  /** The store's id, as it lies in memory. */
  store0: u64;
  store1: u64;
  lastGen: u32;
  /** 1 once a record came. */
  isBegun: u32;
  fs: u32;
  /** Bytes of a page that SQLite uses. */
  usableBytes: u32;
  /** The block's columns lie one behind another, so many entries each. */
  block: u32;
  capacity: u32;
  hasAfter: u32;
  hasUpTo: u32;
  /** Which tree they are of, as TREE has it. */
  tree: u32;
}

/** The trees whose records are known: the table `file`, and what tells of archived copies. */
export const TREE_FILE: u32 = 0;
export const TREE_FILE_BY_OBJECT: u32 = 1;
export const TREE_OBJECT: u32 = 2;

/** What stopped a run, in the upper half of an answer; in the lower one, how many records were taken before. */
export const END_OF_RUN: u32 = 0 << 16;
export const BEHIND_RANGE: u32 = 1 << 16;
export const IRREGULAR: u32 = 2 << 16;

export const ID_BYTES: u32 = 16;
/** The highest number of a filesystem, and the highest generation. */
export const WORD_MAX: i64 = 0xffff_ffff;
/** Longer records than this many bytes of length can say are not SQLite's. */
const LENGTH_BYTES_MAX: u32 = 5;

/** Bytes of an integer by its serial type, a digit each; 8 and 9 are the constants 0 and 1. */
const INTEGER_BYTES: u64 = 0x8643210;
const TYPE_ZERO: u32 = 8;
const TYPE_ONE: u32 = 9;
export const TYPE_ID: u32 = 2 * ID_BYTES + 12;
export const TYPE_TEXT_MIN: u32 = 13;

/** The eight bytes at an address as SQLite and ids have them, most significant first. */
export function bigEndian64(at: usize): u64 {
  return bswap<u64>(load<u64>(at));
}

/** Whether a column is an integer by its serial type: not NULL, and not a float. */
export function isInteger(type: u32): bool {
  return (type > 0 && type <= 6) || type === TYPE_ZERO || type === TYPE_ONE;
}

/** Bytes that an integer takes, by its serial type. */
export function integerBytes(type: u32): u32 {
  return <u32>(INTEGER_BYTES >> (type << 2)) & 0xf;
}

/** A signed big-endian integer of a length that its type says, its sign extended. Reads up to eight bytes from `at` on. */
export function integer(type: u32, at: usize): i64 {
  if (type >= TYPE_ZERO) return <i64>(type - TYPE_ZERO);
  return <i64>bigEndian64(at) >> (64 - (integerBytes(type) << 3));
}

/** Of the record that was opened last: where its values begin, and where what of it lies in the page ends. */
export let values: usize = 0;
export let end: usize = 0;
/** The first of the pages that hold what of it does not fit into its own, and how many there are. */
export let overflowPage: u32 = 0;
export let overflowPages: u32 = 0;

/** Of a record that goes on in pages of its own, so much lies here that they are full. False if that is not within its page. */
function openLong(range: Range, page: usize, start: usize, payload: u64, most: u32): bool {
  const usable = range.usableBytes;
  const least = ((usable - 12) * 32) / 255 - 23;
  const local = least + <u32>((payload - least) % (usable - 4));
  const localBytes: u32 = local <= most ? local : least;
  end = start + localBytes;
  if (end + 4 > page + usable) return false;
  overflowPage = bswap<u32>(load<u32>(end));
  overflowPages = <u32>((payload - localBytes + usable - 5) / (usable - 4));
  return true;
}

/**
 * Where the types of a record's columns lie, whose length stands at byte `at` of the page; 0 if it is irregular, or shorter than
 * so many columns.
 */
export function openRecord(range: Range, page: usize, at: u32, columns: u32): usize {
  let start: usize = page + at;
  let payload: u64 = 0;
  for (let byte: u32 = 0x80, digits: u32 = 0; byte & 0x80; digits++) {
    if (digits === LENGTH_BYTES_MAX) return 0;
    byte = load<u8>(start++);
    payload = (payload << 7) | (byte & 0x7f);
  }
  const header: u32 = load<u8>(start);
  // A byte for its own length, and at least one for each column.
  if (header < 1 + columns || header > 0x7f) return 0;
  const usable = range.usableBytes;
  const most = ((usable - 12) * 64) / 255 - 23;
  overflowPage = 0;
  overflowPages = 0;
  if (payload <= most) {
    end = start + <usize>payload;
    if (end > page + usable) return 0;
  } else if (!openLong(range, page, start, payload, most)) return 0;
  values = start + header;
  return start + 1;
}

/** Where a cell's record begins within its page; 0 if that is not within it. */
export function recordAt(range: Range, page: usize, cell: u32, cells: u32, childBytes: u32): u32 {
  const pointers: u32 = 8 + childBytes;
  const at: u32 = bswap<u16>(load<u16>(page + pointers + 2 * cell));
  return at < pointers + 2 * cells || at + 4 > range.usableBytes ? 0 : at + childBytes;
}

/** How a record stands to the beginning of a range. */
export const BELOW: u32 = 0;
export const NOT_BELOW: u32 = 1;
export const ODD: u32 = 2;

/** Bytes of a column of words. */
export function strideOf(range: Range): usize {
  return (<usize>range.capacity) << 2;
}

/** Where a row's word of the first column lies. */
export function firstWordOf(range: Range, row: u32): usize {
  return <usize>range.block + (row << 2);
}

/** Writes the low word of a value into a column, and the high one into the column behind it. */
export function putWords(column: usize, stride: usize, value: i64): void {
  store<u32>(column, <u32>value);
  store<u32>(column + stride, <u32>(value >> 32));
}
