import fs from 'node:fs';
import path from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { XFS_XFLAG_HASATTR } from '../../src/native/constants.js';
import type { Fd } from '../../src/native/io.js';
import { BULK_IREQ, BULKSTAT } from '../../src/native/layouts.js';
import { isErrno } from '../../src/native/native-error.js';
import { generationOf } from '../../src/native/statx.js';
import { setAttribute } from '../../src/native/xattr.js';
import { BulkstatRequest, InumbersRequest } from '../../src/native/xfs-bulkstat.js';
import { agInodeCount, xfsGeometry } from '../../src/native/xfs-geometry.js';
import { useFilesystem } from '../support/filesystem.js';
import { builtFile, runChild } from '../support/run-node.js';
import { describeAsRoot } from '../support/require-root.js';
import { at, makeFile, openRoot, thrownBy } from './files.js';

const AG_COUNT = 3;
const FILES = 700;
/** Superblock-internal inodes (realtime bitmap and summary): allocated, and never reported by bulkstat. */
const INTERNAL_INODES = 2;

interface Row {
  readonly ino: bigint;
  readonly gen: number;
  readonly record: Buffer;
}

function rowsOf(fd: Fd, agno: number, batch: number): Row[] {
  const request = new BulkstatRequest(batch);
  const rows: Row[] = [];
  const bytes = Buffer.from(request.words.buffer);
  for (let next = 0n; ; next = request.nextIno()) {
    const count = request.fetch(fd, agno, next, 'test');
    if (count === 0) return rows;
    for (let index = 0; index < count; index++) {
      const start = BULK_IREQ.sizeBytes + index * BULKSTAT.sizeBytes;
      expect(BulkstatRequest.wordOffset(index) * 4).toBe(start);
      const record = Buffer.from(bytes.subarray(start, start + BULKSTAT.sizeBytes));
      rows.push({ ino: record.readBigUInt64LE(0), gen: record.readUInt32LE(BULKSTAT.fields.bs_gen[0]), record });
    }
  }
}

function allocatedInodes(fd: Fd, agno: number, batch: number): bigint[] {
  const request = new InumbersRequest(batch);
  const inodes: bigint[] = [];
  for (let next = 0n; ; next = request.nextIno()) {
    const chunks = request.fetch(fd, agno, next, 'test');
    if (chunks.length === 0) return inodes;
    for (const { startIno, allocatedMask } of chunks) {
      for (let bit = 0n; bit < 64n; bit++) if ((allocatedMask >> bit) & 1n) inodes.push(startIno + bit);
    }
  }
}

const forAllGroups = <T>(action: (agno: number) => T[]): T[] =>
  Array.from({ length: AG_COUNT }, (_, agno) => action(agno)).flat();

describeAsRoot('bulkstat and inumbers of a filled filesystem', () => {
  const scratch = useFilesystem({ mkfsOptions: ['-d', `agcount=${AG_COUNT}`] });

  /** Every path on the filesystem by inode number. */
  let files: ReadonlyMap<bigint, Buffer>;
  beforeAll(() => {
    const folders = ['', ...Array.from({ length: 6 }, (_, index) => `folder-${index}`)];
    for (const folder of folders.slice(1)) fs.mkdirSync(at(scratch(), folder));
    for (let index = 0; index < FILES; index++) {
      const file = at(scratch(), `${folders[index % folders.length]}/file-${index}`);
      fs.writeFileSync(file, 'x'.repeat(index * 17));
      fs.utimesSync(file, index - FILES / 2, index - FILES / 2 + 0.25);
      fs.chownSync(file, index, 2 ** 32 - 2 - index);
    }
    fs.symlinkSync('nowhere', at(scratch(), 'link'));
    // What is not written back yet is missing from bulkstat's sizes; unmounting writes it back.
    scratch().remount();
    const names = fs.readdirSync(scratch().mountPoint, { recursive: true, encoding: 'utf8' });
    const paths = ['', ...names].map((name) => at(scratch(), name));
    files = new Map(paths.map((file) => [fs.lstatSync(file, { bigint: true }).ino, file]));
  });

  test.each([1, 7, 64, 4096])('a batch of %d: each inode once, in ascending order', (batch) => {
    const root = openRoot(scratch());
    const inodes = forAllGroups((agno) => rowsOf(root.fd, agno, batch).map((row) => row.ino));
    expect(inodes).toEqual([...files.keys()].sort((a, b) => (a < b ? -1 : 1)));
  });

  test('every column equals lstat', () => {
    const root = openRoot(scratch());
    const { fields } = BULKSTAT;
    for (const { ino, gen, record } of forAllGroups((agno) => rowsOf(root.fd, agno, 100))) {
      const file = files.get(ino) ?? Buffer.of();
      const stat = fs.lstatSync(file, { bigint: true });
      const timeNs = (column: 'mtime' | 'ctime' | 'btime'): bigint =>
        record.readBigInt64LE(fields[`bs_${column}`][0]) * 1_000_000_000n +
        BigInt(record.readUInt32LE(fields[`bs_${column}_nsec`][0]));
      const said = {
        mode: BigInt(record.readUInt16LE(fields.bs_mode[0])),
        nlink: BigInt(record.readUInt32LE(fields.bs_nlink[0])),
        uid: BigInt(record.readUInt32LE(fields.bs_uid[0])),
        gid: BigInt(record.readUInt32LE(fields.bs_gid[0])),
        size: record.readBigUInt64LE(fields.bs_size[0]),
        blocks:
          (record.readBigUInt64LE(fields.bs_blocks[0]) * BigInt(record.readUInt32LE(fields.bs_blksize[0]))) / 512n,
        mtimeNs: timeNs('mtime'),
        ctimeNs: timeNs('ctime'),
        birthtimeNs: timeNs('btime'),
      };
      expect(stat, file.toString()).toMatchObject(said);
      if (stat.isFile()) {
        const fd = fs.openSync(file, 'r') as Fd;
        expect(generationOf(fd, file.toString())).toBe(gen);
        fs.closeSync(fd);
      }
    }
  });

  test.each([1, 3, 1000])('inumbers in batches of %d names the same inodes and the internal ones', (batch) => {
    const root = openRoot(scratch());
    const allocated = forAllGroups((agno) => allocatedInodes(root.fd, agno, batch));
    expect(allocated.filter((ino) => files.has(ino)).length).toBe(files.size);
    expect(allocated.length).toBe(files.size + INTERNAL_INODES);
  });

  test('the geometry and the counts of each group are those of the filesystem', () => {
    const root = openRoot(scratch());
    const geometry = xfsGeometry(root.fd, 'test');
    expect(geometry).toMatchObject({ agCount: AG_COUNT, blockSizeBytes: 4096, inodeSizeBytes: 512, rtBlocks: 0n });
    expect(geometry.dataBlocks * 4096n).toBe(BigInt(fs.statSync(scratch().image).size));
    expect(geometry.agBlocks * AG_COUNT).toBeGreaterThanOrEqual(Number(geometry.dataBlocks));
    for (let agno = 0; agno < AG_COUNT; agno++) {
      const { allocated, free } = agInodeCount(root.fd, agno, 'test');
      expect(allocated % 64).toBe(0);
      expect(allocated - free).toBe(allocatedInodes(root.fd, agno, 100).length);
    }
    expect(files.size).toBeGreaterThan(FILES);
  });
});

