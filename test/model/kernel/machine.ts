import { NativeError } from '../../../src/native/native-error.js';
import { Clock } from './clock.js';
import { isFolder } from './image.js';
import type { Inode } from './inode.js';
import type { JournalKind } from './journal.js';
import { OpenFiles, type LeaseKind, type OpenFile } from './open-files.js';
import type { Random } from './random.js';
import { SimFilesystem } from './sim-filesystem.js';

/** How long an opener waits for a lease's holder. */
const LEASE_BREAK_SECONDS = 45n;
const SECOND_NS = 1_000_000_000n;

export const DATA = '/data';
export const ARCHIVE = '/archive';
/** Where catalog and locks lie. */
export const SERVICE = '/service';

export interface Place {
  readonly fs: SimFilesystem;
  readonly parent: Inode;
  readonly name: string;
  /** Undefined if there is nothing of that name. */
  readonly inode: Inode | undefined;
}

/** A machine with three filesystems: the one with users' files, the archive, and the one with the catalog. */
export class Machine {
  readonly clock = new Clock();
  readonly files = new OpenFiles();
  /** Set by who wants to know which of the users' files are durable. */
  onDataSynced: (inode: Inode | undefined) => void = () => undefined;
  readonly data: SimFilesystem;
  readonly archive: SimFilesystem;
  readonly service: SimFilesystem;

  /** Hears of inodes whose data could not be written back and was dropped. */
  onDirtyLost: (inode: Inode) => void = () => undefined;

  /** Of the program's present call. */
  callNumber = 0;

  constructor(archiveJournal: JournalKind) {
    const stamp = (inode: Inode | undefined): bigint => this.clock.stamp(inode);
    this.data = new SimFilesystem(DATA, '7:0', 'ordered', stamp, 1000, (inode) => this.onDataSynced(inode));
    this.archive = new SimFilesystem(ARCHIVE, '7:1', archiveJournal, stamp, 2000);
    this.service = new SimFilesystem(SERVICE, '8:1', 'ordered', stamp, 3000);
  }

  get filesystems(): readonly SimFilesystem[] {
    return [this.data, this.archive, this.service];
  }

  /** @throws NativeError ENOENT, ENOTDIR */
  resolve(path: Uint8Array): Place {
    const names = Buffer.from(path).toString('latin1').split('/').filter(Boolean);
    const text = `/${names.join('/')}`;
    const fs = this.filesystems.find(({ mountPoint }) => mountPoint === `/${names[0] ?? ''}`);
    if (fs === undefined) throw new NativeError('ENOENT', 'open', text);
    let parent = fs.root;
    let inode: Inode | undefined = fs.root;
    for (const [index, name] of names.slice(1).entries()) {
      if (inode === undefined) throw new NativeError('ENOENT', 'open', text);
      if (!isFolder(inode.image)) throw new NativeError('ENOTDIR', 'open', text);
      parent = inode;
      inode = fs.lookUp(parent, name);
      if (inode === undefined && index < names.length - 2) throw new NativeError('ENOENT', 'open', text);
    }
    return { fs, parent, name: names.at(-1) ?? '', inode };
  }

  /** @throws NativeError ENOENT */
  existing(path: Uint8Array): { readonly fs: SimFilesystem; readonly inode: Inode } {
    const { fs, inode } = this.resolve(path);
    if (inode === undefined) throw new NativeError('ENOENT', 'open', Buffer.from(path).toString());
    return { fs, inode };
  }

  /** True if the lease could be taken (fcntl(2), F_SETLEASE). */
  takeLease(file: OpenFile, kind: LeaseKind): boolean {
    const others = this.files.others(file);
    const inTheWay = kind === 'write' ? others.length > 0 : file.canWrite || others.some(({ canWrite }) => canWrite);
    if (inTheWay) return false;
    file.lease = kind;
    file.breakingSinceNs = undefined;
    return true;
  }

  /** Does `go` at once, or when the leases that stand against it are gone. */
  whenFree(inode: Inode, access: LeaseKind, go: () => void): void {
    const holder = this.files.conflict(inode, access, this.clock.nowNs);
    if (holder === undefined) go();
    else this.files.wait(inode, () => this.whenFree(inode, access, go));
  }

  /** Those who have waited for longer than the kernel lets them wait are let in. */
  expireLeases(): void {
    for (const file of this.files.leases()) {
      const since = file.breakingSinceNs;
      if (since !== undefined && this.clock.nowNs - since >= LEASE_BREAK_SECONDS * SECOND_NS) this.files.letIn(file);
    }
  }

  /** The program is killed; the kernel lives on. */
  killProgram(): void {
    this.files.closeAll('program');
  }

  /** `archive`: whether the archive is cut off too, or lies on another machine. */
  powerCut(random: Random, archive: boolean): void {
    if (!archive) this.files.closeAll();
    this.files.reset();
    this.data.crash(random);
    this.service.syncAll();
    if (archive) this.archive.crash(random);
    for (const fs of [this.archive, this.service])
      for (const inode of fs.list()) {
        inode.openCount = 0;
        fs.releaseIfUnused(inode);
      }
  }
}
