import fs from 'node:fs';
import { closeFd, openPath } from '../../native/io.js';
import { shutDownFilesystem } from '../../native/xfs-geometry.js';
import type { ScratchFilesystem } from './scratch-filesystem.js';

/**
 * What a power cut does: the filesystem stops where it is, its log is not flushed, and the next mount replays what had
 * reached the device. Returns how long unmounting and mounting took, in seconds.
 * @throws NativeError, OperationalError ESCRATCH
 */
export function cutPower(scratch: ScratchFilesystem): number {
  const fd = openPath(Buffer.from(scratch.mountPoint), fs.constants.O_RDONLY);
  try {
    shutDownFilesystem(fd, 'drop-log', scratch.mountPoint);
  } finally {
    closeFd(fd);
  }
  const started = performance.now();
  scratch.remount();
  return (performance.now() - started) / 1000;
}
