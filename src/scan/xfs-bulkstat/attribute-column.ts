import { ATTRIBUTE_BYTES } from '../../dm/attribute-layout.js';
import { S_IFMT, S_IFREG, XFS_XFLAG_HASATTR } from '../../native/constants.js';
import { BulkstatRequest } from '../../native/xfs-bulkstat.js';
import type { AttributeReader } from '../../native/xfs-handle.js';
import { ATTRIBUTE_STATUS, type InodeBatch } from '../inode-batch.js';
import type { ProbeOutcome } from './inode-probe.js';
import { recordNlink, writeRecord } from './write-record.js';

/** What is needed of an AttributeReader. */
export type ValueReader = Pick<AttributeReader, 'read' | 'value' | 'valueLength'>;

export interface AttributeColumnOptions {
  readonly reader: ValueReader;
  /** Looks again at the inode of a row whose handle was stale; `words` holds the record if it was delivered. */
  readonly probe: (row: number) => ProbeOutcome;
  readonly words: Uint32Array;
  /** Called when a row was taken out, because its inode is gone. */
  readonly onGone: (outcome: 'freed' | 'unlinked') => void;
}

/** How often an inode may be replaced by a new one of the same number while it is being looked at. */
const ROUNDS_MAX = 3;

function storeValue(batch: InodeBatch, row: number, reader: ValueReader): void {
  const isRight = reader.valueLength === ATTRIBUTE_BYTES;
  batch.attributeStatus[row] = isRight ? ATTRIBUTE_STATUS.present : ATTRIBUTE_STATUS.wrongLength;
  if (isRight) reader.value.copy(batch.attributes, row * ATTRIBUTE_BYTES, 0, ATTRIBUTE_BYTES);
}

/** Reads one row's attribute; false if its handle is stale. */
function readRow(batch: InodeBatch, row: number, reader: ValueReader): boolean {
  const isRegular = ((batch.mode[row] ?? 0) & S_IFMT) === S_IFREG;
  if (!isRegular) return true;
  // A clear flag proves that there is none; a set one proves nothing.
  if (((batch.xflags[row] ?? 0) & XFS_XFLAG_HASATTR) === 0) {
    batch.attributeStatus[row] = ATTRIBUTE_STATUS.none;
    return true;
  }
  switch (reader.read(batch.inoLow[row] ?? 0, batch.inoHigh[row] ?? 0, batch.gen[row] ?? 0)) {
    case 'value':
      storeValue(batch, row, reader);
      return true;
    case 'none':
      batch.attributeStatus[row] = ATTRIBUTE_STATUS.none;
      return true;
    case 'too-long':
      batch.attributeStatus[row] = ATTRIBUTE_STATUS.wrongLength;
      return true;
    case 'failed':
      batch.attributeStatus[row] = ATTRIBUTE_STATUS.unreadable;
      return true;
    case 'stale':
      batch.attributeStatus[row] = ATTRIBUTE_STATUS.unreadable;
      return false;
  }
}

/**
 * The handle did not open. That does not prove the inode gone: it is asked for again. A new inode of the same number
 * takes the row over; one that is there and still will not open keeps the status `unreadable`.
 * Returns false if the row was taken out.
 */
function settleStale(batch: InodeBatch, row: number, options: AttributeColumnOptions): boolean {
  for (let round = 0; round < ROUNDS_MAX; round++) {
    const outcome = options.probe(row);
    if (outcome.kind === 'unreadable' || outcome.kind === 'internal') return true;
    const at = BulkstatRequest.wordOffset(0);
    if (outcome.kind !== 'delivered' || recordNlink(options.words, at) === 0) {
      batch.removeAt(row);
      options.onGone(outcome.kind === 'freed' ? 'freed' : 'unlinked');
      return false;
    }
    writeRecord(batch, row, options.words, at);
    if (readRow(batch, row, options.reader)) return true;
  }
  return true;
}

/**
 * Fills attributeStatus and attributes of all rows, or only of those whose status is `elsewhere`. Returns how many
 * attributes the kernel would not give.
 */
export function fillAttributes(
  batch: InodeBatch,
  options: AttributeColumnOptions,
  which: 'all' | 'elsewhere' = 'all',
): number {
  let unreadable = 0;
  for (let row = 0; row < batch.count; row++) {
    if (which === 'elsewhere' && batch.attributeStatus[row] !== ATTRIBUTE_STATUS.elsewhere) continue;
    const stays = readRow(batch, row, options.reader) || settleStale(batch, row, options);
    if (!stays) row -= 1;
    else if (batch.attributeStatus[row] === ATTRIBUTE_STATUS.unreadable) unreadable += 1;
  }
  return unreadable;
}
