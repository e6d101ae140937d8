import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { isErrno } from '../../native/native-error.js';
import { statPath } from '../../native/statx.js';
import { realPathOf } from '../../catalog/catalog-place.js';
import { deviceNumberText } from '../../native/block-device.js';
import { listLoopDevices } from '../../native/loop-devices.js';
import { flagFolder } from './freeze-flag.js';

/** Something that this process may have to write to while the filesystem is frozen. */
export interface Place {
  /** For the message: "the catalog". */
  readonly what: string;
  readonly path: string;
}

/** The device number of the filesystem that a path lies on, or will lie on. */
function deviceOf(place: string): string | undefined {
  for (let at = realPathOf(place); ; at = path.dirname(at)) {
    try {
      return statPath(Buffer.from(at)).device;
    } catch (error) {
      if (!isErrno(error, 'ENOENT', 'ENOTDIR', 'EACCES')) throw error;
      if (at === path.dirname(at)) return undefined;
    }
  }
}

/** The files behind loop devices. */
const loopFiles = (): Place[] =>
  listLoopDevices().map(({ node, file }) => ({ what: `the file behind ${node}`, path: file }));

/** Standard output and error may be files there. */
function streamOn(device: string): string | undefined {
  for (const [fd, what] of [
    [1, 'the standard output'],
    [2, 'the standard error output'],
  ] as const) {
    try {
      if (deviceNumberText(fs.fstatSync(fd, { bigint: true }).dev) === device) return what;
    } catch {
      // Closed.
    }
  }
  return undefined;
}

/**
 * Why a filesystem must not be frozen: whoever writes there waits until the thaw, so nothing that the thaw depends on
 * may lie on it. Undefined if nothing speaks against it.
 */
export function freezeRefusal(device: string, places: readonly Place[]): string | undefined {
  if (deviceOf('/') === device) return 'it is the root filesystem';
  const own = [
    { what: 'the temporary folder', path: os.tmpdir() },
    { what: 'the folder of freeze flags', path: flagFolder() },
  ];
  const on = [...places, ...own, ...loopFiles()].find((place) => deviceOf(place.path) === device);
  const what = on?.what ?? streamOn(device);
  return what === undefined ? undefined : `${what} lies on it`;
}
