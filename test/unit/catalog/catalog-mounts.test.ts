import { execFileSync } from 'node:child_process';
import { expect, it, onTestFinished } from 'vitest';
import { toIno } from '../../../src/native/inode-id.js';
import { describeAsRoot } from '../../support/require-root.js';
import { fileRow, FS, newCatalog, open, scratchFolder } from './sample-catalog.js';

const MIB = 1024 * 1024;

function smallDisk(): string {
  const folder = scratchFolder();
  execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${MIB}`, 'hsmck-test', folder]);
  onTestFinished(() => void execFileSync('umount', ['-l', folder]));
  return folder;
}

describeAsRoot('a catalog on a disk', () => {
  it('that is full: the transaction is undone whole and the catalog still works', () => {
    const catalog = newCatalog(`${smallDisk()}/catalog.db`);
    catalog.files.put(fileRow());
    const fill = (): void =>
      catalog.transaction(() => {
        for (let ino = 1000n; ino < 20_000n; ino++) catalog.files.put(fileRow({ ino: toIno(ino) }));
      });
    expect(fill).toThrow(expect.objectContaining({ code: 'ECATALOG_FULL' }));
    expect(catalog.files.countByState(FS).dual).toBe(1);
    catalog.checkIntegrity();
  });

  it('that is read-only: it can be read, and opening it for writing says why not', () => {
    const folder = smallDisk();
    newCatalog(`${folder}/catalog.db`).close();
    execFileSync('mount', ['-o', 'remount,ro', folder]);
    expect(open(`${folder}/catalog.db`, 'read').filesystems.list()).toHaveLength(1);
    expect(() => open(`${folder}/catalog.db`, 'write')).toThrow(
      expect.objectContaining({ code: 'ECATALOG_READONLY', message: expect.stringMatching(/EROFS/) }),
    );
    expect(() => open(`${folder}/new.db`, 'create')).toThrow(expect.objectContaining({ code: 'EROFS' }));
  });
});
