import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import { afterEach, expect, test } from 'vitest';
import { listMounts, mountOf } from '../../src/native/mountinfo.js';
import { useFilesystem } from '../support/filesystem.js';
import { describeAsRoot } from '../support/require-root.js';
import { at } from './files.js';

describeAsRoot('mounts', () => {
  const scratch = useFilesystem({ mountOptions: ['noatime'] });

  const bound: Buffer[] = [];
  afterEach(() => {
    for (const point of bound.splice(0)) umount(point);
  });

  /** Names go through a shell's $'...': a program's arguments cannot carry bytes that are not UTF-8. */
  const quoted = (name: Buffer): string =>
    `$'${[...name].map((byte) => `\\x${byte.toString(16).padStart(2, '0')}`).join('')}'`;
  const shell = (script: string): Buffer => execFileSync('bash', ['-c', script]);
  const umount = (point: Buffer): Buffer => shell(`umount ${quoted(point)}`);

  function bind(source: Buffer, name: Buffer): Buffer {
    const point = Buffer.concat([at(scratch(), ''), Buffer.from('/'), name]);
    fs.mkdirSync(point);
    shell(`mount --bind ${quoted(source)} ${quoted(point)}`);
    bound.push(point);
    return point;
  }

  test('the mount that a path lies on, from the root and from deep inside', () => {
    fs.mkdirSync(at(scratch(), 'a/b'), { recursive: true });
    const mount = mountOf(at(scratch(), 'a/b'));
    expect(mount).toEqual(mountOf(at(scratch(), '')));
    expect(mount).toMatchObject({ type: 'xfs', root: Buffer.from('/') });
    expect(mount?.mountPoint.toString()).toBe(scratch().mountPoint);
    expect(mount?.source.toString()).toBe(scratch().device);
    expect(mount?.options).toContain('noatime');
    expect(mount?.superOptions).toContain('rw');
  });

  const ODD: Readonly<Record<string, Buffer>> = {
    'a space': Buffer.from('two words'),
    'a tab and a newline': Buffer.from('tab\tnew\nline'),
    'a backslash and digits': Buffer.from('back\\040slash'),
    'the separator': Buffer.from('x - xfs'),
    UTF8: Buffer.from('Größe-日本'),
    'bytes that are not UTF-8': Buffer.from([0x61, 0xff, 0xfe, 0x62]),
  };
  test.each(Object.entries(ODD))('a mount point with %s', (_, name) => {
    fs.mkdirSync(at(scratch(), 'inside'), { recursive: true });
    const point = bind(at(scratch(), 'inside'), name);
    const mount = mountOf(point);
    expect(mount?.mountPoint).toEqual(point);
    expect(mount?.root).toEqual(Buffer.from('/inside'));
  });

  test('of two mounts at one place the upper one is told', () => {
    fs.mkdirSync(at(scratch(), 'first'), { recursive: true });
    fs.mkdirSync(at(scratch(), 'second'), { recursive: true });
    const point = bind(at(scratch(), 'first'), Buffer.from('stacked'));
    shell(`mount --bind ${quoted(at(scratch(), 'second'))} ${quoted(point)}`);
    bound.push(point);
    expect(mountOf(point)?.root.toString()).toBe('/second');
    const here = listMounts().filter((mount) => mount.mountPoint.equals(point));
    expect(here.map((mount) => mount.root.toString())).toEqual(['/first', '/second']);
  });

  test('every line of mountinfo is understood', () => {
    const lines = fs.readFileSync('/proc/self/mountinfo', 'latin1').trim().split('\n');
    expect(listMounts().length).toBe(lines.length);
  });
});
