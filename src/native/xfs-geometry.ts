import { IOCTL } from './constants.js';
import type { Fd } from './io.js';
import { AG_GEOMETRY, FSOP_GEOM } from './layouts.js';
import { libc } from './libc.js';

/** What a scan needs to know of a mounted XFS (ioctl_xfs_fsgeometry(2)). */
export interface XfsGeometry {
  readonly blockSizeBytes: number;
  readonly agBlocks: number;
  readonly agCount: number;
  readonly sectorSizeBytes: number;
  readonly inodeSizeBytes: number;
  readonly dataBlocks: bigint;
  readonly rtBlocks: bigint;
  readonly uuid: Buffer;
}

/** @throws NativeError ENOTTY if the filesystem is not XFS */
export function xfsGeometry(fd: Fd, target: string): XfsGeometry {
  const buffer = Buffer.alloc(FSOP_GEOM.sizeBytes);
  libc('ioctlBuffer', [fd, IOCTL.XFS_IOC_FSGEOMETRY, buffer], target);
  const { fields } = FSOP_GEOM;
  return {
    blockSizeBytes: buffer.readUInt32LE(fields.blocksize[0]),
    agBlocks: buffer.readUInt32LE(fields.agblocks[0]),
    agCount: buffer.readUInt32LE(fields.agcount[0]),
    sectorSizeBytes: buffer.readUInt32LE(fields.sectsize[0]),
    inodeSizeBytes: buffer.readUInt32LE(fields.inodesize[0]),
    dataBlocks: buffer.readBigUInt64LE(fields.datablocks[0]),
    rtBlocks: buffer.readBigUInt64LE(fields.rtblocks[0]),
    uuid: Buffer.from(buffer.subarray(fields.uuid[0], fields.uuid[0] + 16)),
  };
}

/** Inodes allocated in one allocation group, used or free (ioctl_xfs_ag_geometry(2)): the size of a partition. */
export interface AgInodeCount {
  readonly allocated: number;
  readonly free: number;
}

/** @throws NativeError */
export function agInodeCount(fd: Fd, agno: number, target: string): AgInodeCount {
  const buffer = Buffer.alloc(AG_GEOMETRY.sizeBytes);
  buffer.writeUInt32LE(agno, AG_GEOMETRY.fields.ag_number[0]);
  libc('ioctlBuffer', [fd, IOCTL.XFS_IOC_AG_GEOMETRY, buffer], target);
  return {
    allocated: buffer.readUInt32LE(AG_GEOMETRY.fields.ag_icount[0]),
    free: buffer.readUInt32LE(AG_GEOMETRY.fields.ag_ifree[0]),
  };
}

/** How XFS_IOC_GOINGDOWN treats the log: 1 flushes it (but no data), 2 drops what was not flushed. */
export type ShutdownMode = 'flush-log' | 'drop-log';

const SHUTDOWN_FLAGS = { 'flush-log': 1, 'drop-log': 2 } as const;

/** Shuts the filesystem down as a crash would; only unmounting helps then. For tests and the demo. */
export function shutDownFilesystem(fd: Fd, mode: ShutdownMode, target: string): void {
  const buffer = Buffer.alloc(8);
  buffer.writeUInt32LE(SHUTDOWN_FLAGS[mode]);
  libc('ioctlBuffer', [fd, IOCTL.XFS_IOC_GOINGDOWN, buffer], target);
}
