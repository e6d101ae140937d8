/**
 * Throw-away filesystems: a sparse image behind a loop device, made in a moment and gone without a trace. For
 * `hsmck demo` and for the tests, which run on real filesystems only.
 */
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { isAbandoned, newScratchName } from './scratch-owner.js';
import { attachLoop, removeScratchFolder, runTool, scratchError, unmountPoint } from './scratch-tools.js';

export type ScratchType = 'xfs' | 'ext4' | 'btrfs';

export interface ScratchOptions {
  readonly type: ScratchType;
  /** Size of the sparse image. mkfs.xfs wants 300 MiB at least. */
  readonly sizeBytes: number;
  /** More arguments for mkfs, for instance `['-d', 'agcount=3']`. */
  readonly mkfsOptions?: readonly string[];
  /** Mount options, for instance `['noatime']`. */
  readonly mountOptions?: readonly string[];
  /** Where the scratch folder is made; the system's temporary folder if not given. */
  readonly parentFolder?: string;
}

/** A mounted scratch filesystem. All functions are synchronous; destroy() may be called any number of times. */
export interface ScratchFilesystem {
  readonly type: ScratchType;
  /** The folder that holds everything; further files put into it go with it. */
  readonly folder: string;
  readonly image: string;
  readonly device: string;
  readonly mountPoint: string;
  unmount(): void;
  /** Mounts again, with the options of creation unless others are given. */
  mount(mountOptions?: readonly string[]): void;
  remount(mountOptions?: readonly string[]): void;
  destroy(): void;
}

const MKFS_FORCE: Readonly<Record<ScratchType, readonly string[]>> = {
  xfs: ['-q', '-f'],
  ext4: ['-q', '-F'],
  btrfs: ['-q', '-f'],
};

/** What this process has not destroyed yet, for the exit handler. */
const alive = new Set<ScratchFilesystem>();

function destroyAll(): void {
  for (const scratch of alive) scratch.destroy();
}

function mountDevice(options: ScratchOptions, device: string, point: string, mountOptions?: readonly string[]): void {
  const wanted = mountOptions ?? options.mountOptions ?? [];
  runTool('mount', ['-t', options.type, ...(wanted.length > 0 ? ['-o', wanted.join(',')] : []), device, point]);
}

function build(options: ScratchOptions, folder: string): ScratchFilesystem {
  const image = path.join(folder, 'image');
  const mountPoint = path.join(folder, 'mount');
  fs.mkdirSync(mountPoint);
  fs.writeFileSync(image, '', { mode: 0o600 });
  fs.truncateSync(image, options.sizeBytes);
  const device = attachLoop(image);
  runTool(`mkfs.${options.type}`, [...MKFS_FORCE[options.type], ...(options.mkfsOptions ?? []), device]);
  mountDevice(options, device, mountPoint);
  const scratch: ScratchFilesystem = {
    type: options.type,
    folder,
    image,
    device,
    mountPoint,
    unmount: () => unmountPoint(mountPoint),
    mount: (mountOptions) => mountDevice(options, device, mountPoint, mountOptions),
    remount: (mountOptions) => {
      unmountPoint(mountPoint);
      mountDevice(options, device, mountPoint, mountOptions);
    },
    destroy: () => {
      if (alive.delete(scratch)) removeScratchFolder(folder);
    },
  };
  return scratch;
}

/**
 * Makes and mounts a throw-away filesystem, after removing what killed runs left behind. Safe to call from several
 * processes at once. It goes when destroy() is called, when the process exits, or else with a later call's sweep.
 * @throws OperationalError ESCRATCH without root, loop devices or the filesystem's tools
 */
export function createScratchFilesystem(options: ScratchOptions): ScratchFilesystem {
  if (process.getuid?.() !== 0) throw scratchError('a throw-away filesystem needs root (loop devices and mounts)');
  const parent = fs.realpathSync(options.parentFolder ?? os.tmpdir());
  sweepAbandonedScratch();
  sweepAbandonedScratch(parent);
  const folder = path.join(parent, newScratchName());
  fs.mkdirSync(folder, { mode: 0o755 });
  try {
    const scratch = build(options, folder);
    if (!process.listeners('exit').includes(destroyAll)) process.on('exit', destroyAll);
    alive.add(scratch);
    return scratch;
  } catch (error) {
    removeScratchFolder(folder);
    throw error;
  }
}

/**
 * Unmounts, detaches and removes the scratch filesystems in a folder whose makers no longer run. Only folders of our
 * own name and user are touched. Returns how many went.
 */
export function sweepAbandonedScratch(parentFolder = os.tmpdir()): number {
  const parent = fs.realpathSync(parentFolder);
  let count = 0;
  for (const name of fs.readdirSync(parent)) {
    if (!isAbandoned(name)) continue;
    try {
      const folder = path.join(parent, name);
      const stat = fs.lstatSync(folder);
      if (!stat.isDirectory() || stat.uid !== process.getuid?.()) continue;
      removeScratchFolder(folder);
      count += 1;
    } catch {
      // Another process sweeps at the same time, or it cannot be unmounted yet: the next sweep tries again.
    }
  }
  return count;
}
