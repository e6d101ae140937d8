/** What compiled code does for range-rows.ts: it takes records of a page apart, many at a time, into columns. */
import { takeBinding, takeObject } from './copy-rows';
import { takeFile } from './file-rows';
import {
  BELOW,
  bigEndian64,
  end,
  END_OF_RUN,
  integer,
  integerBytes,
  IRREGULAR,
  isInteger,
  NOT_BELOW,
  ODD,
  openRecord,
  Range,
  recordAt,
  TREE_FILE,
  TREE_FILE_BY_OBJECT,
  TYPE_ID,
  values,
  WORD_MAX,
} from './record';

/** Of a record that begins with a filesystem and an inode number. */
function compareInode(range: Range, types: usize): u32 {
  const fsType: u32 = load<u8>(types);
  const inoType: u32 = load<u8>(types, 1);
  if (!isInteger(fsType) || !isInteger(inoType)) return ODD;
  const fs = integer(fsType, values);
  const inoAt = values + integerBytes(fsType);
  const ino = integer(inoType, inoAt);
  if (fs < 0 || fs > WORD_MAX || ino < 0 || inoAt + integerBytes(inoType) > end) return ODD;
  if (fs !== <i64>range.fs) return fs < <i64>range.fs ? BELOW : NOT_BELOW;
  return ino < range.fromIno ? BELOW : NOT_BELOW;
}

/** Of a record that begins with an object's id. */
function compareId(range: Range, types: usize): u32 {
  if (load<u8>(types) !== TYPE_ID || values + 16 > end) return ODD;
  if (range.hasAfter === 0) return NOT_BELOW;
  const id0 = bigEndian64(values);
  if (id0 !== range.after0) return id0 < range.after0 ? BELOW : NOT_BELOW;
  return bigEndian64(values + 8) <= range.after1 ? BELOW : NOT_BELOW;
}

/** Whether the record of a cell comes before the range: 0 if so, 1 if not, 2 if it is irregular. */
export function compareWithStart(range: Range, page: usize, childBytes: u32, cell: u32, cells: u32): u32 {
  const at = recordAt(range, page, cell, cells, childBytes);
  const types: usize = at === 0 ? 0 : openRecord(range, page, at, 2);
  if (types === 0) return ODD;
  return range.tree === TREE_FILE ? compareInode(range, types) : compareId(range, types);
}

function takeOne(range: Range, page: usize, at: u32, row: u32): u32 {
  const tree = range.tree;
  if (tree === TREE_FILE) return takeFile(range, page, at, row);
  if (tree === TREE_FILE_BY_OBJECT) return takeBinding(range, page, at, row);
  return takeObject(range, page, at, row);
}

/** Takes the records in cells `cell` to `upTo` of a page into rows `row` and on. What stopped it, and how many they were. */
export function take(range: Range, page: usize, childBytes: u32, cell: u32, upTo: u32, cells: u32, row: u32): u32 {
  for (let taken: u32 = 0; cell + taken < upTo; taken++) {
    const at = recordAt(range, page, cell + taken, cells, childBytes);
    const stop = at === 0 ? IRREGULAR : takeOne(range, page, at, row + taken);
    if (stop !== END_OF_RUN) return stop | taken;
  }
  return END_OF_RUN | (upTo - cell);
}
