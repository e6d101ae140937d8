/** Block devices: their numbers, their nodes below /dev, their sizes. */
import fs from 'node:fs';
import type { Fd } from './io.js';
import { closeFd, openPath } from './io.js';
import { libc } from './libc.js';
import { isErrno } from './native-error.js';

const SEEK_END = 2;

/** Each status of a file has its device, and there are few: of those that were asked for. */
const texts = new Map<bigint, string>();

/** "major:minor" out of what stat(2) calls st_rdev, as glibc packs it. */
export function deviceNumberText(rdev: bigint): string {
  const known = texts.get(rdev);
  if (known !== undefined) return known;
  const major = ((rdev >> 8n) & 0xfffn) | ((rdev >> 32n) & ~0xfffn);
  const minor = (rdev & 0xffn) | ((rdev >> 12n) & ~0xffn);
  const text = `${major}:${minor}`;
  texts.set(rdev, text);
  return text;
}

/** "major:minor" of a block device's node; undefined if there is no such node, or if it is something else. */
export function blockDeviceNumber(path: string): string | undefined {
  const stat = fs.statSync(path, { bigint: true, throwIfNoEntry: false });
  return stat?.isBlockDevice() ? deviceNumberText(stat.rdev) : undefined;
}

/** The node below /dev of the block device with a number, as sysfs tells its name; undefined where there is none. */
export function blockDeviceNode(device: string): string | undefined {
  let facts: string;
  try {
    facts = fs.readFileSync(`/sys/dev/block/${device}/uevent`, 'latin1');
  } catch {
    return undefined; // No such block device, or no sysfs here.
  }
  const name = /^DEVNAME=(.+)$/m.exec(facts)?.[1];
  const path = name === undefined ? undefined : `/dev/${name}`;
  return path !== undefined && blockDeviceNumber(path) === device ? path : undefined;
}

/**
 * True for a block device that somebody has for himself: mounted, in whatever namespace, or a part of another device. False too
 * where that cannot be asked.
 */
export function isClaimed(node: string): boolean {
  try {
    closeFd(openPath(Buffer.from(node), fs.constants.O_RDONLY | fs.constants.O_EXCL));
    return false;
  } catch (error) {
    return isErrno(error, 'EBUSY');
  }
}

/**
 * Opens a device or an image for reading past the page cache, where its filesystem can do that.
 * @throws NativeError
 */
export function openDirect(path: string): Fd {
  const { O_RDONLY, O_DIRECT } = fs.constants;
  try {
    return openPath(Buffer.from(path), O_RDONLY | O_DIRECT);
  } catch (error) {
    if (!isErrno(error, 'EINVAL')) throw error;
    return openPath(Buffer.from(path), O_RDONLY);
  }
}

/** The size of a file or a block device. */
export function deviceSizeBytes(fd: Fd, target: string): number {
  return Number(libc('lseek', [fd, 0n, SEEK_END], target));
}
