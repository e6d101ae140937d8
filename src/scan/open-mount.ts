import fs from 'node:fs';
import { OperationalError } from '../errors.js';
import { blockDeviceNumber } from '../native/block-device.js';
import type { InodeId } from '../native/inode-id.js';
import { closeFd, openPath, type Fd, type PathBytes } from '../native/io.js';
import { listMounts, mountOf, type Mount } from '../native/mountinfo.js';
import { isErrno, nativeCall } from '../native/native-error.js';
import { generationOf, mountIdOfFd, statFd } from '../native/statx.js';
import { InumbersRequest } from '../native/xfs-bulkstat.js';
import { xfsGeometry, type XfsGeometry } from '../native/xfs-geometry.js';
import { xfsHandleFsid, type XfsHandleFsid } from '../native/xfs-handle.js';
import type { ScanMount } from './xfs-bulkstat/scan-mount.js';

/** A mounted XFS, open for scanning. */
export interface OpenMount {
  /** The mount point as the kernel writes it: absolute, without symbolic links. */
  readonly mountPath: PathBytes;
  /** Open on the filesystem's root folder. */
  readonly rootFd: Fd;
  readonly mount: Mount;
  readonly geometry: XfsGeometry;
  /** For handles; follows the device number, so never to be stored. */
  readonly fsid: XfsHandleFsid;
  readonly rootId: InodeId;
  /** When the root inode was born: a filesystem keeps it for life, on whatever device. */
  readonly rootBtimeNs: bigint;
  /** What workers get. */
  readonly scanMount: ScanMount;
  close(): void;
}

/** What somebody has to hear who named a device or an image where a mount point is wanted; undefined for anything else. */
function insteadOfDevice(path: PathBytes): string | undefined {
  const device = blockDeviceNumber(path.toString());
  if (device === undefined && !fs.statSync(path).isFile()) return undefined;
  const mounted = listMounts().find((mount) => mount.device === device);
  if (mounted !== undefined) return `is mounted at ${mounted.mountPoint.toString()}: give that instead`;
  return 'is no mount point. Mount it and give that; only "scan" and "check" look at a device or an image that is not mounted';
}

function notMount(path: PathBytes, mount: Mount | undefined): OperationalError {
  const where = mount ? `; it lies on the filesystem mounted at ${mount.mountPoint.toString()}` : '';
  const why = insteadOfDevice(path) ?? `is not the root of a mounted filesystem${where}. Give the mount point itself.`;
  return new OperationalError('ENOTMOUNT', `${path.toString()} ${why}`);
}

/** The mount whose root the path is, checked. */
function findMount(path: PathBytes): { realPath: PathBytes; mount: Mount } {
  const realPath = nativeCall(path.toString(), () => fs.realpathSync.native(path, { encoding: 'buffer' }));
  const mount = mountOf(realPath);
  if (!mount || !mount.mountPoint.equals(realPath)) throw notMount(path, mount);
  if (mount.type !== 'xfs') {
    throw new OperationalError('ENOTXFS', `${path.toString()} is a mounted ${mount.type}: hsmck works on XFS only`);
  }
  if (!mount.root.equals(Buffer.from('/'))) {
    throw new OperationalError(
      'ENOTMOUNT',
      `${path.toString()} shows only the folder ${mount.root.toString()} of its filesystem (a bind mount). ` +
        `Give a mount point of the whole filesystem${wholeMountHint(mount)}.`,
    );
  }
  if (mount.superOptions.includes('norecovery')) {
    throw new OperationalError(
      'ENORECOVERY',
      `${path.toString()} is mounted with norecovery: what it shows may be half of a change. Mount it normally first.`,
    );
  }
  return { realPath, mount };
}

function wholeMountHint(part: Mount): string {
  const whole = listMounts().find((mount) => mount.device === part.device && mount.root.equals(Buffer.from('/')));
  return whole ? `, ${whole.mountPoint.toString()} for instance` : '';
}

/** Says in advance, and in words, what would come out as EPERM in the midst of a scan. */
function requireCapability(rootFd: Fd, path: PathBytes): void {
  try {
    new InumbersRequest(1).fetch(rootFd, 0, 0n, path.toString());
  } catch (error) {
    // Damage in the first group is for the scan to tell.
    if (isErrno(error, 'EUCLEAN', 'EBADMSG')) return;
    if (!isErrno(error, 'EPERM', 'EACCES')) throw error;
    throw new OperationalError(
      'ECAPABILITY',
      `scanning ${path.toString()} needs the capability CAP_SYS_ADMIN in the initial user namespace: run hsmck as root ` +
        'or grant its service AmbientCapabilities=CAP_SYS_ADMIN CAP_DAC_READ_SEARCH',
      { cause: error },
    );
  }
}

/**
 * Opens the XFS that is mounted at a path.
 * @throws OperationalError ENOTMOUNT, ENOTXFS, ENORECOVERY, ECAPABILITY
 * @throws NativeError ENOENT, EACCES and the like for the path itself
 */
export function openMount(path: PathBytes): OpenMount {
  const { realPath, mount } = findMount(path);
  const target = realPath.toString();
  const rootFd = openPath(realPath, fs.constants.O_RDONLY | fs.constants.O_DIRECTORY);
  try {
    const stat = statFd(rootFd, target);
    // Something may have been mounted over it since.
    if (mountIdOfFd(rootFd, target) !== mount.id) throw notMount(path, mountOf(realPath));
    requireCapability(rootFd, realPath);
    const fsid = xfsHandleFsid(realPath, rootFd);
    return {
      mountPath: realPath,
      rootFd,
      mount,
      geometry: xfsGeometry(rootFd, target),
      fsid,
      rootId: { ino: stat.ino, gen: generationOf(rootFd, target) },
      rootBtimeNs: stat.btimeNs,
      scanMount: { rootFd, fsid, mountPath: target },
      close: () => closeFd(rootFd),
    };
  } catch (error) {
    closeFd(rootFd);
    throw error;
  }
}
