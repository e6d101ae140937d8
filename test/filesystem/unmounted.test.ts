/** A device or image that is not mounted: the same inodes as the kernel would show, or no answer that looks like one. */
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { shutDownFilesystem } from '../../src/native/xfs-geometry.js';
import { ATTRIBUTE_STATUS } from '../../src/scan/inode-batch.js';
import { openUnmounted } from '../../src/scan/open-unmounted.js';
import type { ScanState } from '../../src/scan/inode-state.js';
import { scanStateCode } from '../../src/scan/inode-state.js';
import { withFilesystem } from '../support/filesystem.js';
import { describeAsRoot } from '../support/require-root.js';
import { runCli } from '../support/run-node.js';
import { populateEveryKind, scanBy, scanImage, totalOf, withDevice, type FullRow } from './device-fixture.js';
import { manage } from './scan-fixture.js';

const LAYOUTS: readonly { readonly name: string; readonly mkfs: readonly string[] }[] = [
  { name: 'as mkfs makes it', mkfs: [] },
  { name: 'no finobt, no sparse chunks', mkfs: ['-m', 'finobt=0,reflink=0', '-i', 'sparse=0'] },
  { name: 'blocks of 1,024 bytes, a tree of several levels', mkfs: ['-b', 'size=1024', '-d', 'agcount=2'] },
  { name: 'inodes of 2,048 bytes, sectors of 4,096', mkfs: ['-i', 'size=2048', '-s', 'size=4096'] },
];

const UNREADABLE: ScanState = 'unreadable';

/** What a mounted scan asked of the kernel cannot be had here. */
const withoutKernel = (row: FullRow, isElsewhere: boolean): FullRow =>
  isElsewhere
    ? { ...row, attribute: undefined, attributeStatus: ATTRIBUTE_STATUS.unreadable, state: scanStateCode(UNREADABLE) }
    : row;

