/** Crashes without a power cut: what a shut-down filesystem loses, and what it must not lose. */
import fs from 'node:fs';
import { expect, test } from 'vitest';
import { closeFd, fsyncFd, openPath, syncFilesystem, type Fd } from '../../src/native/io.js';
import { isErrno } from '../../src/native/native-error.js';
import { getAttribute, setAttribute } from '../../src/native/xattr.js';
import { shutDownFilesystem, type ShutdownMode } from '../../src/native/xfs-geometry.js';
import { useFilesystem } from '../support/filesystem.js';
import { describeAsRoot } from '../support/require-root.js';
import { at, makeFile, open, openRoot, thrownBy } from './files.js';

const NAME = 'trusted.hsmck';
const mark = (byte: number): Buffer => Buffer.alloc(64, byte);

describeAsRoot.each(['xfs', 'ext4'] as const)('a crash of %s', (type) => {
  const scratch = useFilesystem({ type });

  /** Does the work, crashes, mounts again. No descriptor may be left open: the filesystem has to be unmounted. */
  function crashAfter(mode: ShutdownMode, work: (fd: Fd) => void): void {
    fs.writeFileSync(at(scratch(), 'file'), 'x');
    const root = openPath(Buffer.from(scratch().mountPoint), fs.constants.O_RDONLY);
    const fd = openPath(at(scratch(), 'file'), fs.constants.O_RDWR);
    setAttribute(fd, NAME, mark(1), 'file');
    syncFilesystem(root, 'root');
    work(fd);
    shutDownFilesystem(root, mode, 'root');
    closeFd(fd);
    closeFd(root);
    scratch().remount();
  }
  const markFound = (): Buffer | undefined => getAttribute(open(scratch(), 'file'), NAME, 'file');

  test('drops an attribute that was not synced', () => {
    crashAfter('drop-log', (fd) => setAttribute(fd, NAME, mark(2), 'file'));
    expect(markFound()).toEqual(mark(1));
  });

  test('keeps an attribute after fsync of its inode', () => {
    crashAfter('drop-log', (fd) => {
      setAttribute(fd, NAME, mark(3), 'file');
      fsyncFd(fd, 'file');
    });
    expect(markFound()).toEqual(mark(3));
  });

  test('that flushes the log keeps the attribute too', () => {
    crashAfter('flush-log', (fd) => setAttribute(fd, NAME, mark(4), 'file'));
    expect(markFound()).toEqual(mark(4));
  });

  test('leaves nothing to be had until the next mount: every call fails with EIO or ESHUTDOWN', () => {
    let error: unknown;
    crashAfter('drop-log', (fd) => {
      const root = openPath(Buffer.from(scratch().mountPoint), fs.constants.O_RDONLY);
      shutDownFilesystem(root, 'drop-log', 'root');
      closeFd(root);
      error = thrownBy(() => {
        setAttribute(fd, NAME, mark(5), 'file');
        fsyncFd(fd, 'file');
      });
    });
    expect(isErrno(error, 'EIO', 'ESHUTDOWN')).toBe(true);
    expect(markFound()).toEqual(mark(1));
  });
});

describeAsRoot('a filesystem that cannot be shut down', () => {
  const scratch = useFilesystem({ type: 'btrfs' });

  test('says ENOTTY', () => {
    makeFile(scratch(), 'file', 'x');
    const fd = open(scratch(), 'file');
    expect(
      isErrno(
        thrownBy(() => shutDownFilesystem(fd, 'drop-log', 'file')),
        'ENOTTY',
      ),
    ).toBe(true);
  });
});

describeAsRoot('handles across a crash', () => {
  const scratch = useFilesystem();

  test('the root is reachable again', () => {
    const before = fs.statSync(at(scratch(), ''), { bigint: true }).ino;
    const fd = openPath(Buffer.from(scratch().mountPoint), fs.constants.O_RDONLY);
    shutDownFilesystem(fd, 'flush-log', 'root');
    closeFd(fd);
    scratch().remount();
    expect(fs.fstatSync(openRoot(scratch()).fd, { bigint: true }).ino).toBe(before);
  });
});
