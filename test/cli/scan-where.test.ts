/** scan --where from end to end: the expression, the listing and the counts. */
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import { beforeAll, expect, test } from 'vitest';
import { useFilesystem } from '../support/filesystem.js';
import { describeAsRoot } from '../support/require-root.js';
import { CliWorld } from './cli-world.js';
import { expectSentence } from './refusal.js';

const KIB = 1024;

describeAsRoot('scan --where', () => {
  const scratch = useFilesystem();
  let world: CliWorld;
  const names = new Map<string, string>();

  beforeAll(async () => {
    world = new CliWorld(scratch());
    world.write('small', 'x');
    world.write('large', Buffer.alloc(100 * KIB, 'x'));
    world.write('dual', Buffer.alloc(50 * KIB, 'x'));
    world.write('offline', Buffer.alloc(200 * KIB, 'x'));
    world.write('theirs', 'x');
    world.write('old', 'x');
    fs.chownSync(world.at('theirs'), 1000, 2000);
    execFileSync('touch', ['--date=2001-02-03', world.at('old')]);
    fs.linkSync(world.at('small'), world.at('link'));
    await world.init('--unguarded');
    await world.ok('archive', world.at('dual'), world.at('offline'));
    await world.ok('release', world.at('offline'));
    // The size that a scan sees is the one on disk.
    execFileSync('sync', ['--file-system', world.mountPoint]);
    for (const name of fs.readdirSync(world.mountPoint).filter((entry) => entry !== 'link'))
      names.set(fs.lstatSync(world.at(name)).ino.toString(), name);
  });

  const CASES: readonly (readonly [string, readonly string[]])[] = [
    ['state = offline', ['offline']],
    ['state = dual or state = offline', ['dual', 'offline']],
    ['size > 60K and state = resident', ['large']],
    ['size >= 50KiB and size <= 100KiB', ['dual', 'large']],
    ['uid = 1000 and gid = 2000', ['theirs']],
    ['nlink > 1 and size = 1', ['small']],
    ['size > 1GiB', []],
  ];

  test.each(CASES)('%s', async (where, expected) => {
    const { of, summary } = await world.ok('scan', '--where', where, world.mountPoint);
    const found = of('inode').map((inode) => names.get(String(inode['ino'])) ?? 'another');
    expect(found.sort()).toEqual(expected);
    expect(summary).toMatchObject({ matched: of('inode').length, complete: true });
    const counted = await world.ok('scan', '--count', '--where', where, world.mountPoint);
    expect(counted.summary).toMatchObject({ matched: summary['matched'], inodes: summary['inodes'] });
  });

  test.each([
    ['size >', /--where|expected|end|value/],
    ['colour = red', /colour/],
    ['state = purple', /purple/],
    ['size > many', /many/],
    ['(size > 1', /\)|end|closed/],
    ['', /empty|expected|--where/],
  ])('"%s" is wrong usage', async (where, message) => {
    const result = await world.text(['scan', '--where', where, world.mountPoint]);
    expectSentence(result, message);
    expect({ status: result.status, stdout: result.stdout }).toEqual({ status: 16, stdout: '' });
  });

  test.each(['managed', 'size > 1 and not state = offline'])('%s cannot be told without attributes', async (where) => {
    const { status, stderr } = await world.text(['scan', '--no-attributes', '--where', where, world.mountPoint]);
    expect(status).toBe(16);
    expect(stderr).toBe('hsmck: --where asks for what only the DM attribute says: leave --no-attributes out\n');
  });

  test('--no-attributes makes no claim about states', async () => {
    const { of, summary } = await world.ok('scan', '--no-attributes', world.mountPoint);
    for (const inode of of('inode')) {
      const isFile = (Number(inode['mode']) & 0o170000) === 0o100000;
      expect(inode).toMatchObject({ state: isFile ? 'unknown' : 'resident' });
    }
    expect(summary).toMatchObject({ managed: 0, complete: true });
  });

  test('one thread lists inodes in ascending order', async () => {
    const { stdout } = await world.text(['--threads', '1', 'scan', world.mountPoint]);
    const inos = stdout
      .trimEnd()
      .split('\n')
      .map((line) => BigInt(line.split(' ')[0] ?? ''));
    expect(inos).toEqual(inos.toSorted((a, b) => (a < b ? -1 : 1)));
  });
});
