declare const brand: unique symbol;

/** An inode number: exact, unsigned, 64 bits. Unique on a filesystem only together with its generation. */
export type Ino = bigint & { readonly [brand]: 'Ino' };

/** An inode's generation, 32 bits unsigned: changes when an inode number is used again. */
export type Gen = number & { readonly [brand]: 'Gen' };

/** What names one inode for its whole life, and no other one, on one filesystem. */
export interface InodeId {
  readonly ino: Ino;
  readonly gen: Gen;
}

export const toIno = (value: bigint): Ino => value as Ino;
export const toGen = (value: number): Gen => (value >>> 0) as Gen;

/** `ino 131 gen 7`, for messages. */
export const describeInode = (id: InodeId): string => `inode ${id.ino} (generation ${id.gen})`;