describeAsRoot('a device that is not mounted', () => {
  it.each(LAYOUTS)('shows what it shows when it is mounted: $name', async ({ mkfs }) => {
    await withFilesystem({ mkfsOptions: mkfs }, async (scratch) => {
      populateEveryKind(scratch.mountPoint, 2, 100);
      const many = path.join(scratch.mountPoint, 'many');
      fs.mkdirSync(many);
      for (let index = 0; index < 9000; index++) fs.closeSync(fs.openSync(path.join(many, `f${index}`), 'w'));
      for (let index = 0; index < 9000; index += 3) fs.rmSync(path.join(many, `f${index}`));
      const mounted = await withDevice(scratch.mountPoint, (mount, device) => scanBy(mount, device));
      scratch.unmount();
      for (const place of [scratch.device, scratch.image]) {
        const found = await scanImage(place);
        const elsewhere = new Set(
          found.rows.filter((row) => row.attributeStatus === ATTRIBUTE_STATUS.unreadable).map(({ ino }) => ino),
        );
        expect(elsewhere.size).toBe(totalOf(mounted, 'attributesElsewhere'));
        expect(found.rows).toEqual(mounted.rows.map((row) => withoutKernel(row, elsewhere.has(row.ino))));
        expect(found.results.every(({ complete }) => complete)).toBe(true);
        expect(totalOf(found, 'unreadable')).toBe(0);
      }
      scratch.mount();
    });
  });

  it('refuses what is mounted, by device and by image: changes may be in memory alone', async () => {
    await withFilesystem({}, async (scratch) => {
      const expectRefused = async (why: RegExp): Promise<void> => {
        for (const place of [scratch.device, scratch.image]) {
          const { status, stderr } = await runCli(['scan', place, '--count']);
          expect({ place, status, stderr }).toEqual({ place, status: 8, stderr: expect.stringMatching(why) });
        }
      };
      // Mounted a moment ago, it has a journal without an entry.
      scratch.remount();
      await expectRefused(/is mounted at .*: give that instead/);
      scratch.unmount();
      // As who mounts it in another namespace, or makes it a part of another device.
      const claim = fs.openSync(scratch.device, fs.constants.O_RDONLY | fs.constants.O_EXCL);
      await expectRefused(/is in use: mounted out of sight/);
      fs.closeSync(claim);
      for (const place of [scratch.device, scratch.image])
        expect((await runCli(['scan', place, '--count'])).status).toBe(0);
    });
  });

  it('refuses one whose journal was not replayed, until it has been mounted once', async () => {
    await withFilesystem({}, async (scratch) => {
      const scan = (...args: readonly string[]) =>
        runCli(['scan', scratch.device, '--count', '--format', 'ndjson', ...args]);
      const mountedOne = await scan();
      expect(mountedOne.stderr).toMatch(/is mounted at .*: give that instead/);
      for (let round = 0; round < 3; round++) {
        for (let index = 0; index < 400; index++)
          fs.writeFileSync(path.join(scratch.mountPoint, `r${round}-${index}`), 'x');
        manage(path.join(scratch.mountPoint, `r${round}-0`), 'releasing');
        execFileSync('sync', ['-f', scratch.mountPoint]);
        const fd = fs.openSync(scratch.mountPoint, 'r') as never;
        shutDownFilesystem(fd, 'flush-log', 'scratch');
        fs.closeSync(fd);
        scratch.unmount();
        const { status, stderr } = await scan();
        expect(status).toBe(8);
        expect(stderr).toMatch(/its journal was not replayed.*Mount it once.*--ignore-log/s);
        const ignoring = await scan('--ignore-log');
        expect(ignoring.status).toBe(8);
        expect(ignoring.stderr).toMatch(/the journal was not replayed/);
        expect(ignoring.records().at(-1)).toMatchObject({ complete: false, settled: false });
        scratch.mount();
        scratch.unmount();
        const clean = await scan();
        expect({ status: clean.status, stderr: clean.stderr }).toEqual({ status: 0, stderr: '' });
        expect(clean.records().at(-1)).toMatchObject({
          source: 'xfs-device',
          complete: true,
          inodes: 1 + 400 * (round + 1),
          managed: round + 1,
        });
        scratch.mount();
      }
    });
  });

  it('knows a journal that ended cleanly wherever in its round it ends', async () => {
    await withFilesystem({ mkfsOptions: ['-l', 'size=16384b'] }, (scratch) => {
      for (let round = 0; round < 12; round++) {
        for (let index = 0; index < 60 * round; index++)
          fs.writeFileSync(path.join(scratch.mountPoint, `f${index}`), String(round));
        scratch.unmount();
        expect(openAndClose(scratch.device)).toBe(true);
        scratch.mount();
      }
    });
  });

  it('takes a journal on another device for one that it does not know', async () => {
    await withFilesystem({}, (scratch) => {
      const log = path.join(scratch.folder, 'log');
      fs.writeFileSync(log, '');
      fs.truncateSync(log, 64 * 1024 * 1024);
      scratch.unmount();
      execFileSync('mkfs.xfs', ['-q', '-f', '-l', `logdev=${log},size=16384b`, scratch.image]);
      expect(() => openUnmounted(scratch.image, false)).toThrow(/its journal is on another device/);
      expect(openAndClose(scratch.image, true)).toBe(false);
    });
  });

  it('refuses what is no XFS, and what is a piece of one', async () => {
    await withFilesystem({}, (scratch) => {
      scratch.unmount();
      const at = (name: string, bytes: Buffer): string => {
        const file = path.join(scratch.folder, name);
        fs.writeFileSync(file, bytes);
        return file;
      };
      expect(() => openUnmounted(at('empty', Buffer.alloc(0)), false)).toThrow(/too small to hold XFS/);
      expect(() => openUnmounted(at('zeros', Buffer.alloc(65_536)), false)).toThrow(/holds no XFS/);
      const start = Buffer.alloc(1024 * 1024);
      const fd = fs.openSync(scratch.image, 'r');
      fs.readSync(fd, start);
      fs.closeSync(fd);
      const piece = at('piece', start);
      expect(() => openUnmounted(piece, false)).toThrow(/journal/);
      start.writeUInt8(start.readUInt8(400) + 1, 400);
      expect(() => openUnmounted(at('flipped', start), true)).toThrow(/checksum of its superblock/);
    });
  });
});

function openAndClose(place: string, ignoreLog = false): boolean {
  const { isCurrent, close } = openUnmounted(place, ignoreLog);
  close();
  return isCurrent;
}
