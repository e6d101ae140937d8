/** Scans on the test's own thread, and a second opinion by walking the tree. */
import fs from 'node:fs';
import path from 'node:path';
import { newObjectId, toFsId, toOp } from '../../src/dm/identity.js';
import { encodeDmAttribute } from '../../src/dm/dm-attribute.js';
import type { AttributeState } from '../../src/dm/states.js';
import { closeFd, openPath } from '../../src/native/io.js';
import { generationOf, statFd } from '../../src/native/statx.js';
import { setAttribute } from '../../src/native/xattr.js';
import { openMount } from '../../src/scan/open-mount.js';
import { blocks512At, ctimeNsAt, inoAt, mtimeNsAt, sizeAt } from '../../src/scan/batch-values.js';
import { listPartitions, type Partition } from '../../src/scan/partitions.js';
import { PartitionScanner } from '../../src/scan/xfs-bulkstat/partition-scanner.js';
import type { PartitionResult } from '../../src/scan/xfs-bulkstat/partition-result.js';

export interface SeenInode {
  readonly ino: bigint;
  readonly mode: number;
  readonly nlink: number;
  readonly uid: number;
  readonly gid: number;
  readonly size: bigint;
  readonly blocks: bigint;
  readonly mtimeNs: bigint;
  readonly ctimeNs: bigint;
}

export interface SeenFilesystem {
  readonly inodes: readonly SeenInode[];
  readonly results: readonly PartitionResult[];
  /** As planned before the scan, in the order of the results. */
  readonly partitions: readonly Partition[];
}

export interface ScanTestOptions {
  readonly attributes?: 'read' | 'skip';
  /** Inodes per fetch and spare rows of the batch. */
  readonly fetchInodes?: number;
  readonly spareRows?: number;
  readonly beforeBatch?: () => void;
}

/** Scans all groups in order. */
export function scanAll(mountPoint: string, options: ScanTestOptions = {}): SeenFilesystem {
  const mount = openMount(Buffer.from(mountPoint));
  const inodes: SeenInode[] = [];
  try {
    const shared = {
      mount: mount.scanMount,
      attributeName: 'trusted.hsmck',
      attributes: options.attributes ?? 'read',
    } as const;
    const scanner = new PartitionScanner({ ...shared, agno: 0 }, options.fetchInodes, options.spareRows);
    const partitions = listPartitions(mount.scanMount, mount.geometry);
    const results = partitions.map(({ agno }) =>
      scanner.scan({ ...shared, agno }, (batch) => {
        for (let row = 0; row < batch.count; row++) {
          inodes.push({
            ino: inoAt(batch, row),
            mode: batch.mode[row] ?? 0,
            nlink: batch.nlink[row] ?? 0,
            uid: batch.uid[row] ?? 0,
            gid: batch.gid[row] ?? 0,
            size: sizeAt(batch, row),
            blocks: blocks512At(batch, row),
            mtimeNs: mtimeNsAt(batch, row),
            ctimeNs: ctimeNsAt(batch, row),
          });
        }
        options.beforeBatch?.();
      }),
    );
    return { inodes, results, partitions };
  } finally {
    mount.close();
  }
}

/** Every inode of a tree by lstat, ascending. */
export function walkAll(mountPoint: string): SeenInode[] {
  const found = new Map<bigint, SeenInode>();
  const visit = (file: string): void => {
    const stat = fs.lstatSync(file, { bigint: true });
    found.set(stat.ino, {
      ino: stat.ino,
      mode: Number(stat.mode),
      nlink: Number(stat.nlink),
      uid: Number(stat.uid),
      gid: Number(stat.gid),
      size: stat.size,
      blocks: stat.blocks,
      mtimeNs: stat.mtimeNs,
      ctimeNs: stat.ctimeNs,
    });
    if (stat.isDirectory()) for (const name of fs.readdirSync(file)) visit(path.join(file, name));
  };
  visit(mountPoint);
  return [...found.values()].sort((a, b) => (a.ino < b.ino ? -1 : 1));
}

/** Writes a valid DM attribute that names the file itself, or another inode. */
export function manage(file: string, state: AttributeState, asIno?: bigint): string {
  const fd = openPath(Buffer.from(file), fs.constants.O_RDONLY);
  try {
    const stat = statFd(fd, file);
    const objectId = newObjectId();
    const attribute = encodeDmAttribute({
      version: 1,
      state,
      mtimeSaturated: false,
      op: toOp(1n),
      objectId,
      ino: (asIno ?? stat.ino) as typeof stat.ino,
      gen: generationOf(fd, file),
      fsId: toFsId(1),
      sizeBytes: stat.sizeBytes,
      mtimeNs: stat.mtimeNs,
    });
    setAttribute(fd, 'trusted.hsmck', attribute, file);
    return objectId;
  } finally {
    closeFd(fd);
  }
}

/** Writes any bytes as the attribute. */
export function setRawAttribute(file: string, value: Buffer): void {
  const fd = openPath(Buffer.from(file), fs.constants.O_RDONLY);
  setAttribute(fd, 'trusted.hsmck', value, file);
  closeFd(fd);
}
