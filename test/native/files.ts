/** Small things that the tests of src/native share: files by name on a scratch filesystem, descriptors that get closed. */
import fs from 'node:fs';
import path from 'node:path';
import { afterEach } from 'vitest';
import type { ScratchFilesystem } from '../../src/cli/demo/scratch-filesystem.js';
import type { InodeId } from '../../src/native/inode-id.js';
import { closeFd, openPath, type Fd } from '../../src/native/io.js';
import { generationOf, statFd } from '../../src/native/statx.js';
import { xfsHandleFsid, type XfsHandleFsid } from '../../src/native/xfs-handle.js';

const opened: Fd[] = [];
afterEach(() => {
  for (const fd of opened.splice(0)) closeFd(fd);
});

/** Closed after the test. */
export function keep(fd: Fd): Fd {
  opened.push(fd);
  return fd;
}

export const at = (scratch: ScratchFilesystem, name: string): Buffer =>
  Buffer.from(path.join(scratch.mountPoint, name));

/** Opens a file of the scratch filesystem; read-write if no flags are given. Closed after the test. */
export function open(scratch: ScratchFilesystem, name: string, flags: number = fs.constants.O_RDWR): Fd {
  return keep(openPath(at(scratch, name), flags));
}

/** Makes a file with the content, durable, and returns an open descriptor of it. */
export function makeFile(scratch: ScratchFilesystem, name: string, content: string | Buffer): Fd {
  const file = at(scratch, name);
  fs.writeFileSync(file, content);
  const fd = open(scratch, name);
  fs.fsyncSync(fd);
  return fd;
}

export function identityOf(fd: Fd): InodeId {
  return { ino: statFd(fd, 'test file').ino, gen: generationOf(fd, 'test file') };
}

export interface Root {
  readonly fd: Fd;
  readonly fsid: XfsHandleFsid;
}

/** The filesystem's root folder, open, and what its handles start with. */
export function openRoot(scratch: ScratchFilesystem): Root {
  const folder = Buffer.from(scratch.mountPoint);
  const fd = keep(openPath(folder, fs.constants.O_RDONLY));
  return { fd, fsid: xfsHandleFsid(folder, fd) };
}

/** What an action throws, or undefined. */
export function thrownBy(action: () => unknown): unknown {
  try {
    action();
  } catch (error) {
    return error;
  }
  return undefined;
}
