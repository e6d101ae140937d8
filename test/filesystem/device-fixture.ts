/** One filesystem read by both sources on the test's own thread, every column of every inode. */
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { freezeFilesystem, thawFilesystem } from '../../src/native/freeze.js';
import { InumbersRequest } from '../../src/native/xfs-bulkstat.js';
import { attributeBytesAt, blocks512At, ctimeNsAt, inoAt, mtimeNsAt, sizeAt } from '../../src/scan/batch-values.js';
import { ATTRIBUTE_STATUS, type InodeBatch } from '../../src/scan/inode-batch.js';
import { openMount, type OpenMount } from '../../src/scan/open-mount.js';
import { openUnmounted } from '../../src/scan/open-unmounted.js';
import { listPartitions, type Partition } from '../../src/scan/partitions.js';
import { scanPartition } from '../../src/scan/scan-partition.js';
import type { PartitionResult, UnreadableInode } from '../../src/scan/xfs-bulkstat/partition-result.js';
import type { ScanMount } from '../../src/scan/xfs-bulkstat/scan-mount.js';
import type { ScanDevice } from '../../src/scan/xfs-device/scan-device.js';
import { openDeviceOf, type OpenDevice } from '../../src/scan/xfs-device/open-device.js';
import { manage, setRawAttribute } from './scan-fixture.js';

export interface FullRow {
  readonly ino: bigint;
  readonly gen: number | undefined;
  readonly mode: number | undefined;
  readonly nlink: number | undefined;
  readonly uid: number | undefined;
  readonly gid: number | undefined;
  readonly projid: number | undefined;
  readonly size: bigint;
  readonly blocks: bigint;
  readonly mtimeNs: bigint;
  readonly ctimeNs: bigint;
  readonly xflags: number | undefined;
  readonly state: number | undefined;
  readonly attributeStatus: number | undefined;
  readonly attribute: string | undefined;
}

function rowAt(batch: InodeBatch, row: number): FullRow {
  const attributeStatus = batch.attributeStatus[row];
  return {
    ino: inoAt(batch, row),
    gen: batch.gen[row],
    mode: batch.mode[row],
    nlink: batch.nlink[row],
    uid: batch.uid[row],
    gid: batch.gid[row],
    projid: batch.projid[row],
    size: sizeAt(batch, row),
    blocks: blocks512At(batch, row),
    mtimeNs: mtimeNsAt(batch, row),
    ctimeNs: ctimeNsAt(batch, row),
    xflags: batch.xflags[row],
    state: batch.state[row],
    attributeStatus,
    attribute: attributeStatus === ATTRIBUTE_STATUS.present ? attributeBytesAt(batch, row).toString('hex') : undefined,
  };
}

export interface SourceScan {
  readonly rows: readonly FullRow[];
  readonly results: readonly PartitionResult[];
  /** As they were told, in the stream of rows: with the number of rows before each. */
  readonly unreadable: readonly (UnreadableInode & { readonly before: number })[];
}

export interface ScanHow {
  readonly partitions?: readonly Partition[];
  readonly attributeName?: string;
  /** Called with the rows so far after each batch. */
  readonly onBatch?: (rows: number) => void;
}

async function scanParts(
  partitions: readonly Partition[],
  source: { readonly mount: ScanMount | undefined; readonly device: ScanDevice | undefined },
  { attributeName = 'trusted.hsmck', onBatch }: ScanHow,
): Promise<SourceScan> {
  const rows: FullRow[] = [];
  const results: PartitionResult[] = [];
  const unreadable: SourceScan['unreadable'][number][] = [];
  for (const { agno, span } of partitions) {
    const onUnreadable = (inode: UnreadableInode): void => {
      unreadable.push({ ...inode, before: rows.length });
    };
    const options = { ...source, agno, span, attributeName, attributes: 'read', onUnreadable } as const;
    const result = await scanPartition(options, (batch) => {
      for (let row = 0; row < batch.count; row++) rows.push(rowAt(batch, row));
      onBatch?.(rows.length);
    });
    results.push(result);
  }
  return { rows, results, unreadable };
}

/** Scans all groups of a mounted filesystem in order, by the device if one is given. */
export function scanBy(mount: OpenMount, device?: OpenDevice, how: ScanHow = {}): Promise<SourceScan> {
  const partitions = how.partitions ?? listPartitions(mount.scanMount, mount.geometry);
  return scanParts(partitions, { mount: mount.scanMount, device: device?.scanDevice }, how);
}

/** Scans a device or image that is not mounted. */
export async function scanImage(place: string, ignoreLog = false, how: ScanHow = {}): Promise<SourceScan> {
  const image = openUnmounted(place, ignoreLog);
  try {
    return await scanParts(image.partitions, { mount: undefined, device: image.scanDevice }, how);
  } finally {
    image.close();
  }
}

export const totalOf = ({ results }: SourceScan, count: Exclude<keyof PartitionResult, 'failure'>): number =>
  results.reduce((sum, result) => sum + Number(result[count]), 0);

