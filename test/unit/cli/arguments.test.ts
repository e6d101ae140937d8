import { Readable } from 'node:stream';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseAgeMs } from '../../../src/cli/commands/purge.js';
import { readPaths } from '../../../src/cli/path-arguments.js';
import { bytesToText, textToBytes } from '../../../src/cli/raw-arguments.js';
import { UsageError } from '../../../src/errors.js';

describe('arguments as bytes', () => {
  test('any bytes survive, and valid UTF-8 is itself', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
        expect(textToBytes(bytesToText(Buffer.from(bytes))).equals(bytes)).toBe(true);
      }),
    );
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) => {
        expect(bytesToText(Buffer.from(text))).toBe(text);
      }),
    );
  });

  test.each([
    ['a lone continuation', [0x80]],
    ['an overlong slash', [0xc0, 0xaf]],
    ['a surrogate', [0xed, 0xa0, 0x80]],
    ['beyond Unicode', [0xf4, 0x90, 0x80, 0x80]],
    ['a sequence cut short', [0x61, 0xe6, 0xbc]],
  ])('%s is no UTF-8', (_, bytes) => {
    const text = bytesToText(Buffer.from(bytes));
    expect(text).toMatch(/[\udc80-\udcff]/);
    expect(textToBytes(text)).toEqual(Buffer.from(bytes));
  });
});

describe('lists of paths', () => {
  const list = async (content: Buffer | string, nullEnded: boolean): Promise<string[]> => {
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'hsmck-paths-'));
    try {
      const fromFile = path.join(folder, 'list');
      fs.writeFileSync(fromFile, content);
      const paths: string[] = [];
      for await (const one of readPaths({ paths: ['/first'], fromFile, nullEnded })) paths.push(one.toString('latin1'));
      return paths;
    } finally {
      fs.rmSync(folder, { recursive: true });
    }
  };

  test('lines; the last may lack its end, empty ones are none', async () => {
    expect(await list('/a\n\n/b c\n/d', false)).toEqual(['/first', '/a', '/b c', '/d']);
  });

  test('NUL: newlines belong to the names', async () => {
    expect(await list('/a\nb\0\0/c\0', true)).toEqual(['/first', '/a\nb', '/c']);
    expect(await list(Buffer.from('/\xff\0', 'latin1'), true)).toEqual(['/first', '/\xff']);
  });

  test('a path across many pieces of the stream', async () => {
    const long = '/x'.repeat(200_000);
    expect(await list(`${long}\n/b\n`, false)).toEqual(['/first', long, '/b']);
  });

  test('none at all is wrong usage', async () => {
    const all = async (): Promise<unknown> => Readable.from(readPaths({ paths: [] })).toArray();
    await expect(all()).rejects.toThrow(UsageError);
  });
});

describe('ages', () => {
  test.each([
    ['0s', 0],
    ['90d', 90 * 86_400_000],
    ['12h', 12 * 3_600_000],
    ['5m', 300_000],
    ['2w', 14 * 86_400_000],
  ])('%s', (text, ms) => expect(parseAgeMs(text)).toBe(ms));

  test.each(['', '5', 'd', '-5d', '1.5d', '5 d', '1e3d', '12345678d', '5D', '90d1h'])('%j is none', (text) => {
    expect(() => parseAgeMs(text)).toThrow(UsageError);
  });
});
