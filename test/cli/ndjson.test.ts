/** What every command prints for programs. The contract itself is in ndjson-contract.ts and holds in all these tests. */
import fs from 'node:fs';
import { beforeAll, expect, test } from 'vitest';
import { useFilesystem } from '../support/filesystem.js';
import { describeAsRoot } from '../support/require-root.js';
import { asNdjson, CliWorld } from './cli-world.js';
import { runCli } from '../support/run-node.js';

describeAsRoot('NDJSON of a whole life', () => {
  const scratch = useFilesystem();
  let world: CliWorld;

  beforeAll(async () => {
    world = new CliWorld(scratch());
    for (const name of ['one', 'two', 'three']) world.write(`d/${name}`);
    await world.init('--unguarded');
  });

  test('archive: a line for each file, and sums', async () => {
    const { of, summary } = await world.ok('archive', '-r', world.at('d'));
    expect(of('file')).toHaveLength(3);
    expect(of('file')[0]).toMatchObject({
      path: world.at('d/one'),
      ino: String(fs.lstatSync(world.at('d/one')).ino),
      result: 'archived',
      size: '17',
    });
    expect(summary).toMatchObject({
      command: 'archive',
      files: 3,
      bytes: '53',
      results: { archived: 3 },
      complete: true,
    });
  });

  test('release, recall, remove', async () => {
    const two = world.at('d/two');
    const { of: released } = await world.ok('release', two);
    expect(released('file')).toMatchObject([{ path: two, result: 'released' }]);
    const { of: recalled } = await world.ok('recall', two);
    expect(recalled('file')).toMatchObject([{ path: two, result: 'recalled' }]);
    const { of: removed } = await world.ok('remove', two);
    expect(removed('file')).toMatchObject([{ path: two, result: 'removed' }]);
  });

  test('scan lists all inodes, managed ones with their object', async () => {
    await world.ok('release', world.at('d/three'));
    const { of, summary } = await world.ok('scan', world.mountPoint);
    const byIno = new Map(of('inode').map((inode) => [inode['ino'], inode]));
    const inode = (name: string) => byIno.get(fs.lstatSync(world.at(name), { bigint: true }).ino.toString());
    const { mtimeNs, ctimeNs, size, mode } = fs.lstatSync(world.at('d/one'), { bigint: true });
    expect(inode('d/one')).toMatchObject({
      state: 'dual',
      mode: Number(mode),
      size: size.toString(),
      mtime_ns: mtimeNs.toString(),
      ctime_ns: ctimeNs.toString(),
      object: expect.stringMatching(/^[0-9a-f-]{36}$/),
    });
    expect(inode('d/three')).toMatchObject({ state: 'offline', blocks: '0' });
    expect(inode('d/two')?.['state']).toBe('resident');
    expect(inode('d/two')).not.toHaveProperty('object');
    expect(summary).toMatchObject({
      command: 'scan',
      source: 'xfs-device',
      inodes: 5,
      managed: 2,
      states: { resident: 3, dual: 1, offline: 1 },
      complete: true,
    });
  });

  test('scan --count gives the summary alone', async () => {
    const { records } = await world.ok('scan', '--count', world.mountPoint);
    expect(records).toHaveLength(1);
  });

  test('check, audit, recover, purge and status of a clean filesystem', async () => {
    const clean = { findings: {}, interrupted: 0, lost: 0, complete: true, inodes: 5, managed: 2 };
    expect((await world.ok('check', world.mountPoint)).summary).toMatchObject({ command: 'check', ...clean });
    expect((await world.ok('audit', world.mountPoint)).summary).toMatchObject({ command: 'audit', ...clean });
    const nothing = { completed: 0, reverted: 0, corrected: 0, uncorrected: 0 };
    const { summary } = await world.ok('recover', world.mountPoint);
    expect(summary).toMatchObject({ command: 'recover', ...clean, ...nothing });
    expect((await world.ok('purge')).summary).toMatchObject({ command: 'purge', purged: 0, bytes: '0' });
    const { summary: status } = await world.ok('status', world.mountPoint);
    expect(status).toMatchObject({
      command: 'status',
      filesystems: [{ files: { dual: 1, offline: 1 }, open_intents: 0 }],
    });
  });

  test('findings and actions of an interrupted release', async () => {
    const one = world.at('d/one');
    const killed = await world.text(['release', one], { fault: 'release:after-punch=kill' });
    expect(killed.shellStatus).toBe(137);
    const check = await world.ndjson(['check', world.mountPoint]);
    expect(check.status).toBe(4);
    expect(check.of('finding')).toMatchObject(
      [{ class: 'interrupted', severity: 'error', state: 'releasing', action: 'settle', path: 'd/one' }].map(
        ({ path: _, ...rest }) => rest,
      ),
    );
    expect(check.summary).toMatchObject({ findings: { interrupted: 1 }, interrupted: 1 });
    const plan = await world.ndjson(['recover', world.mountPoint]);
    expect(plan.status).toBe(4);
    expect(plan.of('action')).toMatchObject([
      { class: 'interrupted', from: 'releasing', to: 'offline', result: 'planned' },
    ]);
    const applied = await world.ndjson(['recover', '--apply', world.mountPoint]);
    expect(applied.status).toBe(1);
    expect(applied.of('action')).toMatchObject([
      { class: 'interrupted', from: 'releasing', to: 'offline', result: 'done' },
    ]);
    expect(applied.summary).toMatchObject({ interrupted: 1, completed: 1, reverted: 0, corrected: 1, uncorrected: 0 });
    await world.ok('recover', '--apply', world.mountPoint);
  });

  test('errors of usage and of operation end in a summary too', async () => {
    const failures = await Promise.all([
      world.ndjson(['check', '/proc']),
      world.ndjson(['archive']),
      world.ndjson(['archive', '--no-such-option', 'x']),
      world.ndjson(['no-such-command']),
      world.ndjson(['--threads', '0', 'scan', world.mountPoint]),
      world.ndjson(['purge', '--older-than', 'soon']),
    ]);
    expect(failures.map(({ status }) => status)).toEqual([8, 16, 16, 16, 16, 16]);
    for (const { records, summary, stderr } of failures) {
      expect(records).toHaveLength(1);
      expect(summary).toMatchObject({ complete: false, error: expect.stringMatching(/./) });
      expect(stderr).not.toBe('');
    }
  });
});

test('global options are taken before and behind the command', async () => {
  const before = asNdjson(await runCli(['--format', 'ndjson', 'faults']));
  const behind = asNdjson(await runCli(['faults', '--format', 'ndjson']));
  expect(behind.records).toEqual(before.records);
});
