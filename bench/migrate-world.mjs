// A registered XFS with files to migrate, and hsmck as a user runs it. The archive lies on a second XFS.
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { runMeasured } from './measure.mjs';
import { unmount } from './unmount.mjs';

const CLI = path.join(import.meta.dirname, '../dist/cli/main.js');
const RECORDER = path.join(import.meta.dirname, '../test/recorder/record-writes.c');
const FILES_A_FOLDER = 1000;

const run = (command, args) =>
  execFileSync(command, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] }).trim();

/** A sparse image with an XFS. */
function makeImage(folder, name, sizeBytes) {
  const image = path.join(folder, `${name}.xfs`);
  fs.writeFileSync(image, '');
  fs.truncateSync(image, sizeBytes);
  run('mkfs.xfs', ['-q', '-f', image]);
  return image;
}

/** Mounts an image. `close()` unmounts it. */
function mountImage(folder, name, image) {
  const mountPoint = path.join(folder, name);
  fs.mkdirSync(mountPoint);
  run('mount', ['-o', 'loop,noatime', image, mountPoint]);
  return { mountPoint, close: () => unmount(mountPoint) };
}

/** The images once more, as files of which each flush takes `flushMs`, like a disk's: served by the recorder of the tests. */
async function slowDown(folder, images, flushMs) {
  const fuse = path.join(folder, 'fuse');
  const program = path.join(folder, 'record-writes');
  fs.mkdirSync(fuse);
  run('gcc', ['-O2', '-o', program, RECORDER]);
  const env = { ...process.env, RECORD_FLUSH_MS: String(flushMs) };
  const server = spawn(program, [fuse, '/dev/null', ...images], { env, stdio: ['ignore', 'pipe', 'inherit'] });
  await Promise.race([
    once(server.stdout, 'data'),
    once(server, 'exit').then(() => Promise.reject(new Error('record-writes does not serve'))),
  ]);
  return { images: images.map((_, index) => path.join(fuse, String(index))), close: () => unmount(fuse) };
}

/**
 * Two filesystems and a catalog in a new folder below `parent`, the one registered with the other as its archive. With
 * `flushMs`, a flush of either drive takes so long.
 */
export async function openWorld({ sizeBytes, parent = os.tmpdir(), flushMs = 0 }) {
  const folder = fs.mkdtempSync(path.join(parent, 'hsmck-bench-'));
  const images = ['managed', 'archive'].map((name) => makeImage(folder, name, sizeBytes));
  const drives = flushMs > 0 ? await slowDown(folder, images, flushMs) : { images, close: () => undefined };
  const managed = mountImage(folder, 'managed', drives.images[0]);
  const archive = mountImage(folder, 'archive', drives.images[1]);
  const catalogPath = path.join(flushMs > 0 ? archive.mountPoint : folder, 'catalog.db');
  const world = {
    catalogPath,
    mountPoint: managed.mountPoint,
    archiveMountPoint: archive.mountPoint,
    /** Runs `hsmck ARGS`; resolves to its summary, its wall time in seconds and its peak memory. */
    async hsmck(args) {
      const began = performance.now();
      const globals = ['--catalog', catalogPath, '--format', 'ndjson', '--progress', 'never'];
      const { stdout, peakKib } = await runMeasured(process.execPath, [CLI, ...globals, ...args]);
      const seconds = (performance.now() - began) / 1000;
      return { summary: JSON.parse(stdout.trim().split('\n').at(-1)), seconds, peakKib };
    },
    close() {
      managed.close();
      archive.close();
      drives.close();
      fs.rmSync(folder, { recursive: true });
    },
  };
  await world.hsmck(['init', world.mountPoint, '--archive', path.join(archive.mountPoint, 'store'), '--unguarded']);
  return world;
}

/** Files of a size, a thousand to a folder, durable. Returns their paths. */
export function makeFiles(top, count, bytes) {
  const files = [];
  const content = Buffer.alloc(bytes, 'x');
  for (let index = 0; index < count; index++) {
    const folder = path.join(top, String(Math.floor(index / FILES_A_FOLDER)));
    if (index % FILES_A_FOLDER === 0) fs.mkdirSync(folder, { recursive: true });
    const file = path.join(folder, String(index));
    content.writeUInt32LE(index, 0);
    fs.writeFileSync(file, content);
    files.push(file);
  }
  run('sync', ['--file-system', top]);
  return files;
}

/** Nothing of any file in memory. */
export function dropCaches() {
  run('sync', []);
  fs.writeFileSync('/proc/sys/vm/drop_caches', '3');
}

/** Has a process begin a release of each of the files and die. The world has a `catalogPath` and a `mountPoint`. */
export function leaveInterrupted({ catalogPath, mountPoint }, files) {
  const script = path.join(import.meta.dirname, 'interrupt.mjs');
  const args = [script, catalogPath, mountPoint];
  const { signal, stderr } = spawnSync(process.execPath, args, { input: files.join('\n'), encoding: 'utf8' });
  if (signal !== 'SIGKILL') throw new Error(`interrupt.mjs was to die: ${stderr}`);
}
