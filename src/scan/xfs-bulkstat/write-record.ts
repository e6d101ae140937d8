import { BULKSTAT } from '../../native/layouts.js';
import { ATTRIBUTE_STATUS, type InodeBatch } from '../inode-batch.js';
import { blocks512Words, newWords, timeNsWords } from '../exact-time.js';

const { fields } = BULKSTAT;
/** A field's place in 32-bit words from the record's start. */
const word = ([offsetBytes]: readonly [number, number]): number => offsetBytes >> 2;

const INO = word(fields.bs_ino);
const SIZE = word(fields.bs_size);
const BLOCKS = word(fields.bs_blocks);
const XFLAGS = word(fields.bs_xflags);
const MTIME = word(fields.bs_mtime);
const CTIME = word(fields.bs_ctime);
const GEN = word(fields.bs_gen);
const UID = word(fields.bs_uid);
const GID = word(fields.bs_gid);
const PROJID = word(fields.bs_projectid);
const MTIME_NSEC = word(fields.bs_mtime_nsec);
const CTIME_NSEC = word(fields.bs_ctime_nsec);
const BLKSIZE = word(fields.bs_blksize);
const NLINK = word(fields.bs_nlink);
/** The mode is a u16 at the start of its word; padding follows. */
const MODE = word(fields.bs_mode);

const scratch = newWords();

export const recordInoLow = (words: Uint32Array, at: number): number => words[at + INO] ?? 0;
export const recordInoHigh = (words: Uint32Array, at: number): number => words[at + INO + 1] ?? 0;
export const recordNlink = (words: Uint32Array, at: number): number => words[at + NLINK] ?? 0;

/** Which columns of a batch a scan fills: `identity` are those that tell an inode, its kind and its DM state. */
export type BatchColumns = 'all' | 'identity';

/** Writes the bulkstat record that starts at word `at` into row `row` of the batch; beyond `columns` nothing changes. */
export function writeRecord(
  batch: InodeBatch,
  row: number,
  words: Uint32Array,
  at: number,
  columns: BatchColumns = 'all',
): void {
  batch.inoLow[row] = words[at + INO] ?? 0;
  batch.inoHigh[row] = words[at + INO + 1] ?? 0;
  batch.gen[row] = words[at + GEN] ?? 0;
  batch.mode[row] = (words[at + MODE] ?? 0) & 0xffff;
  batch.xflags[row] = words[at + XFLAGS] ?? 0;
  batch.attributeStatus[row] = ATTRIBUTE_STATUS.notLookedAt;
  if (columns === 'all') writeDetails(batch, row, words, at);
}

function writeDetails(batch: InodeBatch, row: number, words: Uint32Array, at: number): void {
  batch.nlink[row] = words[at + NLINK] ?? 0;
  batch.uid[row] = words[at + UID] ?? 0;
  batch.gid[row] = words[at + GID] ?? 0;
  batch.projid[row] = words[at + PROJID] ?? 0;
  batch.sizeLow[row] = words[at + SIZE] ?? 0;
  batch.sizeHigh[row] = words[at + SIZE + 1] ?? 0;
  blocks512Words(scratch, words[at + BLOCKS] ?? 0, words[at + BLOCKS + 1] ?? 0, words[at + BLKSIZE] ?? 0);
  batch.blocksLow[row] = scratch.low;
  batch.blocksHigh[row] = scratch.high;
  timeNsWords(scratch, words[at + MTIME] ?? 0, words[at + MTIME + 1] ?? 0, words[at + MTIME_NSEC] ?? 0);
  batch.mtimeLow[row] = scratch.low;
  batch.mtimeHigh[row] = scratch.high;
  timeNsWords(scratch, words[at + CTIME] ?? 0, words[at + CTIME + 1] ?? 0, words[at + CTIME_NSEC] ?? 0);
  batch.ctimeLow[row] = scratch.low;
  batch.ctimeHigh[row] = scratch.high;
}
