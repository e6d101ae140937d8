/** What a scan of the device does when bytes, reads, or the whole filesystem are not as they should be. */
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { shutDownFilesystem } from '../../src/native/xfs-geometry.js';
import { openMount } from '../../src/scan/open-mount.js';
import { openDeviceOf, type OpenDevice } from '../../src/scan/xfs-device/open-device.js';
import type { ScanDevice } from '../../src/scan/xfs-device/scan-device.js';
import { useFilesystem, withFilesystem } from '../support/filesystem.js';
import { describeAsRoot } from '../support/require-root.js';
import { populateEveryKind, scanBy, settleScratch, totalOf, withDevice } from './device-fixture.js';
import { manage } from './scan-fixture.js';

const inoOf = (file: string): bigint => fs.statSync(file, { bigint: true }).ino;

/** Changes single fields of an inode; the filesystem must not be mounted. */
function edit(device: string, ino: bigint, ...commands: readonly string[]): void {
  const args = [`inode ${ino}`, ...commands].flatMap((command) => ['-c', command]);
  execFileSync('xfs_db', ['-x', ...args, device], { stdio: 'pipe' });
}

const withScanDevice = (device: OpenDevice, change: Partial<ScanDevice>): OpenDevice => ({
  ...device,
  scanDevice: { ...device.scanDevice, ...change },
});

