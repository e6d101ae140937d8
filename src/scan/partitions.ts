import { isErrno } from '../native/native-error.js';
import { InumbersRequest } from '../native/xfs-bulkstat.js';
import { agInodeCount, type XfsGeometry } from '../native/xfs-geometry.js';
import { DAMAGE_CODES } from './xfs-bulkstat/inode-probe.js';
import type { AgInoSpan } from './xfs-device/scan-device.js';
import type { ScanMount } from './xfs-bulkstat/scan-mount.js';

/** A part of a filesystem that one worker scans in one go: an allocation group, or a part of one. */
export interface Partition {
  readonly agno: number;
  /** All of the group if not given. */
  readonly span?: AgInoSpan;
  /** Inodes in use when the scan was planned: for progress and for the order of work, never for a judgement. */
  readonly expectedInodes: number;
}

/**
 * The allocation groups that hold inodes. One that has none at this moment is left out: an inode made there later is
 * newer than the scan.
 * @throws NativeError
 */
export function listPartitions(mount: ScanMount, geometry: XfsGeometry): Partition[] {
  const inumbers = new InumbersRequest(1);
  const partitions: Partition[] = [];
  for (let agno = 0; agno < geometry.agCount; agno++) {
    const target = `group ${agno} of ${mount.mountPath}`;
    try {
      // Not by the counters, which the kernel keeps for information: by the tree itself.
      if (inumbers.fetch(mount.rootFd, agno, 0n, target).length === 0) continue;
      const { allocated, free } = agInodeCount(mount.rootFd, agno, target);
      partitions.push({ agno, expectedInodes: Math.max(0, allocated - free) });
    } catch (error) {
      if (!isErrno(error, ...DAMAGE_CODES)) throw error;
      // It stays in, so that its scan fails and the whole is not called complete.
      partitions.push({ agno, expectedInodes: 0 });
    }
  }
  return partitions;
}
