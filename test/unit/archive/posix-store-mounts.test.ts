/** Stores on filesystems that are full, read-only, unmounted, without O_DIRECT, or damaged below the page cache. */
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { PosixStore } from '../../../src/archive/posix-store.js';
import { expected, listing, OWNER, putObject, stageRequest, withBatch } from '../../contract/sample-object.js';
import { describeAsRoot } from '../../support/require-root.js';
import { filled, scratchFolder, sparseFile } from './scratch.js';

const MIB = 1024 * 1024;
const run = (command: string, ...args: string[]): string => execFileSync(command, args, { encoding: 'utf8' });

function mount(...args: string[]): string {
  const folder = scratchFolder();
  run('mount', ...args, folder);
  onTestFinished(() => {
    if (run('findmnt', '-rno', 'TARGET').split('\n').includes(folder)) run('umount', folder);
  });
  return folder;
}

const tmpfs = (sizeBytes: number): string => mount('-t', 'tmpfs', '-o', `size=${sizeBytes}`, 'hsmck-test');
const create = (folder: string) => PosixStore.create(Buffer.from(folder), OWNER);
const source = (sizeBytes: number) =>
  sparseFile(path.join(scratchFolder(), 'a'), sizeBytes, [{ offset: 0, bytes: filled(sizeBytes) }]);

describeAsRoot('a store on a mount', () => {
  it('says ENOSPC when full in the middle of a put, and keeps what was there', async () => {
    const folder = tmpfs(MIB);
    const store = await create(folder);
    const first = await putObject(store, source(300_000));
    await withBatch(store, {}, async (batch) => {
      const fits = await batch.stage(stageRequest(store, source(100_000)));
      const tooLarge = batch.stage(stageRequest(store, source(2 * MIB)));
      await expect(tooLarge).rejects.toMatchObject({
        code: 'ENOSPC',
        target: expect.stringContaining(folder) as string,
      });
      expect(await listing(store)).toEqual(['objects data+sidecar', 'tmp data+sidecar']);
      await batch.commit([fits]);
    });
    expect(await listing(store)).toEqual(['objects data+sidecar', 'objects data+sidecar']);
    expect(await store.verify(first.objectId, expected(first))).toBe('good');
  });

  it('reads from a read-only filesystem, and says EROFS to everything else', async () => {
    const folder = tmpfs(MIB);
    const store = await create(folder);
    const staged = await putObject(store, source(5000));
    run('mount', '-o', 'remount,ro', folder);
    expect(await store.verify(staged.objectId, expected(staged))).toBe('good');
    expect(await listing(await PosixStore.open(Buffer.from(folder)))).toEqual(['objects data+sidecar']);
    const why = { reason: 'remove', op: OWNER.opLimit, atMs: 0 };
    for (const write of [
      () => store.beginBatch(),
      () => store.trash(staged.objectId, why),
      () => store.writeMark(OWNER),
    ]) {
      await expect(write()).rejects.toMatchObject({ code: 'EROFS' });
    }
    run('mount', '-o', 'remount,rw', folder);
    expect(await store.verify(staged.objectId, expected(staged))).toBe('good');
  });

  it('is unreachable, not empty, when unmounted', async () => {
    const folder = tmpfs(MIB);
    const store = await create(folder);
    const staged = await putObject(store, source(5000));
    run('umount', folder);
    await expect(store.verify(staged.objectId, expected(staged))).rejects.toMatchObject({ code: 'ESTORE_UNREACHABLE' });
    await expect(listing(store)).rejects.toMatchObject({ code: 'ESTORE_UNREACHABLE' });
  });

  it('verifies where O_DIRECT is refused', async () => {
    const folder = mount('-t', 'ramfs', 'hsmck-test');
    const store = await create(folder);
    const staged = await putObject(store, source(3 * MIB + 5));
    expect(await store.verify(staged.objectId, expected(staged))).toBe('good');
    expect(await store.verify(staged.objectId, { ...expected(staged), sha256: Buffer.alloc(32) })).toBe(
      'digest-differs',
    );
  });

  it('sees damage on the medium that cached pages hide', async () => {
    const image = path.join(scratchFolder(), 'image');
    fs.writeFileSync(image, '');
    fs.truncateSync(image, 64 * MIB);
    run('mkfs.ext4', '-q', '-b', '4096', image);
    const folder = mount('-o', 'loop', image);
    const store = await create(folder);
    const staged = await putObject(store, source(3 * MIB + 5));
    const hex = staged.objectId.replaceAll('-', '');
    const file = path.join(folder, 'objects', hex.slice(4, 6), hex.slice(6, 8), staged.objectId);
    fs.readFileSync(file);
    const block = /^\s*0:\s+0\.\.\s*\d+:\s*(\d+)\.\./m.exec(run('filefrag', '-v', file))?.[1];
    const device = run('findmnt', '-rno', 'SOURCE', folder).trim();
    const fd = fs.openSync(device, 'r+');
    fs.writeSync(fd, 'damage', Number(block) * 4096);
    fs.fsyncSync(fd);
    fs.closeSync(fd);
    expect(fs.readFileSync(file).equals(filled(3 * MIB + 5))).toBe(true);
    expect(await store.verify(staged.objectId, expected(staged))).toBe('digest-differs');
  });
});