describeAsRoot('a scan of a device', () => {
  const scratch = useFilesystem({});

  it('leaves out no inode when reads fail, and is not complete', async () => {
    populateEveryKind(scratch().mountPoint, 2, 100);
    await withDevice(scratch().mountPoint, async (mount, device) => {
      const good = await scanBy(mount, device);
      // Cannot be read from: every read is an error.
      const fd = fs.openSync(device.scanDevice.path, fs.constants.O_WRONLY) as never;
      const bad = await scanBy(mount, withScanDevice(device, { fd, path: 'unreadable' }));
      fs.closeSync(fd);
      expect(bad.rows).toEqual(good.rows);
      expect(totalOf(bad, 'fetchedSingly')).toBe(bad.rows.length);
      for (const { complete, failure } of bad.results)
        expect({ complete, code: failure?.code }).toEqual({ complete: false, code: 'EBADF' });
    });
  });

  it('leaves out no inode when the device ends too early, and is not complete', async () => {
    await withDevice(scratch().mountPoint, async (mount, device) => {
      const good = await scanBy(mount, device);
      // In the midst of what the second group has.
      const { agInoBits, inodeSizeBytes, agBytes } = device.scanDevice;
      const group = good.rows.map(({ ino }) => Number(ino) - 2 ** agInoBits).filter((agIno) => agIno >= 0);
      const cutByte = (group[Math.floor(group.length / 2)] ?? 0) * inodeSizeBytes;
      const sizeBytes = agBytes + cutByte - (cutByte % 4096);
      const bad = await scanBy(mount, withScanDevice(device, { sizeBytes, path: 'shrunk' }));
      expect(bad.rows).toEqual(good.rows);
      expect(bad.results.map(({ complete }) => complete)).toEqual([true, false]);
      expect(bad.results.at(-1)?.failure).toMatchObject({ code: 'EIO' });
    });
  });

  it('takes nothing of another filesystem, or of another inode, for its own', async () => {
    await withDevice(scratch().mountPoint, async (mount, device) => {
      const good = await scanBy(mount, device);
      const other = await scanBy(mount, withScanDevice(device, { metaUuid: Buffer.alloc(16, 1), path: 'other' }));
      expect(other.rows).toEqual(good.rows);
      expect(totalOf(other, 'fetchedSingly')).toBe(good.rows.length);
      // Every inode is looked for 4,096 bytes, eight inodes, from where it is.
      const shifted = await scanBy(
        mount,
        withScanDevice(device, { agBytes: device.scanDevice.agBytes + 4096, path: 'shifted' }),
      );
      expect(shifted.rows).toEqual(good.rows);
    });
  });

  it('says of a filesystem that is shut down that it was not scanned to its end', async () => {
    await withFilesystem({}, async (scratchHere) => {
      const { mountPoint } = scratchHere;
      populateEveryKind(mountPoint, 4, 60);
      settleScratch(mountPoint);
      const mount = openMount(Buffer.from(mountPoint));
      const device = openDeviceOf(mount);
      let isDown = false;
      const { results } = await scanBy(mount, device, {
        onBatch: () => {
          if (!isDown) shutDownFilesystem(mount.rootFd, 'drop-log', 'scratch');
          isDown = true;
        },
      });
      expect(isDown).toBe(true);
      expect(results.some(({ complete, failure }) => !complete && failure?.code === 'EIO')).toBe(true);
      device.close();
      mount.close();
      scratchHere.remount();
    });
  });

  it('names an inode that cannot be read, between its neighbours, and takes all others', async () => {
    const file = path.join(scratch().mountPoint, 'folder1/f50');
    const ino = inoOf(file);
    scratch().unmount();
    edit(scratch().device, ino, 'write -d core.magic 0');
    scratch().mount();
    await withDevice(scratch().mountPoint, async (mount, device) => {
      const { rows, results, unreadable } = await scanBy(mount, device);
      expect(unreadable.map((inode) => inode.ino)).toEqual([ino]);
      const before = unreadable[0]?.before ?? 0;
      expect([(rows[before - 1]?.ino ?? 0n) < ino, (rows[before]?.ino ?? 0n) > ino]).toEqual([true, true]);
      expect(results.every(({ complete }) => complete)).toBe(true);
    });
  });

  it('believes no inode with a wrong checksum, if it is to verify them', async () => {
    const ino = inoOf(path.join(scratch().mountPoint, 'folder0/f60'));
    scratch().unmount();
    edit(scratch().device, ino, 'write -c core.uid 77');
    scratch().mount();
    await withDevice(scratch().mountPoint, async (mount, device) => {
      expect((await scanBy(mount, device)).rows.find((row) => row.ino === ino)?.uid).toBe(77);
      const verifying = await scanBy(mount, withScanDevice(device, { verifyCrc: true, path: 'verified' }));
      expect(verifying.unreadable.map((inode) => inode.ino)).toContain(ino);
      expect(totalOf(verifying, 'fetchedSingly')).toBe(0);
    });
  });

  it('refuses the device of another filesystem, and one that lags behind a grown one', async () => {
    await withFilesystem({ sizeBytes: 512 * 1024 * 1024 }, (other) => {
      const mount = openMount(Buffer.from(other.mountPoint));
      const wrong = {
        ...mount,
        geometry: mount.geometry,
        mount: { ...mount.mount, device: '0:0', source: Buffer.from('/dev/null') },
      };
      expect(() => openDeviceOf(wrong)).toThrow(expect.objectContaining({ code: 'ENODEVICE' }) as Error);
      const here = openMount(Buffer.from(scratch().mountPoint));
      expect(() => openDeviceOf({ ...here, mount: mount.mount })).toThrow(
        expect.objectContaining({ code: 'EMISMATCH' }) as Error,
      );
      here.close();
      mount.close();
    });
  });

  it('sees every stable file exactly once, and its attribute, while others come and go', async () => {
    await withFilesystem({}, async ({ mountPoint }) => {
      const at = (name: string): string => path.join(mountPoint, name);
      for (let index = 0; index < 4000; index++) fs.writeFileSync(at(`stable${index}`), 'x');
      const managed = Array.from({ length: 100 }, (_, index) => at(`stable${index * 40}`));
      for (const file of managed) manage(file, 'offline');
      const stable = new Set(fs.readdirSync(mountPoint).map((name) => inoOf(at(name))));
      let round = 0;
      const churn = (): void => {
        for (let index = 0; index < 40; index++) fs.writeFileSync(at(`churn${round}-${index}`), 'x');
        for (let index = 0; index < 40; index++) fs.rmSync(at(`churn${round - 2}-${index}`), { force: true });
        round += 1;
      };
      for (let run = 0; run < 3; run++) {
        await withDevice(mountPoint, async (mount, device) => {
          churn();
          const seen = await scanBy(mount, device, { onBatch: churn });
          const inos = seen.rows.map(({ ino }) => ino);
          expect(inos).toEqual([...new Set(inos)].sort((a, b) => (a < b ? -1 : 1)));
          expect(inos.filter((ino) => stable.has(ino))).toHaveLength(stable.size);
          expect(seen.rows.filter(({ attribute }) => attribute !== undefined)).toHaveLength(managed.length);
          expect([totalOf(seen, 'unreadable'), totalOf(seen, 'attributesUnreadable')]).toEqual([0, 0]);
        });
      }
    });
  });
});
