/** What the protocol stands on: I/O that changes data and leaves mtime and ctime alone, and I/O that does not. */
import fs from 'node:fs';
import { expect, test } from 'vitest';
import { cloneFile, dataExtents, punchHole } from '../../src/native/extents.js';
import { fdatasyncFd, pwriteAll, truncateFd, type Fd } from '../../src/native/io.js';
import { statFd } from '../../src/native/statx.js';
import { openTemporaryFile } from '../../src/native/temporary-file.js';
import { openByXfsHandle } from '../../src/native/xfs-handle.js';
import { setAttribute } from '../../src/native/xattr.js';
import { useFilesystem } from '../support/filesystem.js';
import { describeAsRoot } from '../support/require-root.js';
import { at, identityOf, keep, makeFile, open, openRoot } from './files.js';

const SIZE_BYTES = 10_000;
const ROUNDED_BYTES = 12_288;

describeAsRoot('invisible I/O', () => {
  const scratch = useFilesystem();

  function openInvisibly(name: string): Fd {
    const id = identityOf(makeFile(scratch(), name, 'x'.repeat(SIZE_BYTES)));
    const root = openRoot(scratch());
    return keep(openByXfsHandle(root.fd, root.fsid, id, fs.constants.O_RDWR));
  }

  const timesOf = (fd: Fd): bigint[] => {
    const { atimeNs } = fs.fstatSync(fd, { bigint: true });
    const { mtimeNs, ctimeNs } = statFd(fd, 'file');
    return [atimeNs, mtimeNs, ctimeNs];
  };

  const INVISIBLE: Readonly<Record<string, (fd: Fd) => void>> = {
    read: (fd) => void fs.readSync(fd, Buffer.alloc(100), 0, 100, 0),
    pwrite: (fd) => pwriteAll(fd, Buffer.alloc(100, 'y'), 100, 0, 'file'),
    punch: (fd) => punchHole(fd, 0, ROUNDED_BYTES, 'file'),
    clone: (fd) => {
      const temporary = keep(openTemporaryFile(Buffer.from(scratch().mountPoint)));
      pwriteAll(temporary, Buffer.alloc(SIZE_BYTES, 'z'), SIZE_BYTES, 0, 'temporary');
      fdatasyncFd(temporary, 'temporary');
      cloneFile(temporary, fd, 'file');
    },
  };
  test.each(Object.entries(INVISIBLE))('%s by XFS handle leaves atime, mtime and ctime alone', (name, action) => {
    const fd = openInvisibly(`invisible-${name}`);
    const before = timesOf(fd);
    action(fd);
    fs.fsyncSync(fd);
    expect(timesOf(fd)).toEqual(before);
  });

  const VISIBLE: Readonly<Record<string, (fd: Fd) => void>> = {
    truncate: (fd) => truncateFd(fd, SIZE_BYTES - 1, 'file'),
    'setting an attribute': (fd) => setAttribute(fd, 'trusted.hsmck', Buffer.alloc(64), 'file'),
  };
  test.each(Object.entries(VISIBLE))('%s by XFS handle does move ctime', (name, action) => {
    const fd = openInvisibly(`visible ${name}`);
    const before = statFd(fd, 'file').ctimeNs;
    action(fd);
    expect(statFd(fd, 'file').ctimeNs).toBeGreaterThan(before);
  });

  test('punch by an ordinary descriptor moves mtime and ctime', () => {
    const fd = makeFile(scratch(), 'ordinary', 'x'.repeat(SIZE_BYTES));
    const before = statFd(fd, 'file');
    punchHole(fd, 0, ROUNDED_BYTES, 'file');
    expect(statFd(fd, 'file').mtimeNs).toBeGreaterThan(before.mtimeNs);
    expect(statFd(fd, 'file').ctimeNs).toBeGreaterThan(before.ctimeNs);
  });

  test('a release and a recall: punched to the block, size kept, filled again by a clone', () => {
    const fd = openInvisibly('round trip');
    const before = timesOf(fd);
    punchHole(fd, 0, ROUNDED_BYTES, 'file');
    fs.fsyncSync(fd);
    expect([...dataExtents(fd, SIZE_BYTES, 'file')]).toEqual([]);
    expect(statFd(fd, 'file')).toMatchObject({ sizeBytes: BigInt(SIZE_BYTES), blocks512: 0n });
    expect(fs.readFileSync(at(scratch(), 'round trip'))).toEqual(Buffer.alloc(SIZE_BYTES));

    INVISIBLE['clone']?.(fd);
    expect(fs.readFileSync(at(scratch(), 'round trip'), 'utf8')).toBe('z'.repeat(SIZE_BYTES));
    expect(statFd(fd, 'file').sizeBytes).toBe(BigInt(SIZE_BYTES));
    expect(timesOf(fd).slice(1)).toEqual(before.slice(1));
  });
});

describeAsRoot('temporary files', () => {
  const scratch = useFilesystem();

  test('have no name and leave nothing', () => {
    const before = fs.readdirSync(scratch().mountPoint);
    const fd = openTemporaryFile(Buffer.from(scratch().mountPoint));
    pwriteAll(fd, Buffer.from('abc'), 3, 0, 'temporary');
    expect(statFd(fd, 'temporary')).toMatchObject({ nlink: 0, sizeBytes: 3n });
    fs.closeSync(fd);
    expect(fs.readdirSync(scratch().mountPoint)).toEqual(before);
  });

  test('cannot be cloned where the filesystem has no reflinks', () => {
    const target = makeFile(scratch(), 'target', 'abc');
    const elsewhere = keep(fs.openSync('/proc/self/cmdline', 'r') as Fd);
    expect(() => cloneFile(elsewhere, target, 'target')).toThrow(/EXDEV|EOPNOTSUPP|EINVAL/);
    expect(fs.readFileSync(open(scratch(), 'target'), 'utf8')).toBe('abc');
  });
});
