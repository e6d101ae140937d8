/** Sequences of calls, as data, and what a program sees of a filesystem after each. */
import fs from 'node:fs';
import { HsmckError } from '../../src/errors.js';
import type { Extent } from '../../src/native/extents.js';
import type { Fd } from '../../src/native/io.js';
import type { LeaseKind } from '../../src/native/lock.js';
import type { Side } from './kernel-sides.js';
import type { Random } from './kernel/random.js';

const { O_CREAT, O_RDONLY, O_RDWR, O_EXCL } = fs.constants;
const NAMES = ['a', 'b', 'c'] as const;
const SIZE_MAX = 6 * 4096;
const ATTRIBUTES = ['trusted.hsmck', 'security.capability'] as const;

export type Call =
  | { readonly do: 'create' | 'unlink' | 'fsync' | 'evict' | 'clone-fresh'; readonly name: string }
  | {
      readonly do: 'write';
      readonly name: string;
      readonly offset: number;
      readonly length: number;
      readonly byte: number;
      readonly invisible: boolean;
    }
  | { readonly do: 'truncate'; readonly name: string; readonly sizeBytes: number }
  | {
      readonly do: 'punch';
      readonly name: string;
      readonly offset: number;
      readonly length: number;
      readonly invisible: boolean;
    }
  | { readonly do: 'clone' | 'rename'; readonly name: string; readonly to: string }
  | { readonly do: 'set' | 'remove'; readonly name: string; readonly attribute: string; readonly byte: number }
  | {
      readonly do: 'lease';
      readonly name: string;
      readonly kind: LeaseKind;
      readonly canWrite: boolean;
      readonly other: 'read' | 'write' | 'none';
    };

function range(random: Random): { readonly offset: number; readonly length: number } {
  // Whole pages half of the time: that is what clones, punches and shared blocks turn on.
  if (random.chance(0.5)) return { offset: 4096 * random.below(5), length: 4096 * (1 + random.below(2)) };
  return { offset: random.below(SIZE_MAX), length: 1 + random.below(9000) };
}

export function randomCall(random: Random): Call {
  const name = random.pick(NAMES);
  const weights = {
    create: 3,
    write: 12,
    truncate: 4,
    punch: 5,
    clone: 4,
    'clone-fresh': 2,
    fsync: 4,
    evict: 2,
    set: 4,
    remove: 2,
    rename: 2,
    unlink: 1,
    lease: 4,
  };
  const act = random.weighted(weights);
  const byte = 1 + random.below(250);
  const invisible = random.chance(0.5);
  switch (act) {
    case 'create':
    case 'unlink':
    case 'fsync':
    case 'evict':
    case 'clone-fresh':
      return { do: act, name };
    case 'write':
      return { do: act, name, ...range(random), byte, invisible };
    case 'truncate':
      return { do: act, name, sizeBytes: random.chance(0.3) ? 4096 * random.below(6) : random.below(SIZE_MAX) };
    case 'punch':
      return { do: act, name, ...range(random), invisible };
    case 'clone':
    case 'rename':
      return { do: act, name, to: random.pick(NAMES) };
    case 'set':
    case 'remove':
      return { do: act, name, attribute: random.pick(ATTRIBUTES), byte };
    case 'lease':
      return {
        do: act,
        name,
        kind: random.pick(['read', 'write'] as const),
        canWrite: invisible,
        other: random.pick(['read', 'write', 'none'] as const),
      };
  }
}

function withFile<T>(side: Side, fd: Fd, use: (fd: Fd) => T): T {
  try {
    return use(fd);
  } finally {
    side.calls.closeFd(fd);
  }
}

const openFor = (side: Side, name: string, invisible: boolean): Fd =>
  invisible ? side.openInvisible(name, O_RDWR) : side.openPath(name, O_RDWR);

/** A capability's value is checked by the kernel: version 2, effective, one bit. */
const capability = (byte: number): Buffer =>
  Buffer.from([1, 0, 0, 2, byte, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]);

function lease(side: Side, { name, kind, canWrite, other }: Call & { readonly do: 'lease' }): unknown[] {
  const { takeLease, leaseIsWhole, dropLease } = side.calls;
  return withFile(side, side.openInvisible(name, canWrite ? O_RDWR : O_RDONLY), (fd) => {
    const said: unknown[] = [takeLease(fd, kind, name)];
    if (said[0] !== true) return said;
    said.push(leaseIsWhole(fd, kind, name));
    if (other !== 'none')
      said.push(outcome(() => side.calls.closeFd(side.openInvisible(name, other === 'write' ? O_RDWR : O_RDONLY))));
    said.push(leaseIsWhole(fd, kind, name));
    dropLease(fd, name);
    return said;
  });
}

