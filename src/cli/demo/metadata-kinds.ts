/** Owners, modes, attributes and times that a migration must leave as they are. */
import { randomBytes } from 'node:crypto';
import fs from 'node:fs';
import type { Fd } from '../../native/io.js';
import { setMtime } from '../../native/times.js';
import { setAttribute } from '../../native/xattr.js';

type Dress = (fd: Fd, target: string) => void;

const owned =
  (uid: number, gid: number, mode: number): Dress =>
  (fd) => {
    // In this order: a change of owner takes setuid and setgid away.
    fs.fchownSync(fd, uid, gid);
    fs.fchmodSync(fd, mode);
  };

/** An ACL as the kernel takes it (linux/posix_acl_xattr.h): user::rw-, user:1234:rwx, group::r--, mask::rwx, other::---. */
function aclValue(): Buffer {
  const NOBODY_IN_PARTICULAR = 0xffffffff;
  const entries = [
    [0x01, 6, NOBODY_IN_PARTICULAR],
    [0x02, 7, 1234],
    [0x04, 4, NOBODY_IN_PARTICULAR],
    [0x10, 7, NOBODY_IN_PARTICULAR],
    [0x20, 0, NOBODY_IN_PARTICULAR],
  ] as const;
  const value = Buffer.alloc(4 + entries.length * 8);
  value.writeUInt32LE(2, 0);
  entries.forEach(([tag, permissions, id], index) => {
    value.writeUInt16LE(tag, 4 + index * 8);
    value.writeUInt16LE(permissions, 6 + index * 8);
    value.writeUInt32LE(id, 8 + index * 8);
  });
  return value;
}

const attribute =
  (name: string, value: () => Buffer): Dress =>
  (fd, target) =>
    setAttribute(fd, name, value(), target);

/** cap_net_raw=ep as struct vfs_cap_data, version 2 (linux/capability.h). */
const CAP_NET_RAW_EFFECTIVE = '0100000200200000000000000000000000000000';

const DRESSES: readonly Dress[] = [
  () => undefined,
  owned(1000, 1000, 0o640),
  owned(1001, 100, 0o4755),
  owned(0, 50, 0o2755),
  owned(65534, 65534, 0o000),
  owned(4_000_000_000, 4_000_000_001, 0o444),
  owned(1000, 0, 0o1666),
  attribute('system.posix_acl_access', aclValue),
  // Any ordinary write, and any ordinary punch, would take it away (capabilities(7)).
  attribute('security.capability', () => Buffer.from(CAP_NET_RAW_EFFECTIVE, 'hex')),
  attribute('user.comment', () => Buffer.from('kept as it is')),
  attribute('trusted.backup-serial', () => randomBytes(16)),
  // Too long for the inode: it pushes all attributes out into blocks of their own.
  attribute('user.thumbnail', () => randomBytes(3000)),
];

const SECOND = 1_000_000_000n;

/** Signed nanoseconds since 1970; undefined leaves the time of writing. The last is beyond what 64 bits hold. */
const MTIMES_NS: readonly (bigint | undefined)[] = [
  undefined,
  -150_000_000n * SECOND + 123_456_789n,
  -1n,
  0n,
  1_700_000_000n * SECOND + 999_999_999n,
  2_147_483_648n * SECOND + 1n,
  13_569_465_600n * SECOND,
];

/** Gives a folder's n-th file its owner, mode, attributes and mtime. */
export function dressFile(index: number, fd: Fd, target: string): void {
  DRESSES[index % DRESSES.length]?.(fd, target);
  // One step further every time around, so that dresses and times meet in all pairs.
  const mtimeNs = MTIMES_NS[(index + Math.floor(index / DRESSES.length)) % MTIMES_NS.length];
  if (mtimeNs !== undefined) setMtime(fd, mtimeNs, target);
}
