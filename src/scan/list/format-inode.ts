/** Inodes as lines of text, straight out of a batch. */
import { ATTRIBUTE_BYTES, OFFSET } from '../../dm/attribute-layout.js';
import { ID_BYTES, objectIdFromBytes } from '../../dm/identity.js';
import { ATTRIBUTE_STATUS, type InodeBatch } from '../inode-batch.js';
import { SCAN_STATES, scanStateCode } from '../inode-state.js';
import { formatSeconds, formatSigned, formatUnsigned } from './decimal.js';

/** How a scan writes an inode's line, newline included. */
export type InodeFormatter = (batch: InodeBatch, index: number) => string;

const CORRUPT = scanStateCode('corrupt');
const NEWER = scanStateCode('newer');

/** The object that the attribute names; undefined where there is no attribute that can be understood. */
function objectAt(batch: InodeBatch, index: number): string | undefined {
  const state = batch.state[index];
  if (batch.attributeStatus[index] !== ATTRIBUTE_STATUS.present || state === CORRUPT || state === NEWER)
    return undefined;
  const at = index * ATTRIBUTE_BYTES + OFFSET.objectId;
  return objectIdFromBytes(batch.attributes.subarray(at, at + ID_BYTES));
}

interface Row {
  readonly ino: string;
  readonly size: string;
  readonly blocks: string;
  readonly state: string;
  readonly object: string | undefined;
}

const word = (column: Uint32Array, index: number): number => column[index] ?? 0;

function rowAt(batch: InodeBatch, index: number): Row {
  return {
    ino: formatUnsigned(word(batch.inoLow, index), word(batch.inoHigh, index)),
    size: formatUnsigned(word(batch.sizeLow, index), word(batch.sizeHigh, index)),
    blocks: formatUnsigned(word(batch.blocksLow, index), word(batch.blocksHigh, index)),
    state: SCAN_STATES[batch.state[index] ?? 0] ?? 'unknown',
    object: objectAt(batch, index),
  };
}

/**
 * A JSON object. 64-bit numbers are decimal strings; blocks are of 512 bytes, times nanoseconds since 1970. `object` is
 * there only if the attribute names one. Written by hand, as JSON.stringify would need an object for each inode; no
 * value can contain a character that JSON has to escape.
 */
export const formatNdjson: InodeFormatter = (batch, index) => {
  const { ino, size, blocks, state, object } = rowAt(batch, index);
  const mtime = formatSigned(word(batch.mtimeLow, index), word(batch.mtimeHigh, index));
  const ctime = formatSigned(word(batch.ctimeLow, index), word(batch.ctimeHigh, index));
  return (
    `{"type":"inode","ino":"${ino}","gen":${batch.gen[index]},"mode":${batch.mode[index]},` +
    `"nlink":${batch.nlink[index]},"uid":${batch.uid[index]},"gid":${batch.gid[index]},` +
    `"projid":${batch.projid[index]},"size":"${size}","blocks":"${blocks}","mtime_ns":"${mtime}",` +
    `"ctime_ns":"${ctime}","state":"${state}"${object === undefined ? '' : `,"object":"${object}"`}}\n`
  );
};

/** The columns of the text format, as a heading shows them. */
export const TEXT_COLUMNS = 'ino gen mode nlink uid gid projid size blocks mtime ctime state object';

/** Columns with one space between: mode in octal, times as seconds with nine decimals, `-` for no object. */
export const formatText: InodeFormatter = (batch, index) => {
  const { ino, size, blocks, state, object } = rowAt(batch, index);
  const mtime = formatSeconds(word(batch.mtimeLow, index), word(batch.mtimeHigh, index));
  const ctime = formatSeconds(word(batch.ctimeLow, index), word(batch.ctimeHigh, index));
  const owner = `${batch.nlink[index]} ${batch.uid[index]} ${batch.gid[index]} ${batch.projid[index]}`;
  const mode = word(batch.mode, index).toString(8).padStart(6, '0');
  return `${ino} ${batch.gen[index]} ${mode} ${owner} ${size} ${blocks} ${mtime} ${ctime} ${state} ${object ?? '-'}\n`;
};
