import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { withFilesystem } from '../support/filesystem.js';
import { describeAsRoot } from '../support/require-root.js';
import { scanAll, walkAll, type SeenFilesystem } from './scan-fixture.js';

const MIB = 1024 * 1024;

/** Folders (spread over the groups), files of all types and sizes, links, odd times and owners. */
function populate(root: string, folders: number, filesPerFolder: number): void {
  for (let folder = 0; folder < folders; folder++) {
    const place = path.join(root, `folder${folder}`);
    fs.mkdirSync(place);
    for (let index = 0; index < filesPerFolder; index++) {
      fs.writeFileSync(path.join(place, `file${index}`), Buffer.alloc(index % 7 === 0 ? index * 10 : 0));
    }
    fs.symlinkSync('x'.repeat(folder + 1), path.join(place, 'link'));
    fs.linkSync(path.join(place, 'file0'), path.join(place, 'hard'));
    fs.chownSync(path.join(place, 'file1'), 1000 + folder, 4_000_000_000);
    fs.chmodSync(path.join(place, 'file2'), 0o4711);
    fs.utimesSync(path.join(place, 'file3'), -12345.678, -987654.321);
    execFileSync('touch', ['-d', '@-1.000000001', path.join(place, 'file4')]);
    execFileSync('truncate', ['-s', '5T', path.join(place, 'file5')]);
    execFileSync('mkfifo', [path.join(place, 'fifo')]);
  }
}

const total = ({ results }: SeenFilesystem, count: 'freed' | 'internal' | 'unlinked' | 'unreadable'): number =>
  results.reduce((sum, result) => sum + result[count], 0);

describeAsRoot('scanPartition on XFS', () => {
  // mkfs.xfs makes two groups at least.
  it.each([2, 3, 7])('sees what a walk sees, in all columns, over %i allocation groups', async (groups) => {
    const mkfsOptions = ['-d', `agcount=${groups}`];
    await withFilesystem({ sizeBytes: 1024 * MIB, mkfsOptions }, (scratch) => {
      populate(scratch.mountPoint, 9, 60);
      execFileSync('sync', ['-f', scratch.mountPoint]);
      const seen = scanAll(scratch.mountPoint);
      expect(seen.inodes).toEqual(walkAll(scratch.mountPoint));
      expect(seen.results.every((result) => result.complete)).toBe(true);
      expect(total(seen, 'internal')).toBe(2);
      expect(total(seen, 'unreadable') + total(seen, 'unlinked')).toBe(0);
      const found = seen.results.map(({ agno, inodes, internal }) => ({ agno, expectedInodes: inodes + internal }));
      expect(seen.partitions).toEqual(found);
      // The batch's size makes no difference.
      expect(scanAll(scratch.mountPoint, { fetchInodes: 7, spareRows: 1 }).inodes).toEqual(seen.inodes);
    });
  });

  it('leaves out what is deleted and still open', async () => {
    await withFilesystem({}, (scratch) => {
      const files = Array.from({ length: 10 }, (_, index) => path.join(scratch.mountPoint, `f${index}`));
      const fds = files.map((file) => fs.openSync(file, 'w'));
      for (const file of files.slice(0, 4)) fs.unlinkSync(file);
      const seen = scanAll(scratch.mountPoint);
      expect(seen.inodes).toEqual(walkAll(scratch.mountPoint));
      expect(total(seen, 'unlinked')).toBe(4);
      for (const fd of fds) fs.closeSync(fd);
    });
  });

  describe('damaged inodes', () => {
    /** One inode with a wrong checksum, or with a wrong magic number that makes its whole cluster unreadable. */
    it.each([
      ['checksum', ['write -c core.uid 77'], 1],
      ['magic', ['write -d core.magic 0'], 32],
    ])('goes on behind a bad %s, and loses no other', async (_, commands, unreadable) => {
      await withFilesystem({}, (scratch) => {
        populate(scratch.mountPoint, 4, 200);
        const before = walkAll(scratch.mountPoint);
        const { ino } = fs.statSync(path.join(scratch.mountPoint, 'folder1', 'file150'), { bigint: true });
        scratch.unmount();
        const args = [`inode ${ino}`, ...commands].flatMap((command) => ['-c', command]);
        execFileSync('xfs_db', ['-x', ...args, scratch.device], { stdio: 'pipe' });
        scratch.mount();
        const seen = scanAll(scratch.mountPoint, { fetchInodes: 100 });
        const named = seen.results.flatMap((result) => result.unreadableInodes);
        expect(named.map((inode) => inode.ino)).toContain(ino);
        expect(named).toHaveLength(unreadable);
        expect(named.every((inode) => ['EUCLEAN', 'EBADMSG'].includes(inode.code))).toBe(true);
        expect(total(seen, 'unreadable')).toBe(unreadable);
        const bad = new Set<bigint>(named.map((inode) => inode.ino));
        expect(seen.inodes.map((inode) => inode.ino)).toEqual(
          before.map((inode) => inode.ino).filter((number) => !bad.has(number)),
        );
        expect(seen.results.every((result) => result.complete)).toBe(true);
      });
    });
  });

  it('says that a group is not complete when its inode tree is damaged, and scans the others', async () => {
    await withFilesystem({}, (scratch) => {
      populate(scratch.mountPoint, 8, 100);
      scratch.unmount();
      const commands = ['agi 1', 'addr root', 'write -d magic 0'].flatMap((command) => ['-c', command]);
      execFileSync('xfs_db', ['-x', ...commands, scratch.device], { stdio: 'pipe' });
      scratch.mount();
      const { inodes, results } = scanAll(scratch.mountPoint);
      expect(results.map((result) => result.complete)).toEqual([true, false, true, true]);
      expect(results[1]?.failure?.code).toMatch(/EUCLEAN|EBADMSG/);
      expect(inodes.length).toBeGreaterThan(500);
    });
  });

  it('sees every stable file exactly once while others come and go', async () => {
    await withFilesystem({ sizeBytes: 1024 * MIB }, (scratch) => {
      populate(scratch.mountPoint, 8, 300);
      const stable = new Set(walkAll(scratch.mountPoint).map((inode) => inode.ino));
      let round = 0;
      const churn = (): void => {
        for (let index = 0; index < 20; index++) {
          const folder = path.join(scratch.mountPoint, `folder${(round + index) % 8}`);
          fs.writeFileSync(path.join(folder, `churn${round}-${index}`), '');
          const old = path.join(folder, `churn${round - 2}-${(index + 2) % 20}`);
          fs.rmSync(old, { force: true });
        }
        round += 1;
      };
      for (let run = 0; run < 3; run++) {
        const seen = scanAll(scratch.mountPoint, { fetchInodes: 50, spareRows: 2, beforeBatch: churn });
        const numbers = seen.inodes.map((inode) => inode.ino);
        expect(new Set(numbers).size).toBe(numbers.length);
        expect(numbers.filter((ino) => stable.has(ino))).toHaveLength(stable.size);
        expect(numbers).toEqual([...numbers].sort((a, b) => (a < b ? -1 : 1)));
        expect(total(seen, 'unreadable')).toBe(0);
      }
    });
  });
});
