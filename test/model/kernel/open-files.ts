/** Descriptors, leases and locks. */
import { NativeError } from '../../../src/native/native-error.js';
import type { Inode } from './inode.js';
import type { SimFilesystem } from './sim-filesystem.js';

export type LeaseKind = 'read' | 'write';

export interface OpenFile {
  readonly fd: number;
  readonly fs: SimFilesystem;
  readonly inode: Inode;
  readonly canWrite: boolean;
  /** Opened by handle: writes leave the times alone. */
  readonly invisible: boolean;
  /** O_PATH: counts for nothing. */
  readonly pathOnly: boolean;
  readonly who: 'program' | 'user';
  lease?: LeaseKind | undefined;
  /** When somebody began to break the lease. */
  breakingSinceNs?: bigint | undefined;
  /** The program's call with which it last asked for the lease. */
  lookedAtCall?: number;
  locked: boolean;
}

interface Waiting {
  readonly inode: Inode;
  readonly go: () => void;
}

export type OpenRequest = Pick<OpenFile, 'fs' | 'inode' | 'canWrite' | 'invisible' | 'pathOnly' | 'who'>;

/** Users' descriptors are numbered apart, so that the program's numbers do not depend on them. */
const FIRST_FD = { program: 100, user: 10_000 } as const;

/** All open descriptors of a simulated machine. */
export class OpenFiles {
  readonly #files = new Map<number, OpenFile>();
  #waiting: Waiting[] = [];

  open(request: OpenRequest): OpenFile {
    let fd: number = FIRST_FD[request.who];
    while (this.#files.has(fd)) fd += 1;
    const file: OpenFile = { ...request, fd, locked: false };
    this.#files.set(fd, file);
    if (!file.pathOnly) file.inode.openCount += 1;
    return file;
  }

  /** @throws NativeError EBADF */
  get(fd: number, call: string): OpenFile {
    const file = this.#files.get(fd);
    if (file === undefined) throw new NativeError('EBADF', call, `fd ${fd}`);
    return file;
  }

  close(fd: number): void {
    const file = this.#files.get(fd);
    if (file === undefined) return;
    this.#files.delete(fd);
    if (!file.pathOnly) file.inode.openCount -= 1;
    file.fs.releaseIfUnused(file.inode);
    if (file.lease !== undefined) this.letIn(file);
  }

  /** All descriptors of the program, or of everybody. */
  closeAll(who?: 'program'): void {
    for (const { fd, who: owner } of [...this.#files.values()]) if (who === undefined || owner === who) this.close(fd);
  }

  /** Others that have the inode open in a way that counts. */
  others(file: OpenFile): OpenFile[] {
    return [...this.#files.values()].filter((one) => one !== file && one.inode === file.inode && !one.pathOnly);
  }

  /** A lease that stands against an access; it begins to break. */
  conflict(inode: Inode, access: LeaseKind, nowNs: bigint): OpenFile | undefined {
    for (const file of this.#files.values()) {
      if (file.inode !== inode || file.lease === undefined) continue;
      if (file.lease === 'read' && access === 'read') continue;
      file.breakingSinceNs ??= nowNs;
      return file;
    }
    return undefined;
  }

  leases(): OpenFile[] {
    return [...this.#files.values()].filter(({ lease }) => lease !== undefined);
  }

  /** Runs `go` when no lease stands against it any more. */
  wait(inode: Inode, go: () => void): void {
    this.#waiting.push({ inode, go });
  }

  /** The lease is gone: given back, broken by force, or its holder is dead. */
  letIn(file: OpenFile): void {
    file.lease = undefined;
    file.breakingSinceNs = undefined;
    const due = this.#waiting.filter(({ inode }) => inode === file.inode);
    this.#waiting = this.#waiting.filter(({ inode }) => inode !== file.inode);
    for (const { go } of due) go();
  }

  /** A power cut: nobody waits any more. */
  reset(): void {
    this.#waiting = [];
    this.#files.clear();
  }
}
