// A registered XFS of which every file is managed and recorded, made in bulk: an attribute and a catalog row each, all in
// agreement. The archived copies are recorded as lying in another store, so that an audit compares inodes and catalog and
// has nothing to look for in the archive.
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import Database from 'better-sqlite3';
import { runMeasured } from './measure.mjs';
import { unmount as unmountOf } from './unmount.mjs';

const CLI = path.join(import.meta.dirname, '../dist/cli/main.js');
const BYTES_AN_INODE = 1024;
const INODES_PERCENT_MAX = 50;
const IMAGE_BYTES_MIN = 1024 ** 3;
const ROW_WORDS = 6;
const ELSEWHERE = Buffer.from('0190a5f0000070008000000000000000', 'hex');

const run = (command, args) =>
  execFileSync(command, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] }).trim();

/** As make-inodes.c makes it of an operation number. */
function objectIdOf(operation) {
  const id = Buffer.alloc(16);
  id.writeBigUInt64BE(operation << 16n);
  id[6] = 0x70;
  id[8] = 0x80;
  return id;
}

const FILE_ROW = `INSERT INTO file (fs, ino, gen, state, object_id, op, btime_ns, size, mtime_ns, ctime_ns, nonzero_bytes,
  change_seq, path_hint) VALUES (@fs, @ino, @gen, 'dual', @id, @op, @btime, 0, @mtime, @ctime, 0, @op, @path)`;
const OBJECT_ROW = `INSERT INTO object (object_id, store_id, fs, ino, gen, status, op, size, mtime_ns, sha256, grain_bytes,
  nonzero_map, nonzero_bytes, map_coarse, created_ms, verified_ms, path_hint)
  VALUES (@id, @store, @fs, @ino, @gen, 'verified', @op, 0, @mtime, @sha256, 4096, @map, 0, 0, 1, 1, @path)`;

/** Rows as 48 bytes each, in the order of their inodes, as archiving folder by folder would add most of them. */
function* rowsIn(file) {
  const bytes = fs.readFileSync(file);
  const words = new BigInt64Array(bytes.buffer, bytes.byteOffset, bytes.length / 8);
  const order = Float64Array.from({ length: words.length / ROW_WORDS }, (_, index) => index);
  order.sort((a, b) => (words[a * ROW_WORDS] < words[b * ROW_WORDS] ? -1 : 1));
  for (const index of order) yield words.subarray(index * ROW_WORDS, (index + 1) * ROW_WORDS);
}

function fillCatalog(catalogPath, rowsFile, fs) {
  const db = new Database(catalogPath);
  db.pragma('synchronous = OFF');
  db.prepare("INSERT INTO store VALUES (?, 'posix', ?, 1)").run(ELSEWHERE, Buffer.from('/elsewhere'));
  const insertFile = db.prepare(FILE_ROW);
  const insertObject = db.prepare(OBJECT_ROW);
  const shared = { fs, store: ELSEWHERE, sha256: Buffer.alloc(32, 7), map: Buffer.alloc(0) };
  let last = 0n;
  db.transaction(() => {
    for (const [ino, gen, op, mtime, ctime, btime] of rowsIn(rowsFile)) {
      const path = Buffer.from(`/srv/data/folder-${ino / 1000n}/file-${ino}`);
      const row = { ...shared, ino, gen, op, mtime, ctime, btime, id: objectIdOf(op), path };
      insertFile.run({ fs, ino, gen, op, mtime, ctime, btime, id: row.id, path });
      insertObject.run(row);
      if (op > last) last = op;
    }
    db.prepare('UPDATE catalog SET next_op = @op, op_limit = @op, announced_limit = @op, change_seq = @op').run({
      op: last + 1n,
    });
  })();
  db.close();
}

/**
 * Makes or takes up again (`keep`) an image with `inodes` managed files and its catalog in the temporary folder, for the
 * benchmark of that name. Mounted
 * through a loop device; `makeCold` leaves the image in the page cache and no inode in memory.
 */
export async function openAuditWorld({ name = 'audit', inodes, threads, keep, programs }) {
  const folder = path.join(os.tmpdir(), `hsmck-bench-${name}-${inodes}`);
  const image = path.join(folder, 'managed.xfs');
  const catalogPath = path.join(folder, 'catalog.db');
  const store = path.join(folder, 'store');
  const mountPoint = path.join(folder, 'managed');
  const done = path.join(folder, 'done');
  const isNew = !fs.existsSync(done);
  if (isNew) {
    fs.rmSync(folder, { recursive: true, force: true });
    fs.mkdirSync(mountPoint, { recursive: true });
    fs.writeFileSync(image, '');
    fs.truncateSync(image, Math.max(IMAGE_BYTES_MIN, inodes * BYTES_AN_INODE * 2));
    run('mkfs.xfs', ['-q', '-f', '-i', `maxpct=${INODES_PERCENT_MAX}`, image]);
  }
  const device = run('losetup', ['--find', '--show', image]);
  const mount = () => run('mount', ['-o', 'noatime', device, mountPoint]);
  const unmount = () => unmountOf(mountPoint);
  const hsmck = async (args, statuses = [0]) => {
    const globals = ['--catalog', catalogPath, '--format', 'ndjson', '--progress', 'never'];
    const { stdout, peakKib } = await runMeasured(process.execPath, [CLI, ...globals, ...args], statuses);
    return { ...JSON.parse(stdout.trim().split('\n').at(-1)), peakKib };
  };
  mount();
  if (isNew) {
    process.stderr.write(`filling an image and a catalog with ${inodes} managed files\n`);
    await hsmck(['init', mountPoint, '--archive', store, '--unguarded']);
    const db = new Database(catalogPath);
    const fsId = db.prepare('SELECT fs FROM filesystem').pluck().get();
    db.close();
    const rowsFile = path.join(folder, 'rows');
    const count = String(inodes);
    run(path.join(programs, 'make-inodes'), [mountPoint, count, '100', String(threads), String(fsId), rowsFile]);
    fillCatalog(catalogPath, rowsFile, fsId);
    fs.rmSync(rowsFile);
    run('sync', []);
    fs.writeFileSync(done, '');
  }
  return {
    mountPoint,
    catalogPath,
    hsmck,
    /** No inode in the kernel's memory; the image, and the catalog, in its page cache. */
    makeCold() {
      unmount();
      fs.writeFileSync('/proc/sys/vm/drop_caches', '2');
      mount();
      for (const file of [image, catalogPath]) run('dd', [`if=${file}`, 'of=/dev/null', 'bs=4M', 'status=none']);
    },
    close() {
      unmount();
      run('losetup', ['--detach', device]);
      if (!keep) fs.rmSync(folder, { recursive: true });
    },
  };
}
