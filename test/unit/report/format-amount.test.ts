import { describe, expect, test } from 'vitest';
import {
  formatBytes,
  formatCount,
  formatRate,
  formatSeconds,
  formatTally,
  plural,
} from '../../../src/report/format-amount.js';

describe('amounts for people', () => {
  test.each([
    [0, '0 B'],
    [1023, '1023 B'],
    [1024, '1.0 KiB'],
    [1536n, '1.5 KiB'],
    [200 * 1024, '200 KiB'],
    [1024n ** 3n, '1.0 GiB'],
    [2n ** 63n, '8.0 EiB'],
  ])('%s bytes', (bytes, text) => expect(formatBytes(bytes)).toBe(text));

  test.each([
    [0.004, '0.00 s'],
    [9.5, '9.50 s'],
    [42.25, '42.3 s'],
    [9.996, '10.0 s'],
    [59.99, '1 min 0 s'],
    [185, '3 min 5 s'],
    [119.7, '2 min 0 s'],
    [7200, '2 h 0 min'],
    [3599.6, '1 h 0 min'],
    [7799, '2 h 10 min'],
  ])('%s seconds', (seconds, text) => expect(formatSeconds(seconds)).toBe(text));

  test('counts, rates and tallies', () => {
    expect(formatCount(1234567)).toBe('1,234,567');
    expect(formatRate(1000, 2)).toBe('500/s');
    expect(formatRate(1000, 0)).toBe('-');
    expect([plural(1, 'file'), plural(2, 'file'), plural(0, 'copy', 'copies')]).toEqual([
      '1 file',
      '2 files',
      '0 copies',
    ]);
    expect(
      formatTally(
        new Map([
          ['busy', 3],
          ['failed', 0],
          ['done', 1200],
        ]),
      ),
    ).toBe('3 busy, 1,200 done');
    expect(formatTally(new Map())).toBe('');
  });
});
