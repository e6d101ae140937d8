/**
 * The device, bulkstat, the kernel's chunk records and a directory walk must name the same inodes with the same values,
 * on every layout: an inode that one source leaves out is one whose interrupted migration nobody finds.
 */
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { listPartitions } from '../../src/scan/partitions.js';
import { planPartitions } from '../../src/scan/plan-partitions.js';
import { withFilesystem } from '../support/filesystem.js';
import { describeAsRoot } from '../support/require-root.js';
import { allocatedInos, populateEveryKind, scanBy, scanImage, totalOf, withDevice } from './device-fixture.js';
import { walkAll } from './scan-fixture.js';

const MIB = 1024 * 1024;

interface Layout {
  readonly name: string;
  readonly mkfs: readonly string[];
  readonly sizeBytes?: number;
}

const LAYOUTS: readonly Layout[] = [
  { name: 'as mkfs makes it', mkfs: [] },
  { name: 'inodes of 1,024 bytes', mkfs: ['-i', 'size=1024'] },
  { name: 'inodes of 2,048 bytes, sectors of 4,096', mkfs: ['-i', 'size=2048', '-s', 'size=4096'] },
  { name: 'blocks of 1,024 bytes', mkfs: ['-b', 'size=1024'] },
  { name: 'blocks of 2,048 bytes, inodes of 1,024', mkfs: ['-b', 'size=2048', '-i', 'size=1024'] },
  { name: 'blocks of 16 KiB', mkfs: ['-b', 'size=16384'], sizeBytes: 1024 * MIB },
  { name: 'blocks of 64 KiB', mkfs: ['-b', 'size=65536'], sizeBytes: 2048 * MIB },
  {
    name: 'times of 32 bits, no sparse chunks, no finobt, no reflink',
    mkfs: ['-m', 'bigtime=0,finobt=0,reflink=0', '-i', 'sparse=0'],
  },
  { name: 'reverse map', mkfs: ['-m', 'rmapbt=1'] },
  { name: 'extent counters of 64 bits', mkfs: ['-i', 'nrext64=1'] },
  { name: '2 groups, the last one short', mkfs: ['-d', 'agsize=400m'], sizeBytes: 512 * MIB },
  { name: '64 groups', mkfs: ['-d', 'agcount=64'], sizeBytes: 6144 * MIB },
];

/** The number of inodes. */
async function expectEqualEverywhere(mountPoint: string): Promise<number> {
  return withDevice(mountPoint, async (mount, device) => {
    const byDevice = await scanBy(mount, device);
    const byBulkstat = await scanBy(mount);
    expect(byDevice.rows).toEqual(byBulkstat.rows);
    expect(byDevice.results.every(({ complete }) => complete)).toBe(true);
    for (const count of ['inodes', 'managed', 'unlinked', 'internal', 'unreadable'] as const)
      expect([count, totalOf(byDevice, count)]).toEqual([count, totalOf(byBulkstat, count)]);
    expect([totalOf(byDevice, 'fetchedSingly'), totalOf(byDevice, 'freed')]).toEqual([0, 0]);
    const leftOut = totalOf(byDevice, 'internal') + totalOf(byDevice, 'unlinked');
    expect(byDevice.rows.length + leftOut).toBe(allocatedInos(mount).length);
    const walked = walkAll(mountPoint);
    expect(
      byDevice.rows.map(({ ino, mode, nlink, uid, gid, size, blocks, mtimeNs, ctimeNs }) => ({
        ino,
        mode,
        nlink,
        uid,
        gid,
        size,
        blocks,
        mtimeNs,
        ctimeNs,
      })),
    ).toEqual(walked);
    // Cut as for many threads.
    const partitions = planPartitions(mount, device.scanDevice, 64, 1);
    expect(partitions.length).toBeGreaterThan(listPartitions(mount.scanMount, mount.geometry).length);
    expect((await scanBy(mount, device, { partitions })).rows).toEqual(byDevice.rows);
    return byDevice.rows.length;
  });
}

