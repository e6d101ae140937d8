import fs from 'node:fs';
import { expect, test } from 'vitest';
import { dataExtents, punchHole, type Extent } from '../../src/native/extents.js';
import { dropCachedPages, preadFully, pwriteAll, truncateFd, type Fd } from '../../src/native/io.js';
import { alignedBuffer } from '../../src/native/aligned-buffer.js';
import { addressOf } from '../../src/native/libc.js';
import { isErrno } from '../../src/native/native-error.js';
import { statFd } from '../../src/native/statx.js';
import { useFilesystem } from '../support/filesystem.js';
import { describeAsRoot } from '../support/require-root.js';
import { makeFile, open, thrownBy } from './files.js';

const BLOCK_BYTES = 4096;

describeAsRoot.each(['xfs', 'ext4', 'btrfs'] as const)('extents on %s', (type) => {
  const scratch = useFilesystem({ type });

  function extentsOf(fd: Fd): Extent[] {
    return [...dataExtents(fd, Number(statFd(fd, 'file').sizeBytes), 'file')];
  }

  test('of an empty file, a full one and one that is a single hole', () => {
    expect(extentsOf(makeFile(scratch(), 'empty', ''))).toEqual([]);
    expect(extentsOf(makeFile(scratch(), 'full', 'x'.repeat(10_000)))).toEqual([{ offset: 0, length: 10_000 }]);
    const hole = makeFile(scratch(), 'hole', '');
    truncateFd(hole, 2 ** 40, 'hole');
    expect(extentsOf(hole)).toEqual([]);
  });

  test('are exact at block grain, whatever lies between them', () => {
    const fd = makeFile(scratch(), 'sparse', '');
    const wanted: Extent[] = [
      { offset: 64 * 1024, length: BLOCK_BYTES },
      { offset: 1024 * 1024, length: 2 * BLOCK_BYTES },
      { offset: 2 ** 33, length: BLOCK_BYTES },
    ];
    for (const { offset, length } of wanted) pwriteAll(fd, Buffer.alloc(length, 'd'), length, offset, 'sparse');
    truncateFd(fd, 2 ** 34, 'sparse');
    fs.fsyncSync(fd);
    expect(extentsOf(fd)).toEqual(wanted);
  });

  test('a punch frees whole blocks and zeroes parts of them; the size stays', () => {
    const fd = makeFile(scratch(), 'punched', 'x'.repeat(5 * BLOCK_BYTES));
    punchHole(fd, BLOCK_BYTES, 2 * BLOCK_BYTES, 'punched');
    punchHole(fd, 4 * BLOCK_BYTES, 10, 'punched');
    fs.fsyncSync(fd);
    expect(statFd(fd, 'punched').sizeBytes).toBe(BigInt(5 * BLOCK_BYTES));
    expect(extentsOf(fd)).toEqual([
      { offset: 0, length: BLOCK_BYTES },
      { offset: 3 * BLOCK_BYTES, length: 2 * BLOCK_BYTES },
    ]);
    const content = fs.readFileSync(open(scratch(), 'punched'));
    expect(content.subarray(4 * BLOCK_BYTES, 4 * BLOCK_BYTES + 11).toString('latin1')).toBe(`${'\0'.repeat(10)}x`);
  });

  test('punching up to the rounded size leaves no data, partial last block included', () => {
    const fd = makeFile(scratch(), 'evicted', 'x'.repeat(10_000));
    punchHole(fd, 0, 3 * BLOCK_BYTES, 'evicted');
    fs.fsyncSync(fd);
    expect(extentsOf(fd)).toEqual([]);
    expect(statFd(fd, 'evicted').blocks512).toBe(0n);
  });

  test('errors are told: a closed descriptor is not a file without data', () => {
    expect(
      isErrno(
        thrownBy(() => [...dataExtents(-1 as Fd, 100, 'gone')]),
        'EBADF',
      ),
    ).toBe(true);
    const readOnly = open(scratch(), 'full', fs.constants.O_RDONLY);
    expect(
      isErrno(
        thrownBy(() => punchHole(readOnly, 0, BLOCK_BYTES, 'full')),
        'EBADF',
      ),
    ).toBe(true);
  });

  test('aligned buffers serve O_DIRECT', () => {
    makeFile(scratch(), 'direct', 'd'.repeat(3 * BLOCK_BYTES));
    const fd = open(scratch(), 'direct', fs.constants.O_RDONLY | fs.constants.O_DIRECT);
    const buffer = alignedBuffer(2 * BLOCK_BYTES);
    expect(addressOf(buffer) % BigInt(BLOCK_BYTES)).toBe(0n);
    expect(preadFully(fd, buffer, buffer.length, BLOCK_BYTES, 'direct')).toBe(2 * BLOCK_BYTES);
    expect(buffer).toEqual(Buffer.alloc(2 * BLOCK_BYTES, 'd'));
    dropCachedPages(fd, 'direct');
  });
});
