import { createHash } from 'node:crypto';
import fs from 'node:fs';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { CancelledError } from '../../migrate/busy-error.js';
import { closeFd, openPath, pread, type Fd } from '../../native/io.js';
import { statFd } from '../../native/statx.js';
import { getAttribute, listAttributes } from '../../native/xattr.js';
import { manifestKey, type FileRecord, type Manifest } from './manifest.js';

const CHUNK_BYTES = 1024 * 1024;
const FILES_A_TURN = 50;
const OWN_ATTRIBUTES = new Set(['trusted.hsmck', 'user.hsmck']);
const chunk = Buffer.allocUnsafe(CHUNK_BYTES);

function hashFile(fd: Fd, target: string): string {
  const hash = createHash('sha256');
  for (let offset = 0; ;) {
    const count = pread(fd, chunk, CHUNK_BYTES, offset, target);
    if (count === 0) return hash.digest('hex');
    hash.update(chunk.subarray(0, count));
    offset += count;
  }
}

function attributesOf(fd: Fd, target: string): Map<string, string> {
  const names = listAttributes(fd, target).map(String);
  const own = names.filter((name) => !OWN_ATTRIBUTES.has(name)).sort();
  return new Map(own.map((name) => [name, getAttribute(fd, name, target)?.toString('hex') ?? '']));
}

/**
 * Reads one file as any program would.
 * @param path relative to the root
 * @throws NativeError
 */
export function recordFile(root: Buffer, path: Buffer): FileRecord {
  const target = path.toString();
  const full = Buffer.concat([root, Buffer.from('/'), path]);
  const fd = openPath(full, fs.constants.O_RDONLY | fs.constants.O_NOFOLLOW);
  try {
    const sha256 = hashFile(fd, target);
    const { ino, sizeBytes, mode, uid, gid, nlink, mtimeNs } = statFd(fd, target);
    const attributes = attributesOf(fd, target);
    return { path, ino, sha256, sizeBytes, mode, uid, gid, nlink, mtimeNs, attributes };
  } finally {
    closeFd(fd);
  }
}

function* regularFiles(root: Buffer, folder: Buffer): Generator<Buffer> {
  const prefix = folder.length === 0 ? folder : Buffer.concat([folder, Buffer.from('/')]);
  const full = Buffer.concat([root, Buffer.from('/'), folder]);
  for (const entry of fs.readdirSync(full, { withFileTypes: true, encoding: 'buffer' })) {
    const path = Buffer.concat([prefix, entry.name]);
    if (entry.isDirectory()) yield* regularFiles(root, path);
    else if (entry.isFile()) yield path;
  }
}

/**
 * Reads every file of a tree, and writes down what must not change.
 * @throws CancelledError, NativeError
 */
export async function takeManifest(
  root: Buffer,
  signal: AbortSignal,
  onFile: (count: number) => void = () => undefined,
): Promise<Manifest> {
  const manifest: Manifest = new Map();
  for (const path of regularFiles(root, Buffer.alloc(0))) {
    if (manifest.size % FILES_A_TURN === 0) {
      onFile(manifest.size);
      await nextTurn();
      if (signal.aborted) throw new CancelledError();
    }
    manifest.set(manifestKey(path), recordFile(root, path));
  }
  return manifest;
}
