import fs from 'node:fs';
import { ATTRIBUTE_NAME } from '../dm/attribute-layout.js';
import { OperationalError } from '../errors.js';
import { blockDeviceNumber, isClaimed } from '../native/block-device.js';
import { toGen, toIno, type InodeId } from '../native/inode-id.js';
import type { PathBytes } from '../native/io.js';
import { listLoopDevices } from '../native/loop-devices.js';
import { listMounts } from '../native/mountinfo.js';
import { isErrno, nativeCall } from '../native/native-error.js';
import type { Partition } from './partitions.js';
import { DAMAGE_CODES } from './xfs-bulkstat/inode-probe.js';
import { DINODE, DINODE_CORE_BYTES, FORK_FORMAT } from './xfs-device/disk-inode.js';
import { InodeTreeChunks } from './xfs-device/inode-tree.js';
import { journalState } from './xfs-device/journal.js';
import { openDevice, type OpenDevice } from './xfs-device/open-device.js';
import { BlockReader } from './xfs-device/read-aligned.js';
import type { ScanDevice } from './xfs-device/scan-device.js';
import { diskAttributeName, findShortform } from './xfs-device/shortform-attribute.js';
import { DeviceError, type Superblock } from './xfs-device/superblock.js';

export interface RootInode {
  readonly id: InodeId;
  readonly attribute?: Buffer;
}

/** A device or an image that is not mounted, open for scanning. */
export interface OpenUnmounted {
  readonly scanDevice: ScanDevice;
  readonly partitions: readonly Partition[];
  readonly attributeName: string;
  /** The root inode, and the value of the attribute of that name on it. Undefined where it cannot be read. */
  readonly root: RootInode | undefined;
  /** False: the journal was not replayed, so the inodes are of different moments. */
  readonly isCurrent: boolean;
  readonly close: () => void;
}

/**
 * True for a block device or a file: something that is scanned without being mounted.
 * @throws NativeError when the path cannot be looked at, as on a filesystem that was shut down
 */
export function isDeviceOrImage(path: PathBytes): boolean {
  const stat = nativeCall(path.toString(), () => fs.statSync(path, { throwIfNoEntry: false }));
  return stat !== undefined && (stat.isBlockDevice() || stat.isFile());
}

/** The block devices that show what lies at a path: itself, or the loop devices over an image. */
function blockDevicesOf(path: string): { readonly node: string; readonly device: string }[] {
  const device = blockDeviceNumber(path);
  if (device !== undefined) return [{ node: path, device }];
  const image = fs.statSync(path, { bigint: true });
  return listLoopDevices().filter(({ file }) => {
    const behind = fs.statSync(file, { bigint: true, throwIfNoEntry: false });
    return behind?.ino === image.ino && behind.dev === image.dev;
  });
}

/** What is mounted has changes in memory that neither the device nor its journal shows. */
function refuseMounted(path: string): void {
  const mounts = listMounts();
  for (const { node, device } of nativeCall(path, () => blockDevicesOf(path))) {
    const as = node === path ? path : `${path}, which is behind ${node},`;
    const mount = mounts.find((one) => one.device === device);
    if (mount !== undefined)
      throw new OperationalError('EMOUNTED', `${as} is mounted at ${mount.mountPoint.toString()}: give that instead`);
    if (isClaimed(node))
      throw new OperationalError('EMOUNTED', `${as} is in use: mounted out of sight, or a part of another device`);
  }
}

/** Groups that hold inodes by their headers; one whose header is damaged stays in, so that its scan fails. */
function listGroups(device: ScanDevice, { agCount }: Superblock): Partition[] {
  const chunks = new InodeTreeChunks(device);
  return Array.from({ length: agCount }, (_, agno): Partition => {
    try {
      const { allocated, free } = chunks.header(agno);
      return { agno, expectedInodes: Math.max(0, allocated - free) };
    } catch (error) {
      if (!isErrno(error, ...DAMAGE_CODES)) throw error;
      return { agno, expectedInodes: 0 };
    }
  });
}

const USUAL_NAME = `trusted.${ATTRIBUTE_NAME}`;

/** As findAttributeName() for what is mounted: the namespace of the root inode's mark, and the mark. */
function readRoot(device: ScanDevice, { rootIno }: Superblock): { name: string; root: RootInode | undefined } {
  const { inodeSizeBytes, agBytes, agInoBits } = device;
  const agno = Number(rootIno >> BigInt(agInoBits));
  const agIno = Number(rootIno & ((1n << BigInt(agInoBits)) - 1n));
  try {
    const inode = new BlockReader(device, inodeSizeBytes).read(agno * agBytes + agIno * inodeSizeBytes, inodeSizeBytes);
    const id = { ino: toIno(rootIno), gen: toGen(inode.readUInt32BE(DINODE.gen)) };
    const forkOffset = inode.readUInt8(DINODE.forkOffset);
    const isInline = forkOffset !== 0 && inode.readUInt8(DINODE.attrFormat) === FORK_FORMAT.local;
    const at = DINODE_CORE_BYTES + forkOffset * 8;
    const found = { at: 0 };
    for (const name of isInline ? [USUAL_NAME, `user.${ATTRIBUTE_NAME}`] : []) {
      const length = findShortform(found, inode, at, inodeSizeBytes, diskAttributeName(name));
      if (length >= 0)
        return { name, root: { id, attribute: Buffer.from(inode.subarray(found.at, found.at + length)) } };
    }
    return { name: USUAL_NAME, root: { id } };
  } catch (error) {
    // A root inode that cannot be read is for the scan to tell.
    if (!isErrno(error, ...DAMAGE_CODES)) throw error;
    return { name: USUAL_NAME, root: undefined };
  }
}

function refuseJournal(path: string, device: OpenDevice, ignoreLog: boolean): boolean {
  const state = journalState(device.scanDevice, device.superblock);
  if (state === 'clean' || ignoreLog) return state === 'clean';
  const why = state === 'elsewhere' ? 'its journal is on another device' : 'its journal was not replayed';
  throw new OperationalError(
    'EDIRTYLOG',
    `${path}: ${why}, so its inodes may be of different moments. Mount it once, which replays the journal, and unmount ` +
      'it; or use --ignore-log, and believe no more than what it shows',
  );
}

/**
 * Opens a device or image that is not mounted. All checksums are verified.
 * @throws OperationalError EMOUNTED, EDIRTYLOG, and as parseSuperblock()
 */
export function openUnmounted(path: string, ignoreLog: boolean): OpenUnmounted {
  refuseMounted(path);
  let device: OpenDevice | undefined;
  try {
    device = openDevice(path, true);
    const { scanDevice, superblock } = device;
    const isCurrent = refuseJournal(path, device, ignoreLog);
    const partitions = listGroups(scanDevice, superblock);
    const { close } = device;
    const { name, root } = readRoot(scanDevice, superblock);
    return { scanDevice, partitions, attributeName: name, root, isCurrent, close };
  } catch (error) {
    device?.close();
    if (error instanceof DeviceError)
      throw new OperationalError(error.code, `${path}: ${error.message}`, { cause: error });
    throw error;
  }
}
