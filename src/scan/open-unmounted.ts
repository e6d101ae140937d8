import fs from 'node:fs';
import { ATTRIBUTE_NAME } from '../dm/attribute-layout.js';
import { OperationalError } from '../errors.js';
import { blockDeviceNumber } from '../native/block-device.js';
import type { PathBytes } from '../native/io.js';
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

/** A device or an image that is not mounted, open for scanning. */
export interface OpenUnmounted {
  readonly scanDevice: ScanDevice;
  readonly partitions: readonly Partition[];
  readonly attributeName: string;
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

function refuseMounted(path: string): void {
  const device = blockDeviceNumber(path);
  const mount = device === undefined ? undefined : listMounts().find((one) => one.device === device);
  if (mount === undefined) return;
  throw new OperationalError('EMOUNTED', `${path} is mounted at ${mount.mountPoint.toString()}: give that instead`);
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

/** As findAttributeName() for what is mounted: the namespace of the root inode's mark. */
function attributeNameOn(device: ScanDevice, { rootIno }: Superblock): string {
  const { inodeSizeBytes, agBytes, agInoBits } = device;
  const usual = `trusted.${ATTRIBUTE_NAME}`;
  const agno = Number(rootIno >> BigInt(agInoBits));
  const agIno = Number(rootIno & ((1n << BigInt(agInoBits)) - 1n));
  try {
    const inode = new BlockReader(device, inodeSizeBytes).read(agno * agBytes + agIno * inodeSizeBytes, inodeSizeBytes);
    const forkOffset = inode.readUInt8(DINODE.forkOffset);
    if (forkOffset === 0 || inode.readUInt8(DINODE.attrFormat) !== FORK_FORMAT.local) return usual;
    const at = DINODE_CORE_BYTES + forkOffset * 8;
    const names = [usual, `user.${ATTRIBUTE_NAME}`];
    const has = (name: string): boolean =>
      findShortform({ at: 0 }, inode, at, inodeSizeBytes, diskAttributeName(name)) >= 0;
    return names.find(has) ?? usual;
  } catch (error) {
    // A root inode that cannot be read is for the scan to tell.
    if (!isErrno(error, ...DAMAGE_CODES)) throw error;
    return usual;
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
    return { scanDevice, partitions, attributeName: attributeNameOn(scanDevice, superblock), isCurrent, close };
  } catch (error) {
    device?.close();
    if (error instanceof DeviceError)
      throw new OperationalError(error.code, `${path}: ${error.message}`, { cause: error });
    throw error;
  }
}
