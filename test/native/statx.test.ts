import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import { expect, test } from 'vitest';
import { O_PATH } from '../../src/native/constants.js';
import {
  isDirectory,
  isRegularFile,
  mountIdOfFd,
  mountIdOfPath,
  statFd,
  statPath,
  type FileStat,
} from '../../src/native/statx.js';
import { setMtime } from '../../src/native/times.js';
import { useFilesystem } from '../support/filesystem.js';
import { describeAsRoot } from '../support/require-root.js';
import { at, makeFile, open } from './files.js';

describeAsRoot.each(['xfs', 'ext4', 'btrfs'] as const)('statx on %s', (type) => {
  const scratch = useFilesystem({ type });

  /** stat(1) asks the kernel by itself. */
  const asStatSays = (file: Buffer): Partial<FileStat> => {
    const format = '%i %f %h %u %g %s %b %.9Y %.9Z %.9W';
    const words = execFileSync('stat', ['-c', format, file.toString()], { encoding: 'utf8' }).trim().split(' ');
    const [ino, mode, nlink, uid, gid, size, blocks, mtime, ctime, btime] = words;
    const ns = (time = ''): bigint => BigInt(time.replace('.', ''));
    return {
      ino: BigInt(ino ?? '') as FileStat['ino'],
      mode: Number(`0x${mode}`),
      nlink: Number(nlink),
      uid: Number(uid),
      gid: Number(gid),
      sizeBytes: BigInt(size ?? ''),
      blocks512: BigInt(blocks ?? ''),
      mtimeNs: ns(mtime),
      ctimeNs: ns(ctime),
      btimeNs: ns(btime),
    };
  };

  test('agrees with stat(1) on every kind of inode', () => {
    makeFile(scratch(), 'file', 'x'.repeat(12_345));
    fs.linkSync(at(scratch(), 'file'), at(scratch(), 'second name'));
    fs.chownSync(at(scratch(), 'file'), 4_000_000_000, 65_533);
    fs.chmodSync(at(scratch(), 'file'), 0o4711);
    fs.symlinkSync('nowhere', at(scratch(), 'link'));
    fs.mkdirSync(at(scratch(), 'folder'));
    for (const name of ['file', 'second name', 'link', 'folder']) {
      expect(statPath(at(scratch(), name)), name).toMatchObject(asStatSays(at(scratch(), name)));
    }
    expect(isRegularFile(statPath(at(scratch(), 'file')).mode)).toBe(true);
    expect(isRegularFile(statPath(at(scratch(), 'link')).mode)).toBe(false);
    expect(isDirectory(statPath(at(scratch(), 'folder')).mode)).toBe(true);
  });

  test('says the same by path, descriptor and O_PATH descriptor', () => {
    const fd = makeFile(scratch(), 'three ways', 'abc');
    const byPath = statPath(at(scratch(), 'three ways'));
    expect(statFd(fd, 'f')).toEqual(byPath);
    expect(statFd(open(scratch(), 'three ways', O_PATH), 'f')).toEqual(byPath);
  });

  // A size that no double holds. ext4 ends at 16 TiB, so it is asked for less.
  test('sizes are exact', () => {
    const sizeBytes = type === 'ext4' ? 2 ** 43 + 1 : 2 ** 53 - 1;
    fs.ftruncateSync(open(scratch(), 'file'), sizeBytes);
    expect(statPath(at(scratch(), 'file')).sizeBytes).toBe(BigInt(sizeBytes));
  });

  test.each([0n, 1n, -1n, -1_000_000_000n, -1_500_000_001n, 1_700_000_000_123_456_789n, 7_999_999_999_999_999_999n])(
    'mtime %d ns is set and read to the nanosecond, and atime stays',
    (mtimeNs) => {
      const fd = makeFile(scratch(), 'times', 'abc');
      const before = fs.fstatSync(fd, { bigint: true });
      setMtime(fd, mtimeNs, 'times');
      expect(statFd(fd, 'times').mtimeNs).toBe(mtimeNs);
      expect(fs.fstatSync(fd, { bigint: true }).atimeNs).toBe(before.atimeNs);
      expect(statFd(fd, 'times').ctimeNs).toBeGreaterThan(before.ctimeNs - 1n);
    },
  );

  test('device and mount id are those of the mount', () => {
    const stat = statPath(at(scratch(), ''));
    const line = fs
      .readFileSync('/proc/self/mountinfo', 'utf8')
      .split('\n')
      .find((entry) => entry.includes(scratch().mountPoint));
    expect(line?.split(' ')[0]).toBe(String(mountIdOfPath(at(scratch(), ''))));
    expect(mountIdOfFd(open(scratch(), '', fs.constants.O_RDONLY), 'mount')).toBe(mountIdOfPath(at(scratch(), '')));
    // btrfs gives each subvolume a device number of its own, which mountinfo does not show.
    if (type !== 'btrfs') expect(line?.split(' ')[2]).toBe(stat.device);
  });
});
