/**
 * Commands look at every mount for the id of their own. A neighbour whose root attributes cannot be read is no twin, and is let
 * go again: an open descriptor would keep it from being unmounted for as long as the command runs.
 */
import fs from 'node:fs';
import { expect, test } from 'vitest';
import { NativeError } from '../../src/native/native-error.js';
import { closeFd, openPath } from '../../src/native/io.js';
import { getAttribute, setAttribute } from '../../src/native/xattr.js';
import type { ScratchFilesystem } from '../../src/cli/demo/scratch-filesystem.js';
import { useFilesystem } from '../support/filesystem.js';
import { Hsm } from '../support/hsm.js';
import { describeAsRoot } from '../support/require-root.js';

const BLOCK_BYTES = 4096;
const LEAF_MAGIC = 0x3bee;
const MAGIC_AT = 8;

function onRoot<T>({ mountPoint }: ScratchFilesystem, action: (fd: ReturnType<typeof openPath>) => T): T {
  const fd = openPath(Buffer.from(mountPoint), fs.constants.O_RDONLY);
  try {
    return action(fd);
  } finally {
    closeFd(fd);
  }
}

/** More attributes than fit into the root inode, and the block that they lie in damaged. */
function breakRootAttributes(scratch: ScratchFilesystem): void {
  onRoot(scratch, (fd) => {
    for (let count = 0; count < 20; count++) setAttribute(fd, `user.n${count}`, Buffer.alloc(100, count), 'root');
  });
  scratch.unmount();
  const image = fs.openSync(scratch.image, 'r+');
  const block = Buffer.alloc(BLOCK_BYTES);
  let broken = 0;
  for (let at = 0; fs.readSync(image, block, 0, BLOCK_BYTES, at) > 0; at += BLOCK_BYTES) {
    if (block.readUInt16BE(MAGIC_AT) !== LEAF_MAGIC) continue;
    fs.writeSync(image, Buffer.from([0xff]), 0, 1, at + BLOCK_BYTES - 1);
    broken++;
  }
  fs.closeSync(image);
  expect(broken).toBe(1);
  scratch.mount();
}

const openPlaces = (): string[] =>
  fs.readdirSync('/proc/self/fd').flatMap((fd) => {
    try {
      return [fs.readlinkSync(`/proc/self/fd/${fd}`)];
    } catch {
      return []; // the one that the folder was read with
    }
  });

describeAsRoot('a mount whose root attributes cannot be read', () => {
  const ours = useFilesystem();
  const neighbour = useFilesystem();

  test('is no twin, and is not kept open', async () => {
    const hsm = await Hsm.create(ours());
    breakRootAttributes(neighbour());
    expect(() => onRoot(neighbour(), (fd) => getAttribute(fd, 'trusted.hsmck', 'root'))).toThrow(NativeError);
    await hsm.findings();
    const opened = openPlaces().filter((place) => place.startsWith(neighbour().mountPoint));
    expect(opened).toEqual([]);
  });
});