describeAsRoot('a scan of the device', () => {
  it.each(LAYOUTS)('equals bulkstat, the chunk records and a walk: $name', async ({ mkfs, sizeBytes }) => {
    await withFilesystem({ mkfsOptions: mkfs, ...(sizeBytes !== undefined && { sizeBytes }) }, async (scratch) => {
      populateEveryKind(scratch.mountPoint, 3, 150);
      const held = fs.openSync(path.join(scratch.mountPoint, 'folder1/f30'), 'r');
      fs.rmSync(path.join(scratch.mountPoint, 'folder1/f30'));
      await expectEqualEverywhere(scratch.mountPoint);
      fs.closeSync(held);
    });
  });

  it('equals them with the log on another device', async () => {
    await withFilesystem({}, async (scratch) => {
      const log = path.join(scratch.folder, 'log');
      fs.writeFileSync(log, '');
      fs.truncateSync(log, 64 * MIB);
      const logDevice = execFileSync('losetup', ['--find', '--show', log], { encoding: 'utf8' }).trim();
      try {
        scratch.unmount();
        execFileSync('mkfs.xfs', ['-q', '-f', '-l', `logdev=${logDevice}`, scratch.device]);
        scratch.mount([`logdev=${logDevice}`]);
        populateEveryKind(scratch.mountPoint, 2, 90);
        await expectEqualEverywhere(scratch.mountPoint);
      } finally {
        scratch.unmount();
        execFileSync('losetup', ['--detach', logDevice]);
      }
    });
  });

  it('equals them with sparse chunks', async () => {
    await withFilesystem({ sizeBytes: 320 * MIB, mkfsOptions: ['-m', 'reflink=0,finobt=0'] }, async (scratch) => {
      const { mountPoint } = scratch;
      populateEveryKind(mountPoint, 1, 60);
      fragmentFreeSpace(mountPoint);
      fs.mkdirSync(path.join(mountPoint, 'sparse'));
      for (let index = 0; index < 3000; index++) fs.writeFileSync(path.join(mountPoint, 'sparse', `f${index}`), '');
      const inodes = await expectEqualEverywhere(mountPoint);
      scratch.unmount();
      expect(sparseChunks(scratch.device)).toBeGreaterThan(0);
      const { rows, results } = await scanImage(scratch.device);
      expect([rows.length, results.every(({ complete }) => complete)]).toEqual([inodes, true]);
      scratch.mount();
    });
  });
});

/** Leaves free space in pieces of 28 KiB: room for a part of a chunk of inodes, and for none that is whole. */
function fragmentFreeSpace(mountPoint: string): void {
  execFileSync('xfs_io', ['-x', '-c', 'resblks 0', mountPoint], { stdio: 'pipe' });
  const filler = path.join(mountPoint, 'filler');
  fs.writeFileSync(filler, '');
  const { bavail, bsize } = fs.statfsSync(mountPoint);
  execFileSync('fallocate', ['-l', String((bavail - 64) * bsize), filler]);
  const rest = fs.statfsSync(mountPoint);
  execFileSync('dd', ['if=/dev/zero', `of=${path.join(mountPoint, 'rest')}`, 'bs=4k', `count=${rest.bavail}`], {
    stdio: 'pipe',
  });
  const holes = Array.from({ length: 400 }, (_, index) => ['-c', `fpunch ${index * 128}k 28k`]).flat();
  execFileSync('xfs_io', [...holes, filler]);
}

/** Chunk records with a hole mask, over all groups. */
function sparseChunks(device: string): number {
  const groups = [0, 1, 2, 3].flatMap((agno) => ['-c', `agi ${agno}`, '-c', 'addr root', '-c', 'print recs']);
  const text = execFileSync('xfs_db', ['-r', ...groups, device], { encoding: 'utf8' });
  return [...text.matchAll(/\[[\d]+,(0x[0-9a-f]+|\d+),/g)].filter(([, mask]) => Number(mask) !== 0).length;
}
