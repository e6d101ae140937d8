/**
 * The first comparison, made for every inode: cheap, over columns, no object and no BigInt an inode. It only says
 * "look again"; what bulkstat and a chunk of the catalog show may be of different moments.
 */
import type { FeedBlock } from '../catalog/feed-block.js';
import { ATTRIBUTE_BYTES } from '../dm/attribute-layout.js';
import { WORD } from '../dm/attribute-view.js';
import { ID_BYTES } from '../dm/identity.js';
import { scanStateCode } from '../scan/inode-state.js';
import type { InodeBatch } from '../scan/inode-batch.js';
import { stateCode } from '../dm/states.js';

const RESIDENT = scanStateCode('resident');
const DUAL = scanStateCode('dual');
const OFFLINE = scanStateCode('offline');
const ROW_DUAL = stateCode('dual');
const WORD_RANGE = 0x1_0000_0000;

const IN_FLIGHT = new Set((['archiving', 'releasing', 'recalling', 'partial', 'removing'] as const).map(scanStateCode));

/** True for a state that `check` is after: an operation is under way, or was. */
export const isInFlightCode = (code: number): boolean => IN_FLIGHT.has(code);

/** An inode that no row of the catalog speaks of: suspicious as soon as it has an attribute at all. */
export const isSuspiciousAlone = (batch: InodeBatch, index: number): boolean => batch.state[index] !== RESIDENT;

const ATTRIBUTE_WORDS = ATTRIBUTE_BYTES >> 2;
const ID_WORDS = ID_BYTES >> 2;
const {
  fsId: FS_ID,
  opLow: OP_LOW,
  opHigh: OP_HIGH,
  objectId: OBJECT_ID,
  sizeLow: SIZE_LOW,
  sizeHigh: SIZE_HIGH,
} = WORD;

function objectDiffers(attribute: Int32Array, at: number, ids: Int32Array, row: number): boolean {
  const id = row * ID_WORDS;
  return (
    attribute[at] !== ids[id] ||
    attribute[at + 1] !== ids[id + 1] ||
    attribute[at + 2] !== ids[id + 2] ||
    attribute[at + 3] !== ids[id + 3]
  );
}

function attributeDiffers(batch: InodeBatch, index: number, block: FeedBlock, row: number, fsId: number): boolean {
  const { attributeWords } = batch;
  const at = index * ATTRIBUTE_WORDS;
  // By constants, not by names in an object: a look-up for each word of each inode took as long as the comparison.
  return (
    attributeWords[at + FS_ID] !== (fsId | 0) ||
    attributeWords[at + OP_LOW] !== ((block.opLow[row] ?? 0) | 0) ||
    attributeWords[at + OP_HIGH] !== ((block.opHigh[row] ?? 0) | 0) ||
    attributeWords[at + SIZE_LOW] !== ((block.sizeLow[row] ?? 0) | 0) ||
    attributeWords[at + SIZE_HIGH] !== ((block.sizeHigh[row] ?? 0) | 0) ||
    objectDiffers(attributeWords, at + OBJECT_ID, block.objectWords, row)
  );
}

function inodeDiffers(batch: InodeBatch, index: number, block: FeedBlock, row: number): boolean {
  return (
    batch.sizeLow[index] !== block.sizeLow[row] ||
    batch.sizeHigh[index] !== block.sizeHigh[row] ||
    batch.mtimeLow[index] !== block.mtimeLow[row] ||
    batch.mtimeHigh[index] !== block.mtimeHigh[row] ||
    batch.ctimeLow[index] !== block.ctimeLow[row] ||
    batch.ctimeHigh[index] !== block.ctimeHigh[row]
  );
}

/** `dual` with fewer blocks than its non-zero bytes need proves loss; `offline` with any needs a look at its layout. */
function blocksAreOdd(batch: InodeBatch, index: number, block: FeedBlock, row: number): boolean {
  const blocks512 = (batch.blocksHigh[index] ?? 0) * WORD_RANGE + (batch.blocksLow[index] ?? 0);
  return block.state[row] === ROW_DUAL ? blocks512 < (block.nonzeroBlocks[row] ?? 0) : blocks512 > 0;
}

/** An inode and the row of the same number and generation. */
export function isSuspiciousPair(
  batch: InodeBatch,
  index: number,
  block: FeedBlock,
  row: number,
  fsId: number,
): boolean {
  if (batch.state[index] !== (block.state[row] === ROW_DUAL ? DUAL : OFFLINE)) return true;
  return (
    attributeDiffers(batch, index, block, row, fsId) ||
    inodeDiffers(batch, index, block, row) ||
    blocksAreOdd(batch, index, block, row)
  );
}
