import { copyImage, type Image } from './image.js';
import type { Random } from './random.js';

/** All inodes of a filesystem at one moment of its log. */
export interface Table {
  readonly images: Map<bigint, Image>;
  /** The generation that an inode number gets when it is used next. */
  readonly gens: Map<bigint, number>;
}

type Change = (table: Table) => void;

interface Entry {
  /** The inodes that the change is about. */
  readonly inos: readonly bigint[];
  readonly apply: Change;
}

/**
 * `ordered`: one log, as of XFS and ext4: a crash loses a suffix of it, and an fsync of any inode makes all that came
 * before durable too. `independent`: POSIX and no more: changes of different inodes may survive in any combination.
 */
export type JournalKind = 'ordered' | 'independent';

/** Changes of metadata that are not on the disk for certain, in their order, and what is. */
export class Journal {
  readonly durable: Table = { images: new Map(), gens: new Map() };
  #pending: Entry[] = [];

  constructor(readonly kind: JournalKind) {}

  add(inos: readonly bigint[], apply: Change): void {
    this.#pending.push({ inos, apply });
  }

  /** Makes everything durable. */
  commitAll(): void {
    for (const { apply } of this.#pending) apply(this.durable);
    this.#pending = [];
  }

  /** What an fsync of an inode makes durable, in memory as on the disk. */
  commitInode(ino: bigint): void {
    if (this.kind === 'ordered') {
      const last = this.#pending.findLastIndex(({ inos }) => inos.includes(ino));
      this.#commit((_, index) => index <= last);
      return;
    }
    // Backwards, so that whatever a change stands on goes along.
    const needed = new Set([ino]);
    const chosen = new Set<Entry>();
    for (const entry of this.#pending.toReversed()) {
      if (!entry.inos.some((one) => needed.has(one))) continue;
      chosen.add(entry);
      for (const one of entry.inos) needed.add(one);
    }
    this.#commit((entry) => chosen.has(entry));
  }

  /** The kernel writes a part of the log by itself. */
  commitSome(random: Random): void {
    if (this.#pending.length === 0) return;
    this.#commit(this.#survivors(random));
  }

  /** A crash: some of what was pending is on the disk, the rest was never there. */
  crash(random: Random): Table {
    this.#commit(this.#survivors(random));
    this.#pending = [];
    const { images, gens } = this.durable;
    return { images: new Map([...images].map(([ino, image]) => [ino, copyImage(image)])), gens: new Map(gens) };
  }

  #survivors(random: Random): (entry: Entry, index: number) => boolean {
    if (this.kind === 'ordered') {
      const count = random.chance(0.3) ? 0 : random.below(this.#pending.length + 1);
      return (_, index) => index < count;
    }
    const lost = new Set<bigint>();
    return ({ inos }) => {
      const stays = !inos.some((ino) => lost.has(ino)) && random.chance(0.5);
      if (!stays) for (const ino of inos) lost.add(ino);
      return stays;
    };
  }

  #commit(isChosen: (entry: Entry, index: number) => boolean): void {
    const rest: Entry[] = [];
    for (const [index, entry] of this.#pending.entries()) {
      if (isChosen(entry, index)) entry.apply(this.durable);
      else rest.push(entry);
    }
    this.#pending = rest;
  }
}
