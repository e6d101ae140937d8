import fs from 'node:fs';
import { expect, test } from 'vitest';
import { isErrno } from '../../src/native/native-error.js';
import { getAttribute, listAttributes, removeAttribute, setAttribute } from '../../src/native/xattr.js';
import { useFilesystem } from '../support/filesystem.js';
import { describeAsRoot } from '../support/require-root.js';
import { keep, makeFile, thrownBy } from './files.js';
import { O_PATH } from '../../src/native/constants.js';
import { openPath } from '../../src/native/io.js';

const NAME = 'trusted.hsmck';

describeAsRoot.each(['xfs', 'ext4', 'btrfs'] as const)('extended attributes on %s', (type) => {
  const scratch = useFilesystem({ type });

  test('are set, replaced, listed, read and removed', () => {
    const fd = makeFile(scratch(), 'file', 'x');
    expect(getAttribute(fd, NAME, 'file')).toBeUndefined();
    setAttribute(fd, NAME, Buffer.alloc(64, 1), 'file');
    setAttribute(fd, NAME, Buffer.alloc(64, 2), 'file');
    setAttribute(fd, 'user.other', Buffer.from('o'), 'file');
    expect(getAttribute(fd, NAME, 'file')).toEqual(Buffer.alloc(64, 2));
    expect(listAttributes(fd, 'file').map(String).sort()).toEqual([NAME, 'user.other']);
    removeAttribute(fd, NAME, 'file');
    removeAttribute(fd, NAME, 'file');
    expect(getAttribute(fd, NAME, 'file')).toBeUndefined();
    expect(listAttributes(fd, 'file').map(String)).toEqual(['user.other']);
  });

  test('an empty value is a value', () => {
    const fd = makeFile(scratch(), 'empty', 'x');
    setAttribute(fd, NAME, Buffer.alloc(0), 'empty');
    expect(getAttribute(fd, NAME, 'empty')).toEqual(Buffer.alloc(0));
  });

  test.each([255, 256, 257, 1000])('a value of %d bytes, longer than ours, is read whole', (lengthBytes) => {
    const fd = makeFile(scratch(), 'long', 'x');
    const value = Buffer.alloc(lengthBytes, 'v');
    setAttribute(fd, NAME, value, 'long');
    expect(getAttribute(fd, NAME, 'long')).toEqual(value);
  });

  test('a file without attributes lists none', () => {
    expect(listAttributes(makeFile(scratch(), 'bare', 'x'), 'bare')).toEqual([]);
  });

  test('errors other than "there is none" are not swallowed', () => {
    fs.writeFileSync(`${scratch().mountPoint}/path-only`, '');
    const fd = keep(openPath(Buffer.from(`${scratch().mountPoint}/path-only`), O_PATH));
    expect(
      isErrno(
        thrownBy(() => getAttribute(fd, NAME, 'x')),
        'EBADF',
      ),
    ).toBe(true);
    expect(
      isErrno(
        thrownBy(() => removeAttribute(fd, NAME, 'x')),
        'EBADF',
      ),
    ).toBe(true);
    const file = makeFile(scratch(), 'bad namespace', 'x');
    expect(
      isErrno(
        thrownBy(() => setAttribute(file, 'nonsense.name', Buffer.of(1), 'x')),
        'EOPNOTSUPP',
      ),
    ).toBe(true);
  });
});
