/**
 * The first comparison, made for every inode: cheap, over columns, no object and no BigInt an inode. It only says
 * "look again"; what bulkstat and a chunk of the catalog show may be of different moments.
 */
import type { FeedBlock } from '../catalog/feed-block.js';
import { wordAt } from '../dm/attribute-crc.js';
import { ATTRIBUTE_BYTES, OFFSET } from '../dm/attribute-layout.js';
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

function objectDiffers(batch: InodeBatch, index: number, block: FeedBlock, row: number): boolean {
  const at = index * ATTRIBUTE_BYTES + OFFSET.objectId;
  for (let byte = 0; byte < ID_BYTES; byte += 4) {
    if (wordAt(batch.attributes, at + byte) !== block.objectWords.getInt32(row * ID_BYTES + byte, true)) return true;
  }
  return false;
}

function attributeDiffers(batch: InodeBatch, index: number, block: FeedBlock, row: number, fsId: number): boolean {
  const { attributes } = batch;
  const at = index * ATTRIBUTE_BYTES;
  // By offset, not by name: a look-up of a name for each word of each inode took as long as the comparison.
  return (
    wordAt(attributes, at + OFFSET.fsId) !== (fsId | 0) ||
    wordAt(attributes, at + OFFSET.op) !== ((block.opLow[row] ?? 0) | 0) ||
    wordAt(attributes, at + OFFSET.op + 4) !== ((block.opHigh[row] ?? 0) | 0) ||
    wordAt(attributes, at + OFFSET.size) !== ((block.sizeLow[row] ?? 0) | 0) ||
    wordAt(attributes, at + OFFSET.size + 4) !== ((block.sizeHigh[row] ?? 0) | 0) ||
    objectDiffers(batch, index, block, row)
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