describeAsRoot('single answers of bulkstat', () => {
  const scratch = useFilesystem({ mkfsOptions: ['-d', `agcount=${AG_COUNT}`] });

  test('an inode with an attribute has the flag, so that a clear flag proves that there is none', () => {
    setAttribute(makeFile(scratch(), 'with', 'x'), 'trusted.hsmck', Buffer.alloc(64), 'with');
    const flagOf = (name: string): boolean => {
      const { ino } = fs.statSync(at(scratch(), name), { bigint: true });
      const request = new BulkstatRequest(1);
      const group = Number(ino >> BigInt(Math.ceil(Math.log2(xfsGeometry(openRoot(scratch()).fd, 'x').agBlocks)) + 3));
      expect(request.fetch(openRoot(scratch()).fd, group, ino, 'x')).toBe(1);
      expect(request.nextIno()).toBe(ino + 1n);
      const flags = request.words[BulkstatRequest.wordOffset(0) + BULKSTAT.fields.bs_xflags[0] / 4] ?? 0;
      return (flags & XFS_XFLAG_HASATTR) !== 0;
    };
    expect(flagOf('with')).toBe(true);
  });

  test('an open file without a name is reported with no links', () => {
    const fd = makeFile(scratch(), 'unlinked', 'x');
    const { ino } = fs.fstatSync(fd, { bigint: true });
    fs.unlinkSync(at(scratch(), 'unlinked'));
    const root = openRoot(scratch());
    const row = forAllGroups((agno) => rowsOf(root.fd, agno, 100)).find((candidate) => candidate.ino === ino);
    expect(row?.record.readUInt32LE(BULKSTAT.fields.bs_nlink[0])).toBe(0);
  });

  test('a group that does not exist is EINVAL', () => {
    const root = openRoot(scratch());
    const fetch = (): number => new BulkstatRequest(1).fetch(root.fd, AG_COUNT, 0n, 'group 3');
    expect(thrownBy(fetch)).toMatchObject({ code: 'EINVAL', call: 'ioctl', target: 'group 3' });
  });

  test('without CAP_SYS_ADMIN it is EPERM', async () => {
    const load = (name: string): string => JSON.stringify(builtFile(`native/${name}.js`));
    const program = `
      const { BulkstatRequest } = await import(${load('xfs-bulkstat')});
      const fs = await import('node:fs');
      try {
        new BulkstatRequest(1).fetch(fs.openSync('.', 'r'), 0, 0n, 'here');
      } catch (error) {
        console.log(error.code);
      }`;
    const drop = ['--bounding-set', '-sys_admin', '--inh-caps', '-sys_admin', process.execPath];
    const child = await runChild('setpriv', [...drop, '--input-type=module', '--eval', program], {
      cwd: scratch().mountPoint,
    });
    expect(child).toMatchObject({ stdout: 'EPERM\n', stderr: '', status: 0 });
  });
});

describe('elsewhere', () => {
  test('a filesystem that is not XFS is ENOTTY', () => {
    const fd = fs.openSync('/proc', 'r') as Fd;
    try {
      expect(
        isErrno(
          thrownBy(() => xfsGeometry(fd, path.join('/', 'proc'))),
          'ENOTTY',
        ),
      ).toBe(true);
    } finally {
      fs.closeSync(fd);
    }
  });
});
