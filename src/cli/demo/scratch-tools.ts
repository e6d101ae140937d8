/** The system's own tools for loop devices and mounts, run synchronously so that an exit handler can use them too. */
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { OperationalError } from '../../errors.js';
import { listMounts } from '../../native/mountinfo.js';

const TOOL_TIMEOUT_MS = 120_000;
const ATTEMPTS_MAX = 10;
/** For whoever stands on a mount. */
const UNMOUNT_ATTEMPTS_MAX = 20;
const RETRY_DELAY_MS = 50;
/** What one wait is longer than the one before: ten of them come to a second or two, twenty to more than ten. */
const DELAY_GROWTH = 1.25;
const PACKAGES: Readonly<Record<string, string>> = {
  losetup: 'mount or util-linux',
  mount: 'mount or util-linux',
  umount: 'mount or util-linux',
  'mkfs.xfs': 'xfsprogs',
  'mkfs.ext4': 'e2fsprogs',
  'mkfs.btrfs': 'btrfs-progs',
};

/** @throws OperationalError ESCRATCH */
export const scratchError = (message: string): OperationalError => new OperationalError('ESCRATCH', message);

/** Tools like to print all of their usage after what is wrong. */
const firstLine = (text: string): string => text.trim().split('\n')[0] ?? '';

function sleep(milliseconds: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, milliseconds);
}

/**
 * Runs a tool and returns what it printed.
 * @throws OperationalError ESCRATCH if it is not installed, fails or hangs
 */
export function runTool(tool: string, args: readonly string[]): string {
  // Set-up tools live in sbin, which an administrator's PATH need not have.
  const env = { ...process.env, LC_ALL: 'C', PATH: `${process.env['PATH'] ?? ''}:/usr/sbin:/sbin:/usr/bin:/bin` };
  const result = spawnSync(tool, args, { encoding: 'utf8', timeout: TOOL_TIMEOUT_MS, env });
  if (result.error && 'code' in result.error && result.error.code === 'ENOENT') {
    throw scratchError(`${tool} is not installed: install the package ${PACKAGES[tool] ?? tool}`);
  }
  if (result.error) throw scratchError(`${tool} ${args.join(' ')}: ${result.error.message}`);
  if (result.status !== 0) {
    throw scratchError(`${tool} ${args.join(' ')} failed (status ${result.status}): ${firstLine(result.stderr)}`);
  }
  return result.stdout;
}

/** Tries again, a bounded number of times, what another process may have got in the way of. */
function retry<T>(action: () => T, attemptsMax = ATTEMPTS_MAX): T {
  let delayMs = RETRY_DELAY_MS;
  for (let attempt = 1; ; attempt++) {
    try {
      return action();
    } catch (error) {
      if (attempt >= attemptsMax) throw error;
      // A random part keeps racing processes from meeting again.
      sleep(delayMs * (0.5 + Math.random()));
      delayMs *= DELAY_GROWTH;
    }
  }
}

/** Where /dev is not kept by the kernel (containers), the device node of a new loop device has to be made by hand. */
function makeMissingNodes(): void {
  for (const name of fs.readdirSync('/sys/block')) {
    const device = `/dev/${name}`;
    if (!/^loop\d+$/.test(name) || fs.existsSync(device)) continue;
    const [major, minor] = fs.readFileSync(`/sys/block/${name}/dev`, 'latin1').trim().split(':');
    if (major && minor) spawnSync('mknod', ['-m', '660', device, 'b', major, minor]);
  }
}

/** Backs a free loop device with the image; two processes may be offered the same one, so losers ask again. */
export function attachLoop(image: string): string {
  if (!fs.existsSync('/dev/loop-control')) {
    throw scratchError(
      'no loop devices here (/dev/loop-control is missing): load the module loop, or use another machine',
    );
  }
  return retry(() => {
    try {
      return runTool('losetup', ['--find', '--show', image]).trim();
    } catch (error) {
      makeMissingNodes();
      throw error;
    }
  });
}

function loopsBackedBy(folder: string): string[] {
  return fs.readdirSync('/sys/block').flatMap((name) => {
    try {
      const backing = fs.readFileSync(`/sys/block/${name}/loop/backing_file`, 'utf8').trim();
      return backing.startsWith(`${folder}/`) ? [`/dev/${name}`] : [];
    } catch {
      return []; // no loop device, or detached meanwhile
    }
  });
}

function mountsBelow(folder: string): string[] {
  const prefix = `${folder}/`;
  const points = listMounts().map((mount) => mount.mountPoint.toString());
  return points.filter((point) => point.startsWith(prefix)).reverse();
}

/**
 * Unmounts; tried again for some ten seconds where somebody stands on it: commands look at all mounts for the id that they
 * have themselves, and on a busy machine one of them may be kept from going on at that moment.
 */
export function unmountPoint(mountPoint: string): void {
  retry(() => runTool('umount', [mountPoint]), UNMOUNT_ATTEMPTS_MAX);
}

/** Takes down all that lives in a scratch folder, and the folder: mounts (lazily if need be), loop devices, files. */
export function removeScratchFolder(folder: string): void {
  const real = path.join(fs.realpathSync(path.dirname(folder)), path.basename(folder));
  const detachLoops = (): void => {
    for (const device of loopsBackedBy(real)) spawnSync('losetup', ['--detach', device]);
  };
  // One that is in use goes with its last user. Afterwards an image on a filesystem of this folder has no path any more.
  detachLoops();
  for (const point of mountsBelow(real)) {
    const { status } = spawnSync('umount', [point]);
    if (status !== 0) spawnSync('umount', ['--lazy', point]);
  }
  detachLoops();
  if (mountsBelow(real).length > 0) throw scratchError(`cannot unmount ${mountsBelow(real).join(', ')}: do it by hand`);
  fs.rmSync(real, { recursive: true, force: true });
}
