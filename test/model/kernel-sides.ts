/** The same calls on a real XFS and on the simulated one, so that one can be held against the other. */
import fs from 'node:fs';
import path from 'node:path';
import type { ScratchFilesystem } from '../../src/cli/demo/scratch-filesystem.js';
import { idFromXfsHandle, handleOfFd } from '../../src/native/file-handle.js';
import * as realExtents from '../../src/native/extents.js';
import * as realIo from '../../src/native/io.js';
import type { Fd } from '../../src/native/io.js';
import * as realLock from '../../src/native/lock.js';
import * as realStatx from '../../src/native/statx.js';
import { openTemporaryFile } from '../../src/native/temporary-file.js';
import * as realXattr from '../../src/native/xattr.js';
import { shutDownFilesystem } from '../../src/native/xfs-geometry.js';
import { openByXfsHandle, xfsHandleFsid } from '../../src/native/xfs-handle.js';
import { DATA, Machine } from './kernel/machine.js';
import { Random } from './kernel/random.js';
import { setWorld } from './kernel/world.js';
import * as simExtents from './ports/extents.js';
import * as simHandle from './ports/file-handle.js';
import * as simIo from './ports/io.js';
import * as simLock from './ports/lock.js';
import simFs from './ports/node-fs.js';
import * as simStatx from './ports/statx.js';
import * as simXattr from './ports/xattr.js';
import { openByXfsHandle as simOpenByXfsHandle } from './ports/xfs-handle.js';
import { O_PATH, O_TMPFILE } from '../../src/native/constants.js';

type Calls = typeof realIo & typeof realExtents & typeof realLock & typeof realStatx & typeof realXattr;

/** What a program can do to a mounted filesystem. Names lie in its root. */
export interface Side {
  readonly calls: Pick<
    Calls,
    | 'closeFd'
    | 'pread'
    | 'pwriteAll'
    | 'truncateFd'
    | 'fsyncFd'
    | 'dropCachedPages'
    | 'dataExtents'
    | 'punchHole'
    | 'cloneFile'
    | 'takeLease'
    | 'leaseIsWhole'
    | 'dropLease'
    | 'statFd'
    | 'getAttribute'
    | 'setAttribute'
    | 'removeAttribute'
  >;
  openPath(name: string, flags: number): Fd;
  /** For invisible I/O; never waits for a lease. */
  openInvisible(name: string, flags: number): Fd;
  openUnnamed(): Fd;
  rename(from: string, to: string): void;
  unlink(name: string): void;
  /** What was not durable may be gone. */
  powerCut(): void;
}

export class RealSide implements Side {
  readonly calls = { ...realIo, ...realExtents, ...realLock, ...realStatx, ...realXattr };

  constructor(readonly scratch: ScratchFilesystem) {}

  #path(name: string): Buffer {
    return Buffer.from(path.join(this.scratch.mountPoint, name));
  }

  openPath(name: string, flags: number): Fd {
    return realIo.openPath(this.#path(name), flags, 0o644);
  }

  openInvisible(name: string, flags: number): Fd {
    const look = realIo.openPath(this.#path(name), O_PATH);
    const root = this.openPath('', fs.constants.O_RDONLY);
    try {
      const fsid = xfsHandleFsid(Buffer.from(this.scratch.mountPoint), root);
      return openByXfsHandle(
        root,
        fsid,
        idFromXfsHandle(handleOfFd(look, name), name),
        flags | fs.constants.O_NONBLOCK,
      );
    } finally {
      realIo.closeFd(look);
      realIo.closeFd(root);
    }
  }

  openUnnamed(): Fd {
    return openTemporaryFile(Buffer.from(this.scratch.mountPoint));
  }

  rename(from: string, to: string): void {
    fs.renameSync(this.#path(from), this.#path(to));
  }

  unlink(name: string): void {
    fs.unlinkSync(this.#path(name));
  }

  powerCut(): void {
    const root = this.openPath('', fs.constants.O_RDONLY);
    shutDownFilesystem(root, 'drop-log', 'root');
    realIo.closeFd(root);
    this.scratch.remount();
  }
}

export class SimulatedSide implements Side {
  readonly calls = { ...simIo, ...simExtents, ...simLock, ...simStatx, ...simXattr };
  readonly #machine = new Machine('ordered');
  readonly #random: Random;

  constructor(seed: number) {
    this.#random = new Random(seed);
    const nextWord = (): number => this.#random.next();
    const nothing = (): void => undefined;
    setWorld({ machine: this.#machine, nextWord, onCall: nothing, onDestroy: nothing, isDead: false });
  }

  #path(name: string): Buffer {
    return Buffer.from(`${DATA}/${name}`);
  }

  openPath(name: string, flags: number): Fd {
    return simIo.openPath(this.#path(name), flags, 0o644);
  }

  openInvisible(name: string, flags: number): Fd {
    const look = simIo.openPath(this.#path(name), O_PATH);
    const root = this.openPath('', fs.constants.O_RDONLY);
    try {
      const id = simHandle.idFromXfsHandle(simHandle.handleOfFd(look, name));
      return simOpenByXfsHandle(root, Buffer.alloc(8), id, flags | fs.constants.O_NONBLOCK);
    } finally {
      simIo.closeFd(look);
      simIo.closeFd(root);
    }
  }

  openUnnamed(): Fd {
    return simIo.openPath(this.#path(''), O_TMPFILE | fs.constants.O_RDWR);
  }

  rename(from: string, to: string): void {
    simFs.renameSync(this.#path(from), this.#path(to));
  }

  unlink(name: string): void {
    simFs.unlinkSync(this.#path(name));
  }

  powerCut(): void {
    this.#machine.powerCut(this.#random, false);
  }
}
