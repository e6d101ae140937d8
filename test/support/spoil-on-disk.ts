/** Rot below the filesystem: the page cache goes on showing what the disk has not any more. */
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import { expect } from 'vitest';
import type { ScratchFilesystem } from '../../src/cli/demo/scratch-filesystem.js';

const SECTOR_BYTES = 512;

/** Flips a bit of a file's first block on the disk. The file is durable, and begins with `content`. */
export function spoilOnDisk({ image }: ScratchFilesystem, file: string, content: Buffer): void {
  const bmap = execFileSync('xfs_bmap', ['-v', file], { encoding: 'utf8' });
  const sector = Number(/\]:\s+(\d+)\.\./.exec(bmap)?.[1]);
  expect(sector).toBeGreaterThan(0);
  const fd = fs.openSync(image, 'r+');
  fs.writeSync(fd, Buffer.from([(content[7] ?? 0) ^ 1]), 0, 1, sector * SECTOR_BYTES + 7);
  fs.fsyncSync(fd);
  fs.closeSync(fd);
}

/** Gives an inode a wrong checksum: every look at it gives EUCLEAN. Mounts the filesystem anew. */
export function breakInode(scratch: ScratchFilesystem, ino: bigint): void {
  scratch.unmount();
  const change = ['-c', `inode ${ino}`, '-c', 'write -c core.gen 999'];
  execFileSync('xfs_db', ['-x', ...change, scratch.image], { stdio: 'ignore' });
  scratch.mount();
}