/** Everything complete is in its place on the device afterwards. For scratch filesystems only. */
export function settleScratch(mountPoint: string): void {
  if (!path.basename(path.dirname(mountPoint)).startsWith('hsmck-')) throw new Error(`${mountPoint} is no scratch`);
  execFileSync('sync', ['-f', mountPoint]);
  const fd = fs.openSync(mountPoint, 'r');
  freezeFilesystem(fd as never, mountPoint);
  thawFilesystem(fd as never, mountPoint);
  fs.closeSync(fd);
}

/** Opens a mount and its device, settled, for the length of a function. */
export async function withDevice<T>(
  mountPoint: string,
  action: (mount: OpenMount, device: OpenDevice) => Promise<T>,
): Promise<T> {
  settleScratch(mountPoint);
  const mount = openMount(Buffer.from(mountPoint));
  const device = openDeviceOf(mount);
  try {
    return await action(mount, device);
  } finally {
    device.close();
    mount.close();
  }
}

/** Every allocated inode, as the kernel's chunk records tell. */
export function allocatedInos({ rootFd, geometry }: OpenMount): bigint[] {
  const request = new InumbersRequest(1000);
  const inos: bigint[] = [];
  for (let agno = 0; agno < geometry.agCount; agno++) {
    let next = 0n;
    for (;;) {
      const chunks = request.fetch(rootFd, agno, next, 'test');
      if (chunks.length === 0) break;
      next = request.nextIno();
      for (const { startIno, allocatedMask } of chunks) {
        for (let bit = 0n; bit < 64n; bit++) if (((allocatedMask >> bit) & 1n) === 1n) inos.push(startIno + bit);
      }
    }
  }
  return inos;
}

const xattr = (file: string, name: string, lengthBytes: number): void => {
  execFileSync('setfattr', ['-n', name, '-v', 'x'.repeat(lengthBytes), file]);
};

/** Everything that changes how an inode looks on disk: kinds, sizes, times, owners, flags, attributes in every format. */
export function populateEveryKind(root: string, folders: number, filesPerFolder: number): void {
  for (let folder = 0; folder < folders; folder++) {
    const place = path.join(root, `folder${folder}`);
    const at = (name: string): string => path.join(place, name);
    fs.mkdirSync(place);
    for (let index = 0; index < filesPerFolder; index++)
      fs.writeFileSync(at(`f${index}`), 'x'.repeat((index % 5) * 999));
    fs.symlinkSync('short', at('short-link'));
    fs.symlinkSync('x'.repeat(900), at('long-link'));
    fs.linkSync(at('f0'), at('hard'));
    execFileSync('mkfifo', [at('fifo')]);
    execFileSync('mknod', [at('device'), 'c', '1', '3']);
    fs.chownSync(at('f1'), 4_000_000_001, 4_000_000_002);
    fs.chmodSync(at('f2'), 0o6751);
    for (const [name, date] of Object.entries({
      f3: '@-1.000000001',
      f4: '@2147483647.999999999',
      f5: '@0',
      f6: '1901-12-14',
    }))
      execFileSync('touch', ['-d', date, at(name)]);
    execFileSync('truncate', ['-s', '5T', at('f7')]);
    execFileSync('fallocate', ['-l', '1M', '-n', at('f8')]);
    execFileSync('xfs_io', ['-c', 'chproj 70000', '-c', 'chattr +dsA', '-c', 'extsize 1m', at('f25')], {
      stdio: 'pipe',
    });
    manageKinds(at);
    fs.rmSync(at('f10'));
  }
}

function manageKinds(at: (name: string) => string): void {
  manage(at('f11'), 'dual');
  manage(at('f12'), 'offline');
  manage(at('f13'), 'releasing');
  manage(at('f14'), 'dual', 99n);
  setRawAttribute(at('f15'), Buffer.alloc(7, 1));
  setRawAttribute(at('f16'), Buffer.alloc(64, 1));
  setRawAttribute(at('f17'), Buffer.alloc(1000, 1));
  xattr(at('f18'), 'user.hsmck', 64);
  xattr(at('f18'), 'trusted.hsmck2', 64);
  xattr(at('f19'), 'user.one', 10);
  // Out of the inode: one block of attributes, several, and values in blocks of their own.
  manage(at('f20'), 'dual');
  xattr(at('f20'), 'user.long', 3000);
  for (let index = 0; index < 40; index++) xattr(at('f21'), `user.many${index}`, 200);
  manage(at('f21'), 'offline');
  xattr(at('f22'), 'user.huge', 20_000);
  manage(at('f22'), 'recalling');
  xattr(at('f23'), 'user.gone', 3000);
  execFileSync('setfattr', ['-x', 'user.gone', at('f23')]);
  manage(at('f24'), 'dual');
  execFileSync('setfattr', ['-x', 'trusted.hsmck', at('f24')]);
}
