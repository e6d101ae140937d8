import { NativeError } from '../../../src/native/native-error.js';
import { writeBack, writeBackAll } from './file-data.js';
import { copyImage, isFolder, S_IFDIR, S_IFREG, type Image } from './image.js';
import { Inode } from './inode.js';
import { Journal, type JournalKind, type Table } from './journal.js';
import type { Random } from './random.js';

const ROOT_INO = 128n;
const FIRST_INO = 131n;
const INODES_MAX = 4096n;

/** A mounted filesystem in memory that can be crashed. Namespace and inodes; content is in file-data.ts. */
export class SimFilesystem {
  #inodes = new Map<bigint, Inode>();
  #table: Table = { images: new Map(), gens: new Map() };
  readonly #journal: Journal;

  constructor(
    readonly mountPoint: string,
    readonly device: string,
    kind: JournalKind,
    readonly now: (inode: Inode | undefined) => bigint,
    /** What an inode number's first generation is. */
    readonly firstGen: number,
    /** Hears of every sync that went well: of one inode, or of all. */
    readonly onSynced: (inode: Inode | undefined) => void = () => undefined,
  ) {
    this.#journal = new Journal(kind);
    this.#make(ROOT_INO, S_IFDIR | 0o755, 2, []);
    this.#journal.commitAll();
  }

  /** What would be there if a crash took everything that it may. */
  get durableImages(): ReadonlyMap<bigint, Image> {
    return this.#journal.durable.images;
  }

  get root(): Inode {
    return this.inode(ROOT_INO);
  }

  /** @throws NativeError ESTALE */
  inode(ino: bigint): Inode {
    const inode = this.#inodes.get(ino);
    if (inode === undefined) throw new NativeError('ESTALE', 'open', `inode ${ino}`);
    return inode;
  }

  /** Undefined if the number is free. */
  find(ino: bigint): Inode | undefined {
    return this.#inodes.get(ino);
  }

