// Unmounts what a benchmark mounted. A program that goes through all mounts may stand on it for a moment.
import { execFileSync } from 'node:child_process';

const ATTEMPTS = 50;
const RETRY_AFTER_MS = 100;
const sleeper = new Int32Array(new SharedArrayBuffer(4));

/** @throws if it is still in use after some seconds; umount's own message goes to stderr then */
export function unmount(mountPoint) {
  for (let left = ATTEMPTS; left > 1; left--) {
    try {
      execFileSync('umount', [mountPoint], { stdio: 'ignore' });
      return;
    } catch {
      Atomics.wait(sleeper, 0, 0, RETRY_AFTER_MS);
    }
  }
  execFileSync('umount', [mountPoint], { stdio: ['ignore', 'ignore', 'inherit'] });
}
