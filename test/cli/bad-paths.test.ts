/** Paths that cannot be migrated: the others are, each gets its line and its reason, and the status has the bit. */
import { execFileSync, spawn } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { useFilesystem } from '../support/filesystem.js';
import { describeAsRoot } from '../support/require-root.js';
import { CliWorld } from './cli-world.js';
import { expectRefusal, expectSentence } from './refusal.js';
import { stateOf } from './world-state.js';

describeAsRoot('a path', () => {
  const scratch = useFilesystem();
  let world: CliWorld;

  beforeAll(async () => {
    world = new CliWorld(scratch());
    for (const name of ['d/resident', 'd/dual', 'd/offline', 'd/other']) world.write(name);
    fs.symlinkSync('dual', world.at('link'));
    fs.symlinkSync('nowhere', world.at('dangling'));
    execFileSync('mkfifo', [world.at('fifo')]);
    execFileSync('mknod', [world.at('device'), 'c', '1', '3']);
    await world.init('--unguarded');
    await world.ok('archive', world.at('d/dual'), world.at('d/offline'));
    await world.ok('release', world.at('d/offline'));
  });

  const CASES: readonly (readonly [string, string, string, RegExp, number])[] = [
    ['a folder without -r', 'd', 'wrong-state', /is a folder; give -r/, 4],
    ['a symbolic link', 'link', 'wrong-state', /is a symbolic link; name the file that it points to/, 4],
    ['a symbolic link to nothing', 'dangling', 'wrong-state', /is a symbolic link/, 4],
    ['a FIFO', 'fifo', 'wrong-state', /is a FIFO; only regular files/, 4],
    ['a device', 'device', 'wrong-state', /is a character device; only regular files/, 4],
    ['nothing', 'missing', 'failed', /ENOENT \(no such file or directory\)/, 8],
    ['below a file', 'd/dual/x', 'failed', /ENOTDIR \(not a directory\)/, 8],
    ['a name that is too long', 'n'.repeat(256), 'failed', /ENAMETOOLONG/, 8],
    ['outside', '../outside', 'failed', /is not on the filesystem mounted at/, 8],
    ['on another filesystem', '/proc/self/status', 'failed', /is not on the filesystem mounted at/, 8],
    ['empty', '', 'failed', /ENOENT/, 8],
  ];

  test.each(CASES)('that is %s', async (_, name, result, why, bit) => {
    fs.writeFileSync(path.join(scratch().folder, 'outside'), 'x');
    const before = stateOf(world);
    const named = name === '' || name.startsWith('/') ? name : `${world.mountPoint}/${name}`;
    const run = await world.ndjson(['archive', world.at('d/dual'), named]);
    const files = run.of('file');
    expect(files.find((file) => file['path'] === named)).toMatchObject({ result, why: expect.stringMatching(why) });
    expect(files.find((file) => file['path'] === world.at('d/dual'))).toMatchObject({ result: 'already' });
    expect(run.summary).toMatchObject({ files: 2, complete: true });
    expect(run.status).toBe(bit);
    expect(stateOf(world)).toEqual(before);
  });

  test('of another kind alone', async () => {
    const { of, status } = await world.ndjson(['archive', world.at('fifo')]);
    expect(of('file')).toMatchObject([{ result: 'wrong-state' }]);
    expect(status).toBe(4);
  });

  test('that is missing, alone, and from a list that is missing', async () => {
    await expectRefusal(world, { args: ['archive', world.at('missing')], message: /ENOENT/ });
    await expectRefusal(world, {
      args: ['archive', '--from-file', '/no/such/list'],
      message: /\/no\/such\/list.*ENOENT/,
    });
    await expectRefusal(world, {
      args: ['archive', '--from-file', '-'],
      message: /there is no path to work on/,
      status: 16,
    });
  });

  test('of a link in a folder is passed over without a word', async () => {
    const { of, summary } = await world.ok('archive', '-r', world.mountPoint);
    expect(of('file').map((file) => path.basename(String(file['path'])))).toHaveLength(4);
    expect(summary).toMatchObject({ files: 4 });
    await world.ok('remove', world.at('d/resident'), world.at('d/other'));
  });

  const STATES: readonly (readonly [string, string, string, RegExp])[] = [
    ['release', 'd/resident', 'wrong-state', /has no archived copy: archive it first/],
    ['remove', 'd/offline', 'wrong-state', /has the only copy of its data: recall it first/],
    ['release', 'd/offline', 'already', /released before/],
    ['recall', 'd/dual', 'already', /on disk/],
    ['recall', 'd/resident', 'already', /not managed/],
    ['remove', 'd/resident', 'already', /no archived copy/],
    ['archive', 'd/offline', 'already', /in the archive and not on disk/],
  ];

  test.each(STATES)('%s of %s is %s', async (command, name, result, why) => {
    const before = stateOf(world);
    const { of, status } = await world.ndjson([command, world.at(name)]);
    expect(of('file')).toMatchObject([{ result, why: expect.stringMatching(why) }]);
    expect(status).toBe(result === 'already' ? 0 : 4);
    expect(stateOf(world)).toEqual(before);
  });

  test.each([
    ['archive', 'd/resident', 'w'],
    ['release', 'd/dual', 'r'],
    ['release', 'd/dual', 'w'],
    ['remove', 'd/dual', 'r'],
    ['recall', 'd/offline', 'r'],
  ])('%s of %s is busy while somebody has it open (%s)', async (command, name, flags) => {
    const before = stateOf(world);
    const fd = fs.openSync(world.at(name), flags === 'r' ? 'r' : 'r+');
    const { of, status, summary } = await world.ndjson([command, world.at(name), world.at('d/other')]);
    fs.closeSync(fd);
    expect(of('file').find((file) => file['path'] === world.at(name))).toMatchObject({
      result: 'busy',
      why: expect.stringMatching(/./),
    });
    expect(summary).toMatchObject({ results: { busy: 1 } });
    expect((status ?? 0) & 4).toBe(4);
    if (command !== 'archive') expect(stateOf(world)).toEqual(before);
    else await world.ok('remove', world.at('d/other'));
  });

  test('of a program that runs is busy', async () => {
    const program = world.at('sleep');
    fs.copyFileSync('/bin/sleep', program);
    fs.chmodSync(program, 0o755);
    await world.ok('archive', program);
    const child = spawn(program, ['60'], { stdio: 'ignore' });
    try {
      const { of, status } = await world.ndjson(['release', program]);
      expect(of('file')).toMatchObject([{ result: 'busy' }]);
      expect(status).toBe(4);
    } finally {
      child.kill();
    }
  });

  test('in text: a line for what was not done, and a sum', async () => {
    const result = await world.text(['archive', world.at('d/dual'), world.at('fifo'), world.at('d')]);
    const lines = result.stdout.trimEnd().split('\n');
    expect(lines).toHaveLength(3);
    expect(lines.slice(0, 2)).toEqual([
      expect.stringMatching(/^wrong-state +\/.*fifo: .*is a FIFO/),
      expect.stringMatching(/^wrong-state +\/.*d: .*is a folder/),
    ]);
    expect(lines[2]).toMatch(/^3 files: .*1 already.*, 0 B in .* s \(.*\/s\)$/);
    expect({ status: result.status, stderr: result.stderr }).toEqual({ status: 4, stderr: '' });
  });

  test('release is refused where readers would get zeros unwarned', async () => {
    await world.init();
    const message =
      /release is refused on .*: no recall daemon answers there, so whoever reads a released file would get zeros/;
    await expectRefusal(world, { args: ['release', world.at('d/dual')], message });
    await world.init('--unguarded');
    await world.ok('release', world.at('d/dual'));
  });

  test('that steers terminals is shown harmless', async () => {
    const folder = 'red\u001b[31m\nfolder';
    fs.mkdirSync(world.at(folder));
    const result = await world.text(['archive', world.at(folder), world.at('d/dual')]);
    expect(result.stdout.trimEnd().split('\n')).toHaveLength(2);
    expect(result.stdout).not.toContain('\u001b');
    const missing = await world.text(['archive', `${world.at(folder)}/missing\u001b[0m`]);
    expectSentence(missing, /ENOENT/);
  });
});