  /** All inodes, ascending. */
  list(): Inode[] {
    return [...this.#inodes.values()].sort((a, b) => Number(a.image.ino - b.image.ino));
  }

  /** Changes an inode's image in memory, and in the log. */
  change(inode: Inode, apply: (image: Image) => void): void {
    const { ino } = inode.image;
    this.#log([ino], ({ images }) => {
      const image = images.get(ino);
      if (image !== undefined) apply(image);
    });
  }

  #log(inos: readonly bigint[], apply: (table: Table) => void): void {
    apply(this.#table);
    this.#journal.add(inos, apply);
  }

  #make(ino: bigint, mode: number, nlink: number, parents: readonly bigint[]): Inode {
    const now = this.now(undefined);
    const gen = this.#table.gens.get(ino) ?? this.firstGen + Number(ino);
    const image: Image = {
      ...{ ino, gen, mode, nlink, uid: 0, gid: 0, sizeBytes: 0, mtimeNs: now, ctimeNs: now, btimeNs: now },
      ...{ xattrs: new Map(), cells: new Map(), entries: new Map() },
    };
    this.#table.images.set(ino, image);
    this.#journal.add([...parents, ino], ({ images }) => images.set(ino, copyImage(initial)));
    const initial = copyImage(image);
    const inode = new Inode(image);
    this.#inodes.set(ino, inode);
    return inode;
  }

  #freeIno(): bigint {
    for (let ino = FIRST_INO; ino < FIRST_INO + INODES_MAX; ino++) if (!this.#inodes.has(ino)) return ino;
    throw new NativeError('ENOSPC', 'create', this.mountPoint);
  }

  lookUp(parent: Inode, name: string): Inode | undefined {
    const ino = parent.image.entries.get(name);
    return ino === undefined ? undefined : this.#inodes.get(ino);
  }

  #setEntry(parent: Inode, name: string, ino: bigint | undefined, also: readonly bigint[]): void {
    const parentIno = parent.image.ino;
    this.#log([parentIno, ...also], ({ images }) => {
      const { entries } = images.get(parentIno) ?? { entries: new Map<string, bigint>() };
      if (ino === undefined) entries.delete(name);
      else entries.set(name, ino);
    });
  }

  create(parent: Inode, name: string, mode: number, kind: 'file' | 'folder'): Inode {
    const folder = kind === 'folder';
    const inode = this.#make(this.#freeIno(), (folder ? S_IFDIR : S_IFREG) | mode, folder ? 2 : 1, [parent.image.ino]);
    this.#setEntry(parent, name, inode.image.ino, [inode.image.ino]);
    return inode;
  }

  /** O_TMPFILE. */
  createUnnamed(mode: number): Inode {
    return this.#make(this.#freeIno(), S_IFREG | mode, 0, []);
  }

  link(inode: Inode, parent: Inode, name: string): void {
    this.#setEntry(parent, name, inode.image.ino, [inode.image.ino]);
    this.#touch(inode, 1);
  }

  unlink(parent: Inode, name: string): void {
    const inode = this.lookUp(parent, name);
    if (inode === undefined) throw new NativeError('ENOENT', 'unlink', name);
    this.#setEntry(parent, name, undefined, [inode.image.ino]);
    this.#touch(inode, isFolder(inode.image) ? -2 : -1);
    this.releaseIfUnused(inode);
  }

  /** Atomic, also between folders. A target that exists is replaced. */
  rename(from: Inode, fromName: string, to: Inode, toName: string): void {
    const inode = this.lookUp(from, fromName);
    if (inode === undefined) throw new NativeError('ENOENT', 'rename', fromName);
    const replaced = this.lookUp(to, toName);
    if (replaced === inode) return;
    const { ino } = inode.image;
    const [fromIno, toIno] = [from.image.ino, to.image.ino];
    const replacedIno = replaced?.image.ino;
    // One transaction: who is replaced loses its name when, and only when, the other one gets it.
    this.#log([fromIno, toIno, ...(replacedIno === undefined ? [] : [replacedIno])], ({ images }) => {
      images.get(fromIno)?.entries.delete(fromName);
      images.get(toIno)?.entries.set(toName, ino);
      const image = replacedIno === undefined ? undefined : images.get(replacedIno);
      if (image !== undefined) image.nlink -= 1;
    });
    if (replaced !== undefined) this.releaseIfUnused(replaced);
    this.#touch(inode, 0);
  }

  #touch(inode: Inode, links: number): void {
    const ctimeNs = this.now(inode);
    this.change(inode, (image) => {
      image.nlink += links;
      image.ctimeNs = ctimeNs;
    });
  }

  /** Frees an inode that has neither a name nor an open descriptor. */
  releaseIfUnused(inode: Inode): void {
    const { ino, gen, nlink } = inode.image;
    if (nlink > 0 || inode.openCount > 0 || this.#inodes.get(ino) !== inode) return;
    this.#inodes.delete(ino);
    this.#log([ino], ({ images, gens }) => {
      images.delete(ino);
      gens.set(ino, (gen + 1) >>> 0);
    });
  }

  fsync(inode: Inode): void {
    writeBackAll(this, inode);
    this.#journal.commitInode(inode.image.ino);
    this.onSynced(inode);
  }

  syncAll(): void {
    for (const inode of this.#inodes.values()) writeBackAll(this, inode);
    this.#journal.commitAll();
    this.onSynced(undefined);
  }

  /** The kernel writes some pages and some of its log by itself. */
  writeBackSome(random: Random, share = 0.5): void {
    for (const inode of this.#inodes.values())
      for (const index of [...inode.dirty.keys()]) if (random.chance(share)) writeBack(this, inode, index);
    if (random.chance(0.5)) this.#journal.commitSome(random);
  }

  /** Power cut and mount: memory is gone, and of what was not durable some has survived. */
  crash(random: Random): void {
    const share = random.pick([0, 0.2, 0.5, 1]);
    this.writeBackSome(random, share);
    this.#table = this.#journal.crash(random);
    this.#inodes = new Map([...this.#table.images].map(([ino, image]) => [ino, new Inode(image)]));
    this.#repair();
    this.#journal.commitAll();
  }

  /** What a mount does: names of nothing go, nameless inodes go. Link counts are those of the names. */
  #repair(): void {
    const links = new Map<bigint, number>();
    for (const inode of this.list()) {
      for (const [name, ino] of [...inode.image.entries]) {
        if (this.#inodes.has(ino)) links.set(ino, (links.get(ino) ?? 0) + 1);
        else this.#setEntry(inode, name, undefined, []);
      }
    }
    for (const inode of this.list()) {
      const count = links.get(inode.image.ino) ?? 0;
      if (isFolder(inode.image) || count === inode.image.nlink) continue;
      this.change(inode, (image) => {
        image.nlink = count;
      });
      this.releaseIfUnused(inode);
    }
    for (const inode of this.list()) if (inode.image.nlink === 0) this.releaseIfUnused(inode);
  }
}
