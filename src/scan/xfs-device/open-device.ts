import { alignedBuffer } from '../../native/aligned-buffer.js';
import { blockDeviceNode, blockDeviceNumber, deviceSizeBytes, openDirect } from '../../native/block-device.js';
import { closeFd, preadFully, type Fd } from '../../native/io.js';
import { NativeError } from '../../native/native-error.js';
import { xfsGeometry } from '../../native/xfs-geometry.js';
import type { OpenMount } from '../open-mount.js';
import { isCrcRight } from '../../dm/crc32c-words.js';
import type { ScanDevice } from './scan-device.js';
import { DeviceError, parseSuperblock, SUPERBLOCK_CRC_AT, type Superblock } from './superblock.js';

/** The largest sector that there may be; the superblock is the first one. */
const FIRST_READ_BYTES = 32_768;

/** An XFS device that is open for scanning. */
export interface OpenDevice {
  readonly scanDevice: ScanDevice;
  readonly superblock: Superblock;
  readonly close: () => void;
}

function describe(fd: Fd, path: string, verifyCrc: boolean): Omit<OpenDevice, 'close'> {
  const first = alignedBuffer(FIRST_READ_BYTES);
  const bytes = preadFully(fd, first, FIRST_READ_BYTES, 0, path);
  const superblock = parseSuperblock(first.subarray(0, bytes));
  const words = new Int32Array(first.buffer, first.byteOffset, FIRST_READ_BYTES >> 2);
  if (!isCrcRight(words, 0, superblock.sectorSizeBytes >> 2, SUPERBLOCK_CRC_AT >> 2)) {
    throw new DeviceError('EUNSUPPORTED', 'the checksum of its superblock is wrong');
  }
  const sizeBytes = deviceSizeBytes(fd, path);
  const agBytes = superblock.agBlocks * superblock.blockSizeBytes;
  const scanDevice = { ...superblock, fd, path, sizeBytes, agBytes, verifyCrc };
  return { scanDevice, superblock };
}

/**
 * Opens an XFS device or image by its path. Of its inodes only those with a right checksum are to be believed if
 * `verifyCrc` says so.
 * @throws DeviceError ENOTXFS, EUNSUPPORTED, EREALTIME
 * @throws NativeError EACCES, EIO and the like
 */
export function openDevice(path: string, verifyCrc: boolean): OpenDevice {
  const fd = openDirect(path);
  try {
    return { ...describe(fd, path, verifyCrc), close: () => closeFd(fd) };
  } catch (error) {
    closeFd(fd);
    throw error;
  }
}

/** The node of the block device that a filesystem is mounted from. */
function nodeOf({ mount, mountPath }: OpenMount): string {
  const node = blockDeviceNode(mount.device);
  if (node !== undefined) return node;
  const source = mount.source.toString();
  if (blockDeviceNumber(source) === mount.device) return source;
  throw new DeviceError(
    'ENODEVICE',
    `no node below /dev is the block device ${mount.device} of ${mountPath.toString()}`,
  );
}

/** What the device says of itself has to be what the kernel says of the mounted filesystem. */
function refuseMismatch({ superblock }: Omit<OpenDevice, 'close'>, mount: OpenMount): void {
  const live = xfsGeometry(mount.rootFd, mount.mountPath.toString());
  const differing = (
    ['blockSizeBytes', 'agBlocks', 'agCount', 'sectorSizeBytes', 'inodeSizeBytes', 'dataBlocks'] as const
  ).filter((name) => superblock[name] !== live[name]);
  if (!superblock.uuid.equals(live.uuid))
    throw new DeviceError('EMISMATCH', 'it holds another filesystem (its UUID differs)');
  if (differing.length > 0) {
    throw new DeviceError('EMISMATCH', `its superblock differs from the mounted filesystem in ${differing.join(', ')}`);
  }
  if (live.rtBlocks !== 0n) throw new DeviceError('EREALTIME', 'the filesystem has a real-time section');
}

/**
 * Opens the device of a mounted filesystem and makes sure that it is that filesystem's.
 * @throws DeviceError ENODEVICE, EMISMATCH, ENOTXFS, EUNSUPPORTED, EREALTIME; its message says why in full
 */
export function openDeviceOf(mount: OpenMount, verifyCrc = false): OpenDevice {
  const path = nodeOf(mount);
  let device: OpenDevice | undefined;
  try {
    device = openDevice(path, verifyCrc);
    refuseMismatch(device, mount);
    return device;
  } catch (error) {
    device?.close();
    if (error instanceof DeviceError)
      throw new DeviceError(error.code, `device ${path}: ${error.message}`, { cause: error });
    if (error instanceof NativeError)
      throw new DeviceError(error.code, `device ${path}: ${error.message}`, { cause: error });
    throw error;
  }
}
