import fs from 'node:fs';
import { constants } from 'node:os';
import { describe, expect, test } from 'vitest';
import { HsmckError } from '../../src/errors.js';
import { errnoName, errnoNumber } from '../../src/native/errno.js';
import { exactSize } from '../../src/native/io.js';
import { libc } from '../../src/native/libc.js';
import { isErrno, NativeError } from '../../src/native/native-error.js';
import { statPath } from '../../src/native/statx.js';
import { thrownBy } from './files.js';

describe('errno names', () => {
  test('are those of Node, and more that Node lacks', () => {
    for (const [name, number] of Object.entries(constants.errno))
      expect(errnoNumber(errnoName(number)), name).toBe(number);
    expect(errnoName(117)).toBe('EUCLEAN');
    expect(errnoName(116)).toBe('ESTALE');
  });

  test('prefer what man pages say where two names share a number', () => {
    expect(errnoName(11)).toBe('EAGAIN');
    expect(errnoName(95)).toBe('EOPNOTSUPP');
  });

  test('exist for numbers without a name, but no number for a made-up name', () => {
    expect(errnoName(4095)).toBe('E4095');
    expect(errnoNumber('ENOSUCHNAME')).toBeUndefined();
  });
});

describe('a failed call', () => {
  test("carries errno's name, the call and what it was about", () => {
    const error = thrownBy(() => statPath(Buffer.from('/no/such/path')));
    expect(error).toBeInstanceOf(NativeError);
    expect(error).toBeInstanceOf(HsmckError);
    expect(error).toMatchObject({ code: 'ENOENT', call: 'lstat', target: '/no/such/path', name: 'NativeError' });
    expect(String(error)).toContain('lstat /no/such/path: ENOENT (no such file or directory)');
  });

  test('is told apart by code', () => {
    const error = thrownBy(() => libc('fsync', [-1], 'nothing'));
    expect(isErrno(error, 'EIO', 'EBADF')).toBe(true);
    expect(isErrno(error, 'EIO')).toBe(false);
    expect(isErrno(new Error('EBADF'), 'EBADF')).toBe(false);
  });

  test("from Node's own fs becomes the same kind of error; other errors pass unchanged", () => {
    const fromNode = thrownBy(() => fs.openSync('/no/such/path', 'r'));
    expect(NativeError.fromNode(fromNode, 'x')).toMatchObject({
      code: 'ENOENT',
      call: 'open',
      target: 'x',
      cause: fromNode,
    });
    const other = new TypeError('mine');
    expect(NativeError.fromNode(other, 'x')).toBe(other);
  });

  // Node calls these "Unknown system error -122": a full quota was not told from a broken disk, and an archive on a
  // stale network mount not from a damaged one.
  test.each([
    ['EDQUOT', 122],
    ['ESTALE', 116],
    ['EUCLEAN', 117],
    ['EREMOTEIO', 121],
  ])("from Node's own fs has its name where Node has none: %s", (code, errno) => {
    const text = `Unknown system error -${errno}`;
    const fromNode = Object.assign(new Error(`${text}: ${text}, write`), {
      errno: -errno,
      code: text,
      syscall: 'write',
    });
    expect(NativeError.fromNode(fromNode, 'x')).toMatchObject({ code, call: 'write' });
  });
});

test('sizes that a double cannot hold are refused, not rounded', () => {
  expect(exactSize(2n ** 53n - 1n)).toBe(Number.MAX_SAFE_INTEGER);
  expect(() => exactSize(2n ** 53n)).toThrow('2^53');
  expect(() => exactSize(-1n)).toThrow();
});
