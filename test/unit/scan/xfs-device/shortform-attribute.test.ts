import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  diskAttributeName,
  findShortform,
  MALFORMED,
  NOT_FOUND,
} from '../../../../src/scan/xfs-device/shortform-attribute.js';

const WANTED = diskAttributeName('trusted.hsmck');
const FORK_AT = 40;

interface Entry {
  readonly name: string;
  readonly flags: number;
  readonly value: Buffer;
}

function fork(entries: readonly Entry[]): Buffer {
  const body = entries.map(({ name, flags, value }) =>
    Buffer.concat([Buffer.of(name.length, value.length, flags), Buffer.from(name), value]),
  );
  const bytes = Buffer.concat([Buffer.alloc(FORK_AT), Buffer.of(0, 0, entries.length, 0), ...body]);
  bytes.writeUInt16BE(bytes.length - FORK_AT, FORK_AT);
  return bytes;
}

function find(bytes: Buffer, end = bytes.length): { length: number; at: number } {
  const found = { at: -1 };
  return { length: findShortform(found, bytes, FORK_AT, end, WANTED), at: found.at };
}

const OTHER = { name: 'selinux', flags: 8, value: Buffer.alloc(30, 1) };
const OURS = { name: 'hsmck', flags: 2, value: Buffer.alloc(64, 7) };

describe('findShortform', () => {
  it('finds the value wherever its entry is', () => {
    for (const entries of [[OURS], [OTHER, OURS], [OURS, OTHER], [OTHER, OURS, OTHER]]) {
      const bytes = fork(entries);
      const { length, at } = find(bytes);
      expect(length).toBe(64);
      expect(bytes.subarray(at, at + 64)).toEqual(OURS.value);
    }
  });

  it.each<[string, Entry]>([
    ['in another namespace', { ...OURS, flags: 0 }],
    ['that is still being written', { ...OURS, flags: 0x82 }],
    ['of a longer name', { ...OURS, name: 'hsmck2' }],
    ['of another name', { ...OURS, name: 'hsmcl' }],
  ])('leaves an attribute %s alone', (_, entry) => {
    expect(find(fork([entry])).length).toBe(NOT_FOUND);
  });

  it('tells an empty fork, and a value without bytes', () => {
    expect(find(fork([])).length).toBe(NOT_FOUND);
    expect(find(fork([{ ...OURS, value: Buffer.alloc(0) }])).length).toBe(0);
  });

  it.each<[string, (bytes: Buffer) => void]>([
    ['a fork longer than the inode', (b) => b.writeUInt16BE(b.length - FORK_AT + 1, FORK_AT)],
    ['a fork shorter than its header', (b) => b.writeUInt16BE(3, FORK_AT)],
    ['an entry past the end', (b) => b.writeUInt8(200, FORK_AT + 5)],
    ['more entries than there are', (b) => b.writeUInt8(9, FORK_AT + 2)],
    ['an entry without a name', (b) => b.writeUInt8(0, FORK_AT + 4)],
  ])('refuses %s', (_, damage) => {
    const bytes = fork([OTHER, OTHER]);
    damage(bytes);
    expect(find(bytes).length).toBe(MALFORMED);
  });

  it('stays within the fork, whatever the bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 0, maxLength: 300 }), fc.nat(300), (random, end) => {
        const bytes = Buffer.concat([Buffer.alloc(FORK_AT), random]);
        const limit = Math.min(FORK_AT + end, bytes.length);
        const { length, at } = find(bytes, limit);
        return length < 0 || at + length <= limit;
      }),
      { numRuns: 3000 },
    );
  });
});
