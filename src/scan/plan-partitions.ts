/** Cutting allocation groups into smaller partitions, so that one large group keeps more than one thread busy. */
import { isErrno } from '../native/native-error.js';
import { InumbersRequest } from '../native/xfs-bulkstat.js';
import { INUMBERS } from '../native/layouts.js';
import type { OpenMount } from './open-mount.js';
import { listPartitions, type Partition } from './partitions.js';
import { DAMAGE_CODES } from './xfs-bulkstat/inode-probe.js';
import type { ScanMount } from './xfs-bulkstat/scan-mount.js';
import { wholeGroup, type ScanDevice } from './xfs-device/scan-device.js';

/** Below this a partition is not worth its own start: some 30 ms of reading. */
const PARTITION_INODES_MIN = 131_072;
/** So many partitions a thread, so that all threads end at about the same time. */
const PARTITIONS_A_THREAD = 8;
const CHUNKS_PER_FETCH = 4096;
const START_INO = INUMBERS.fields.xi_startino[0] >> 2;
const ALLOCATED = INUMBERS.fields.xi_alloccount[0] >> 2;

/** Where a group is cut: numbers within the group of the first inodes of its further parts, and what each part has. */
function cutGroup(
  mount: ScanMount,
  device: ScanDevice,
  agno: number,
  inodesAPart: number,
): { from: number; inodes: number }[] {
  const request = new InumbersRequest(CHUNKS_PER_FETCH);
  const target = `inode numbers of group ${agno} of ${mount.mountPath}`;
  const parts = [{ from: 0, inodes: 0 }];
  const base = BigInt(agno) << BigInt(device.agInoBits);
  let next = base;
  for (;;) {
    const count = request.fetchRecords(mount.rootFd, agno, next, target);
    if (count === 0) return parts;
    next = request.nextIno();
    for (let index = 0; index < count; index++) {
      const at = InumbersRequest.wordOffset(index);
      const part = parts.at(-1);
      const allocated = (request.words[at + ALLOCATED] ?? 0) & 0xff;
      if (part !== undefined && part.inodes < inodesAPart) part.inodes += allocated;
      else {
        const ino =
          (BigInt(request.words[at + START_INO + 1] ?? 0) << 32n) | BigInt(request.words[at + START_INO] ?? 0);
        parts.push({ from: Number(ino - base), inodes: allocated });
      }
    }
  }
}

/**
 * Cuts the groups that hold more than a thread's share of the inodes. The parts of a group cover it whole and without
 * overlap, whatever is made or removed meanwhile.
 */
function cutPartitions(
  partitions: readonly Partition[],
  mount: ScanMount,
  device: ScanDevice,
  threads: number,
  inodesMin: number,
): Partition[] {
  const total = partitions.reduce((sum, { expectedInodes }) => sum + expectedInodes, 0);
  const share = Math.max(inodesMin, Math.ceil(total / (threads * PARTITIONS_A_THREAD)));
  return partitions.flatMap((partition) => {
    const { agno, expectedInodes } = partition;
    if (expectedInodes < 2 * share) return [partition];
    try {
      const parts = cutGroup(mount, device, agno, share);
      return parts.map(({ from, inodes }, index): Partition => {
        const end = parts[index + 1]?.from ?? wholeGroup(device).end;
        return { agno, expectedInodes: inodes, span: { from, end } };
      });
    } catch (error) {
      // It stays in, so that its scan fails and the whole is not called complete.
      if (!isErrno(error, ...DAMAGE_CODES)) throw error;
      return [partition];
    }
  });
}

/**
 * What a scan is cut into, ascending: allocation groups for bulkstat, smaller parts for a scan of the device.
 * @throws NativeError
 */
export function planPartitions(
  { scanMount, geometry }: Pick<OpenMount, 'scanMount' | 'geometry'>,
  device: ScanDevice | undefined,
  threads: number,
  inodesMin = PARTITION_INODES_MIN,
): Partition[] {
  const groups = listPartitions(scanMount, geometry);
  return device === undefined ? groups : cutPartitions(groups, scanMount, device, threads, inodesMin);
}