function perform(side: Side, call: Call): unknown {
  const { calls } = side;
  const { name } = call;
  switch (call.do) {
    case 'create':
      return calls.closeFd(side.openPath(name, O_CREAT | O_EXCL | O_RDWR));
    case 'unlink':
      return side.unlink(name);
    case 'rename':
      return side.rename(name, call.to);
    case 'fsync':
      return withFile(side, openFor(side, name, false), (fd) => calls.fsyncFd(fd, name));
    case 'evict':
      return withFile(side, openFor(side, name, false), (fd) => {
        calls.fsyncFd(fd, name);
        calls.dropCachedPages(fd, name);
      });
    case 'write':
      return withFile(side, openFor(side, name, call.invisible), (fd) =>
        calls.pwriteAll(fd, Buffer.alloc(call.length, call.byte), call.length, call.offset, name),
      );
    case 'truncate':
      return withFile(side, openFor(side, name, false), (fd) => calls.truncateFd(fd, call.sizeBytes, name));
    case 'punch':
      return withFile(side, openFor(side, name, call.invisible), (fd) =>
        calls.punchHole(fd, call.offset, call.length, name),
      );
    case 'clone':
      return withFile(side, openFor(side, name, false), (from) =>
        withFile(side, openFor(side, call.to, true), (to) => calls.cloneFile(from, to, name)),
      );
    case 'clone-fresh':
      return withFile(side, side.openUnnamed(), (from) => {
        const { sizeBytes } = withFile(side, openFor(side, name, false), (fd) => calls.statFd(fd, name));
        calls.truncateFd(from, Number(sizeBytes), name);
        calls.pwriteAll(from, Buffer.alloc(100, 0x55), Math.min(100, Number(sizeBytes)), 0, name);
        calls.fsyncFd(from, name);
        withFile(side, openFor(side, name, true), (to) => calls.cloneFile(from, to, name));
      });
    case 'set': {
      const value = call.attribute === 'security.capability' ? capability(call.byte) : Buffer.alloc(64, call.byte);
      return withFile(side, openFor(side, name, true), (fd) => calls.setAttribute(fd, call.attribute, value, name));
    }
    case 'remove':
      return withFile(side, openFor(side, name, true), (fd) => calls.removeAttribute(fd, call.attribute, name));
    case 'lease':
      return lease(side, call);
  }
}

/** What the call gives, or its errno. Node's own errors have theirs in `code` as well. */
export function outcome(action: () => unknown): unknown {
  try {
    return action();
  } catch (error) {
    if (error instanceof HsmckError) return error.code;
    if (error instanceof Error && 'code' in error) return error.code;
    throw error;
  }
}

export const play = (side: Side, call: Call): unknown => outcome(() => perform(side, call));

export interface Seen {
  readonly ino: bigint;
  readonly sizeBytes: number;
  readonly content: Buffer;
  /** Pages that are data to SEEK_DATA. */
  readonly dataPages: readonly number[];
  readonly attributes: readonly (string | undefined)[];
  readonly nlink: number;
  readonly mtimeNs: bigint;
  readonly ctimeNs: bigint;
}

function pagesOf({ offset, length }: Extent): number[] {
  const first = Math.floor(offset / 4096);
  return Array.from({ length: Math.ceil((offset + length) / 4096) - first }, (_, index) => first + index);
}

function see(side: Side, name: string): Seen {
  const { calls } = side;
  return withFile(side, side.openPath(name, O_RDONLY), (fd) => {
    const { ino, sizeBytes, nlink, mtimeNs, ctimeNs } = calls.statFd(fd, name);
    const dataPages = [...calls.dataExtents(fd, Number(sizeBytes), name)].flatMap(pagesOf);
    const content = Buffer.alloc(Number(sizeBytes));
    calls.pread(fd, content, content.length, 0, name);
    const attributes = ATTRIBUTES.map((attribute) => calls.getAttribute(fd, attribute, name)?.toString('hex'));
    return { ino, sizeBytes: Number(sizeBytes), content, dataPages, attributes, nlink, mtimeNs, ctimeNs };
  });
}

/** All files, or why one cannot be seen. */
export const seeAll = (side: Side): Record<string, Seen | string> =>
  Object.fromEntries(NAMES.map((name) => [name, outcome(() => see(side, name)) as Seen | string]));
