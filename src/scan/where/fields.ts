import { SCAN_STATES, scanStateCode, type ScanState } from '../inode-state.js';
import { ATTRIBUTE_STATUS } from '../inode-batch.js';
import { compareWord, compareWords, type Predicate } from './comparisons.js';
import { parseInteger, parseMode, parseSize, parseTime } from './literals.js';
import type { Operator } from './tokens.js';

export interface Field {
  /** What its values look like, for messages and the help text. */
  readonly values: string;
  /** False: only = and != make sense. */
  readonly isOrdered: boolean;
  /** The predicate, or undefined if the value is none of the field's. */
  readonly compile: (operator: Operator, value: string, nowNs: bigint) => Predicate | undefined;
}

const INTEGER = 'a whole number';
const SIZE = 'bytes, with K, M, G, T or KiB, MiB ... if wanted (binary)';
const TIME = 'a date (2024-05-31, 2024-05-31T12:00:00Z), @ and nanoseconds, or an age (30d: the moment 30 days ago)';

type WordColumn = 'gen' | 'mode' | 'nlink' | 'uid' | 'gid' | 'projid';
type WordsColumn = 'ino' | 'size' | 'blocks' | 'mtime' | 'ctime';
type Parser = (text: string, nowNs: bigint) => bigint | undefined;

function wordField(column: WordColumn, parse: Parser = parseInteger, values = INTEGER): Field {
  return {
    values,
    isOrdered: true,
    compile: (operator, text, nowNs) => {
      const value = parse(text, nowNs);
      return value === undefined ? undefined : compareWord((batch) => batch[column], operator, value);
    },
  };
}

function wordsField(column: WordsColumn, parse: Parser, values: string): Field {
  const isSigned = column === 'mtime' || column === 'ctime';
  return {
    values,
    isOrdered: true,
    compile: (operator, text, nowNs) => {
      const value = parse(text, nowNs);
      if (value === undefined) return undefined;
      const columns = { low: `${column}Low`, high: `${column}High` } as const;
      return compareWords(
        { low: (batch) => batch[columns.low], high: (batch) => batch[columns.high], isSigned },
        operator,
        value,
      );
    },
  };
}

/** File types and their bits in the mode (inode(7)). */
const TYPES: Readonly<Record<string, number>> = {
  file: 0o100000,
  dir: 0o040000,
  symlink: 0o120000,
  block: 0o060000,
  char: 0o020000,
  fifo: 0o010000,
  socket: 0o140000,
};
const TYPE_MASK = 0o170000;

function choiceField(values: string, parse: (text: string) => Predicate | undefined): Field {
  return {
    values,
    isOrdered: false,
    compile: (operator, text) => {
      const isIt = parse(text);
      if (!isIt) return undefined;
      return operator === '=' ? isIt : (batch, index) => !isIt(batch, index);
    },
  };
}

const typeField = choiceField(`one of ${Object.keys(TYPES).join(', ')}`, (text) => {
  const bits = Object.hasOwn(TYPES, text) ? TYPES[text] : undefined;
  return bits === undefined ? undefined : (batch, index) => ((batch.mode[index] ?? 0) & TYPE_MASK) === bits;
});

const stateField = choiceField(`one of ${SCAN_STATES.join(', ')}`, (text) => {
  if (!(SCAN_STATES as readonly string[]).includes(text)) return undefined;
  const code = scanStateCode(text as ScanState);
  return (batch, index) => batch.state[index] === code;
});

/** True for an inode with a DM attribute, valid or not. */
export const isManaged: Predicate = (batch, index) => {
  const status = batch.attributeStatus[index];
  return status === ATTRIBUTE_STATUS.present || status === ATTRIBUTE_STATUS.wrongLength;
};

const managedField = choiceField('true or false', (text) => {
  if (text === 'true') return isManaged;
  return text === 'false' ? (batch, index) => !isManaged(batch, index) : undefined;
});

export const FIELDS: Readonly<Record<string, Field>> = {
  ino: wordsField('ino', parseInteger, INTEGER),
  gen: wordField('gen'),
  mode: wordField('mode', parseMode, 'a whole number, octal if it starts with 0 (0100644: type and permissions)'),
  nlink: wordField('nlink'),
  uid: wordField('uid'),
  gid: wordField('gid'),
  projid: wordField('projid'),
  size: wordsField('size', parseSize, SIZE),
  blocks: wordsField('blocks', parseInteger, 'a number of 512-byte blocks'),
  mtime: wordsField('mtime', parseTime, TIME),
  ctime: wordsField('ctime', parseTime, TIME),
  state: stateField,
  type: typeField,
  managed: managedField,
};
