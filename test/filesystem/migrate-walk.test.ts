/** Which files a command line stands for. */
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import { beforeAll, expect, test } from 'vitest';
import { walkFiles, type WalkOptions } from '../../src/migrate/walk-files.js';
import { statPath } from '../../src/native/statx.js';
import { useFilesystem } from '../support/filesystem.js';
import { describeAsRoot } from '../support/require-root.js';

describeAsRoot('walkFiles', () => {
  const scratch = useFilesystem();
  const at = (name: string | Buffer): Buffer =>
    Buffer.concat([Buffer.from(`${scratch().mountPoint}/`), Buffer.from(name)]);
  const latin = Buffer.from('d/gr\xfc\xdfe', 'latin1');

  beforeAll(() => {
    for (const folder of ['d', 'd/b', 'd/b/empty', 'mounted']) fs.mkdirSync(at(folder));
    for (const file of ['d/b/2', 'd/b/1', 'd/z', 'd/a', 'other']) fs.writeFileSync(at(file), '');
    fs.writeFileSync(at(latin), '');
    fs.linkSync(at('d/a'), at('d/b/again'));
    fs.linkSync(at('d/a'), at('linked'));
    fs.symlinkSync('a', at('d/symbolic'));
    fs.symlinkSync('b', at('d/symbolic-folder'));
    fs.symlinkSync('d', at('way-in'));
    execFileSync('mkfifo', [at('d/fifo').toString()]);
  });

  async function walk(paths: readonly Buffer[], more: Partial<WalkOptions> = {}): Promise<string[]> {
    const mountPoint = Buffer.from(scratch().mountPoint);
    const { device } = statPath(mountPoint);
    const found: string[] = [];
    for await (const one of walkFiles({ paths, recursive: true, device, mountPoint, ...more })) {
      const name = one.path.toString('latin1').slice(mountPoint.length + 1);
      found.push('error' in one ? `${name}: ${one.error.code}` : name);
    }
    return found;
  }

  test('names files in order, links and devices left out, of hard links the first', async () => {
    expect(await walk([at('d')])).toEqual(['d/a', 'd/b/1', 'd/b/2', latin.toString('latin1'), 'd/z']);
  });

  test('names what it was given, once', async () => {
    expect(await walk([at('other'), at('d/a'), at('linked'), at('d/b')])).toEqual(['other', 'd/a', 'd/b/1', 'd/b/2']);
  });

  test('says of each path that cannot be what is wrong, and goes on', async () => {
    const outside = Buffer.from('/proc/self/status');
    const found = await walk([at('d/fifo'), at('d/symbolic'), at('nowhere'), outside, at('other')]);
    expect(found.slice(0, 3)).toEqual(['d/fifo: ENOTFILE', 'd/symbolic: ENOTFILE', 'nowhere: ENOENT']);
    expect(found[3]).toMatch(/: EOUTSIDE$/);
    expect(found[4]).toBe('other');
  });

  test('does not go into folders unasked', async () => {
    expect(await walk([at('d'), at('other')], { recursive: false })).toEqual(['d: EISFOLDER', 'other']);
  });

  test('does not go into what is mounted below', async () => {
    execFileSync('mount', ['-t', 'tmpfs', 'tmpfs', at('mounted').toString()]);
    try {
      fs.writeFileSync(at('mounted/file'), '');
      expect(await walk([Buffer.from(scratch().mountPoint)])).not.toContain('mounted/file');
      expect(await walk([at('mounted')])).toEqual(['mounted: EOUTSIDE']);
    } finally {
      execFileSync('umount', [at('mounted').toString()]);
    }
  });

  test('passes over what is deleted under its feet', async () => {
    const found: string[] = [];
    const mountPoint = Buffer.from(scratch().mountPoint);
    for (const name of ['v1', 'v2', 'v3']) fs.writeFileSync(at(`d/${name}`), '');
    const { device } = statPath(mountPoint);
    for await (const one of walkFiles({ paths: [at('d')], recursive: true, device, mountPoint })) {
      found.push(one.path.toString('latin1'));
      if (one.path.equals(at('d/v1'))) fs.rmSync(at('d/v2'));
    }
    expect(found.some((name) => name.endsWith('v3'))).toBe(true);
    expect(found.some((name) => name.endsWith('v2'))).toBe(false);
    for (const name of ['v1', 'v3']) fs.rmSync(at(`d/${name}`));
  });
});
