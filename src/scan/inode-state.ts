/** An inode's state as its attribute alone tells it, without catalog or archive. */
import { ATTRIBUTE_BYTES } from '../dm/attribute-layout.js';
import { NOT_PLAIN, plainStateAt } from '../dm/attribute-words.js';
import { attributeKindAt, attributeWordAt, stateCodeAt } from '../dm/attribute-view.js';
import { STATES } from '../dm/states.js';
import { ATTRIBUTE_STATUS, type InodeBatch } from './inode-batch.js';

/** The states that a scan shows: those of files, and what may be wrong with an attribute. */
export const SCAN_STATES = [
  'resident',
  'archiving',
  'dual',
  'releasing',
  'offline',
  'recalling',
  'partial',
  'removing',
  /** The attribute is intact and names another inode: it came along with a copy. */
  'copied',
  'corrupt',
  /** Written by a newer version of hsmck. */
  'newer',
  /** The kernel would not give the attribute. */
  'unreadable',
  /** A regular file whose attribute was not asked for. */
  'unknown',
] as const;

export type ScanState = (typeof SCAN_STATES)[number];

/** The number that stands for a state in InodeBatch.state. */
export const scanStateCode = (state: ScanState): number => SCAN_STATES.indexOf(state);

const RESIDENT = scanStateCode('resident');
const COPIED = scanStateCode('copied');
const CORRUPT = scanStateCode('corrupt');
const NEWER = scanStateCode('newer');
const UNREADABLE = scanStateCode('unreadable');
const UNKNOWN = scanStateCode('unknown');

/** Attribute state code -> scan state code. */
const BY_ATTRIBUTE_CODE = new Uint8Array(256);
for (const row of STATES) BY_ATTRIBUTE_CODE[row.code] = scanStateCode(row.name);

const ATTRIBUTE_WORDS = ATTRIBUTE_BYTES >> 2;
const S_IFMT = 0o170000;
const S_IFREG = 0o100000;

function stateOfPresent(batch: InodeBatch, index: number): number {
  const { attributeWords, inoLow, inoHigh, gen } = batch;
  const from = index * ATTRIBUTE_WORDS;
  const code = plainStateAt(attributeWords, from, inoLow[index] ?? 0, inoHigh[index] ?? 0, gen[index] ?? 0);
  if (code === NOT_PLAIN || !batch.isAttributeIntact(index)) return stateOfUnusual(batch, index);
  return BY_ATTRIBUTE_CODE[code] ?? CORRUPT;
}

function stateOfUnusual(batch: InodeBatch, index: number): number {
  const at = index * ATTRIBUTE_BYTES;
  const bytes = batch.attributes;
  const kind = attributeKindAt(bytes, at);
  if (kind === 'corrupt') return CORRUPT;
  if (kind === 'newer') return NEWER;
  const isOwn =
    attributeWordAt(bytes, at, 'inoLow') === batch.inoLow[index] &&
    attributeWordAt(bytes, at, 'inoHigh') === batch.inoHigh[index] &&
    attributeWordAt(bytes, at, 'gen') === batch.gen[index];
  // Only regular files are looked at, so a root mark was carried here too.
  if (!isOwn || kind === 'root') return COPIED;
  return BY_ATTRIBUTE_CODE[stateCodeAt(bytes, at)] ?? CORRUPT;
}

function stateOf(batch: InodeBatch, index: number): number {
  switch (batch.attributeStatus[index]) {
    case ATTRIBUTE_STATUS.present:
      return stateOfPresent(batch, index);
    case ATTRIBUTE_STATUS.wrongLength:
      return CORRUPT;
    case ATTRIBUTE_STATUS.unreadable:
      return UNREADABLE;
    case ATTRIBUTE_STATUS.notLookedAt:
      return ((batch.mode[index] ?? 0) & S_IFMT) === S_IFREG ? UNKNOWN : RESIDENT;
    default:
      return RESIDENT;
  }
}

/** Fills the batch's state column. Returns how many inodes have an attribute, valid or not. */
export function fillStates(batch: InodeBatch): number {
  let managed = 0;
  for (let index = 0; index < batch.count; index++) {
    batch.state[index] = stateOf(batch, index);
    const status = batch.attributeStatus[index];
    if (status === ATTRIBUTE_STATUS.present || status === ATTRIBUTE_STATUS.wrongLength) managed += 1;
  }
  return managed;
}
