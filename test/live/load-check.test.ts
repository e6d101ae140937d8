/** The checker of the load bites: each kind of loss is found, and what a crash may leave is not taken for one. */
import { describe, expect, test } from 'vitest';
import { BLOCK_BYTES, blockBytes } from './load-block.js';
import { flawsOf, versionsFound } from './load-check.js';
import { FileHistory, HOLE, parseLog, type Version } from './load-history.js';

const SEED = 77;
const FILE = 5;

const contentOf = (...versions: readonly Version[]): Buffer =>
  Buffer.concat(versions.map((version, block) => blockBytes({ seed: SEED, file: FILE, block }, version)));

function historyOf(...lines: readonly string[]): FileHistory {
  const history = new FileHistory();
  for (const entry of parseLog(lines.map((line) => `${line}\n`).join(''))) history.add(entry);
  return history;
}

/** Three blocks of version 1, the second of them version 2. */
const DURABLE = ['a c 5', 'd c 5', 'a w 5 0 3 1', 'd w 5 0 3 1', 'a w 5 1 1 2', 'd w 5 1 1 2'];
const flaws = (lines: readonly string[], content: Buffer | undefined, copy?: Buffer): string[] =>
  flawsOf(FILE, SEED, historyOf(...lines), content && { content, copy });

describe('nothing is wrong with', () => {
  test.each<[string, string[], Buffer | undefined, Buffer?]>([
    ['what is durable', DURABLE, contentOf(1, 2, 1)],
    ['a write that was not durable, and is there', [...DURABLE, 'a w 5 0 1 3'], contentOf(3, 2, 1)],
    ['a write that was not durable, and is not there', [...DURABLE, 'a w 5 0 1 3'], contentOf(1, 2, 1)],
    ['an append that came half-way', [...DURABLE, 'a w 5 3 2 3'], contentOf(1, 2, 1, 3)],
    ['a truncation', [...DURABLE, 'a t 5 1 3', 'd t 5 1 3'], contentOf(1)],
    ['a truncation that came to nothing', [...DURABLE, 'a t 5 1 3'], contentOf(1, 2, 1)],
    ['a file that was made longer', [...DURABLE, 'a t 5 1 3', 'd t 5 1 3', 'a t 5 2 4'], contentOf(1, HOLE)],
    ['a file that is gone', [...DURABLE, 'a u 5', 'd u 5'], undefined],
    ['a file that may be gone', [...DURABLE, 'a u 5'], contentOf(1, 2, 1)],
    ['zeros, while the copy has the data', DURABLE, contentOf(HOLE, 2, HOLE), contentOf(1, 1, 1)],
  ])('%s', (_, lines, content, copy) => expect(flaws(lines, content, copy)).toEqual([]));

  test('a block that was being written over through a mapping', () => {
    const mixture = Buffer.concat([contentOf(1).subarray(0, 100), contentOf(3).subarray(100)]);
    const content = Buffer.concat([mixture, contentOf(1, 2, 1).subarray(BLOCK_BYTES)]);
    expect(flaws([...DURABLE, 'a w 5 0 1 3'], content)).toEqual([]);
    expect(flaws(DURABLE, content)).toHaveLength(1);
    expect(versionsFound(content, FILE, SEED)).toBeUndefined();
  });
});

describe('found out is', () => {
  const flipped = contentOf(1, 2, 1);
  flipped[BLOCK_BYTES + 700] = (flipped[BLOCK_BYTES + 700] ?? 0) ^ 1;
  test.each<[string, string[], Buffer | undefined, Buffer?]>([
    ['a block that is zeros', DURABLE, contentOf(1, 2, HOLE)],
    ['a block that is zeros in the copy, too', DURABLE, contentOf(1, 2, HOLE), contentOf(1, 2, HOLE)],
    ['a block of which the copy has an older version', DURABLE, contentOf(1, HOLE, 1), contentOf(1, 1, 1)],
    ['an older version', DURABLE, contentOf(1, 1, 1)],
    ['a flipped bit', DURABLE, flipped],
    [
      'a block of another file',
      DURABLE,
      Buffer.concat([contentOf(1, 2), blockBytes({ seed: SEED, file: 6, block: 2 }, 1)]),
    ],
    ['a file that is too short', DURABLE, contentOf(1, 2)],
    ['a file that is too long', DURABLE, contentOf(1, 2, 1, HOLE)],
    [
      'data that was cut off and is back',
      [...DURABLE, 'a t 5 2 3', 'd t 5 2 3', 'a t 5 3 4', 'd t 5 3 4'],
      contentOf(1, 2, 1),
    ],
    ['a file that is gone', DURABLE, undefined],
    ['a file that is back', [...DURABLE, 'a u 5', 'd u 5'], contentOf(1, 2, 1)],
  ])('%s', (_, lines, content, copy) => expect(flaws(lines, content, copy)).toHaveLength(1));
});

test('a log that was cut off in the middle of a line is read up to there', () => {
  expect(parseLog('a w 5 0 1 1\nd w 5')).toHaveLength(1);
  expect(() => parseLog('a x 5\n')).toThrow('unknown kind');
});

test('what is found goes on as the history of the next run', () => {
  expect(versionsFound(contentOf(1, HOLE, 2), FILE, SEED)).toEqual([1, HOLE, 2]);
});
