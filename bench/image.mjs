// A filled XFS image behind a loop device: made once for its parameters, mounted cold or warm.
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { unmount as unmountOf } from './unmount.mjs';

const BYTES_AN_INODE = 1024; // 512 for the inode, the rest for folders and the B+trees
// mkfs.xfs lets inodes have a quarter of a small filesystem; that is not enough for one that holds nothing else.
const INODES_PERCENT_MAX = 50;
const IMAGE_BYTES_MIN = 1024 ** 3;
const BENCH_FOLDER = import.meta.dirname;

const run = (command, args) =>
  execFileSync(command, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] }).trim();

/** Compiles a C program of this folder and returns its path. */
export function compile(name, into) {
  const program = path.join(into, name);
  run('gcc', ['-O2', '-pthread', '-o', program, path.join(BENCH_FOLDER, `${name}.c`)]);
  return program;
}

/**
 * Mounts an image with `inodes` files of which `percent` % carry a DM attribute. An image that an earlier run kept is
 * used again. `programs` is the folder of the C programs. `close()` unmounts, and removes the image unless it is to be kept.
 */
export function openImage({ inodes, percent, threads, keep, programs }) {
  const image = path.join(os.tmpdir(), `hsmck-bench-${inodes}-${percent}.xfs`);
  const mountPoint = fs.mkdtempSync(path.join(os.tmpdir(), 'hsmck-bench-mount-'));
  const isNew = !fs.existsSync(image);
  if (isNew) {
    fs.writeFileSync(`${image}.new`, '');
    fs.truncateSync(`${image}.new`, Math.max(IMAGE_BYTES_MIN, inodes * BYTES_AN_INODE * 2));
    run('mkfs.xfs', ['-q', '-f', '-i', `maxpct=${INODES_PERCENT_MAX}`, `${image}.new`]);
  }
  const device = run('losetup', ['--find', '--show', isNew ? `${image}.new` : image]);
  const mount = () => run('mount', ['-o', 'noatime', device, mountPoint]);
  const unmount = () => unmountOf(mountPoint);
  mount();
  if (isNew) {
    process.stderr.write(`filling an image with ${inodes} inodes\n`);
    run(path.join(programs, 'make-inodes'), [mountPoint, String(inodes), String(percent), String(threads)]);
    run('sync', ['--file-system', mountPoint]);
    fs.renameSync(`${image}.new`, image);
  }
  return {
    mountPoint,
    device,
    programs,
    /** Nothing of the filesystem's inodes in memory; the image behind it stays there. */
    remount() {
      unmount();
      mount();
    },
    /** Nothing of the filesystem in memory, nor of the image behind it. */
    makeCold() {
      unmount();
      fs.writeFileSync('/proc/sys/vm/drop_caches', '3');
      mount();
    },
    close() {
      unmount();
      run('losetup', ['--detach', device]);
      fs.rmdirSync(mountPoint);
      if (!keep) fs.rmSync(image);
    },
  };
}
