import { execFileSync } from 'node:child_process';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { pathFields, quotePath } from '../../../src/report/quote-path.js';

describe('quotePath', () => {
  test.each([
    ['/data/plain-file_1.txt', '/data/plain-file_1.txt'],
    ['/data/grüße/漢字', '/data/grüße/漢字'],
    ['/with space', "'/with space'"],
    ['', "''"],
    ['$HOME', "'$HOME'"],
    ["it's", "$'it\\'s'"],
    ['a\nb\tc', "$'a\\nb\\tc'"],
    ['\u001b[31m', "$'\\x1b[31m'"],
    // Right-to-left override: it would show another name than it is.
    ['a\u202eb', "$'a\\xe2\\x80\\xaeb'"],
  ])('%j', (name, quoted) => expect(quotePath(Buffer.from(name))).toBe(quoted));

  test('shows bytes that are not UTF-8', () => {
    expect(quotePath(Buffer.from('gr\xfc\xdfe', 'latin1'))).toBe("$'gr\\xfc\\xdfe'");
  });

  test('bash takes any of them back, and none can steer a terminal', () => {
    const names = fc.sample(
      fc.array(fc.oneof(fc.integer({ min: 1, max: 255 }), fc.constantFrom(...Buffer.from(`'"\\$\`!*~#0f`))), {
        minLength: 1,
        maxLength: 20,
      }),
      { numRuns: 300, seed: 1 },
    );
    const paths = names.map((bytes) => Buffer.from(bytes));
    const words = paths.map(quotePath);
    for (const word of words) expect(word).not.toMatch(/[\u0000-\u001f\u007f-\u009f]/);
    const output = execFileSync('bash', ['-c', `printf '%s\\0' ${words.join(' ')}`]);
    expect(output.equals(Buffer.concat(paths.flatMap((name) => [name, Buffer.of(0)])))).toBe(true);
  });
});

describe('pathFields', () => {
  test('UTF-8 is given as it is, with nothing beside it', () => {
    expect(pathFields(Buffer.from('/grüße\n'))).toEqual({ path: '/grüße\n' });
    expect(pathFields(undefined)).toEqual({});
  });

  test('other bytes are given in base64 too', () => {
    const bytes = Buffer.from('/\xff', 'latin1');
    expect(pathFields(bytes)).toEqual({ path: '/\ufffd', path_base64: bytes.toString('base64') });
  });
});
