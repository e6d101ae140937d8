/** What people see: quiet text, one line each, a progress bar on a terminal only, and no trace of it at the end. */
import fs from 'node:fs';
import { beforeAll, expect, test } from 'vitest';
import { programFile, runChild, type ChildResult } from '../support/run-node.js';
import { useFilesystem } from '../support/filesystem.js';
import { describeAsRoot } from '../support/require-root.js';
import { CliWorld } from './cli-world.js';
import { screenAfter } from './screen.js';

const FILES = 300;

describeAsRoot('text output', () => {
  const scratch = useFilesystem();
  let world: CliWorld;

  beforeAll(async () => {
    world = new CliWorld(scratch());
    for (let index = 0; index < FILES; index++) world.write(`d/${index}`);
    await world.init('--unguarded');
  });

  /** On a terminal of its own, as script(1) makes one; what it shows goes to stdout. */
  function onTerminal(...args: readonly string[]): Promise<ChildResult> {
    const command = [process.execPath, programFile(), '--catalog', world.catalogPath, ...args];
    const quoted = command.map((word) => `'${word}'`).join(' ');
    return runChild('script', ['-qec', `stty cols 120; ${quoted}`, '/dev/null'], {
      env: { TERM: 'xterm', HSMCK_CATALOG: undefined },
    });
  }

  test('without a terminal there are no escape codes, and next to nothing', async () => {
    const M = world.mountPoint;
    const outputs: [string, ChildResult][] = [];
    for (const args of [
      ['archive', '-r', M],
      ['release', world.at('d/1')],
      ['scan', M],
      ['scan', '--count', M],
      ['check', M],
      ['audit', M],
      ['recover', M],
      ['status'],
      ['purge'],
      ['faults'],
    ])
      outputs.push([args.join(' '), await world.text(args)]);
    for (const [name, { status, stdout, stderr }] of outputs) {
      expect(status, name).toBe(0);
      expect(stdout + stderr, name).not.toMatch(/[\u001b\r]/);
      if (!name.startsWith('scan /')) expect(stderr, name).toBe('');
      expect(stdout.endsWith('\n'), name).toBe(true);
    }
    const lines: Record<string, string[]> = Object.fromEntries(
      outputs.map(([name, { stdout }]) => [name.split(' ')[0], stdout.trimEnd().split('\n')]),
    );
    expect(lines['archive']).toEqual([
      expect.stringMatching(/^300 files: 300 archived, [\d.]+ KiB in .* s \([\d,]+\/s\)$/),
    ]);
    expect(lines['check']?.[0]).toBe('nothing is interrupted');
    expect(lines['audit']?.[0]).toBe('everything agrees');
    expect(lines['recover']?.[0]).toBe('0 would be completed, 0 would be reverted, 0 would be repaired; lost: 0');
    expect(lines['purge']).toEqual(['0 archived copies deleted, 0 B']);
  });

  test('a listing goes to stdout, its sum to stderr', async () => {
    const { stdout, stderr } = await world.text(['scan', world.mountPoint]);
    const lines = stdout.trimEnd().split('\n');
    expect(lines).toHaveLength(FILES + 2);
    for (const line of lines) expect(line.split(' ')).toHaveLength(13);
    expect(stderr).toMatch(/^302 inodes, 300 managed\n/);
  });

  test('a bar on a terminal: how far, how fast, how long; and gone at the end', async () => {
    await world.ok('recall', '-r', world.at('d'));
    for (const [args, what] of [
      [['remove', '-r', world.at('d')], 'files'],
      [['archive', '-r', world.at('d')], 'files'],
      [['scan', '--count', world.mountPoint], 'inodes'],
      [['audit', world.mountPoint], 'inodes'],
      [['audit', '--deep', world.mountPoint], 'copies'],
      [['audit', '--deep', world.mountPoint], 'objects in the store'],
      [['audit', '--deep', world.mountPoint], 'files'],
      [['recover', world.mountPoint], 'inodes'],
    ] as const) {
      const { status, stdout } = await onTerminal('--progress', 'auto', ...args);
      expect(status, stdout).toBe(0);
      expect(stdout, args[0]).toMatch(new RegExp(`\\d+ % \\| [\\d,]+/[\\d,]+ ${what} \\| [\\d,]+/s \\| .* left`));
      const screen = screenAfter(stdout);
      expect(screen.join('\n'), args[0]).not.toMatch(/ % \||█|░/);
      expect(screen[0], args[0]).toMatch(/^(300 files: 300 |302 inodes, |everything agrees|0 would be)/);
      // The cursor is there again.
      expect(stdout.lastIndexOf('\u001b[?25h'), args[0]).toBeGreaterThan(stdout.lastIndexOf('\u001b[?25l'));
    }
  });

  test('what has to be said meanwhile does not mix with the bar', async () => {
    await world.ok('recall', '-r', world.at('d'));
    const fd = fs.openSync(world.at('d/100'), 'r');
    const { stdout, status } = await onTerminal('release', '-r', world.at('d'));
    fs.closeSync(fd);
    expect(status).toBe(4);
    const screen = screenAfter(stdout).filter((line) => line !== '');
    expect(screen).toEqual([expect.stringMatching(/^busy +\/.*\/d\/100: /), expect.stringMatching(/^300 files: /)]);
  });

  test('findings do not mix with the bar', async () => {
    const objects = fs.readdirSync(world.archiveDir, { recursive: true, encoding: 'utf8' });
    const sidecars = objects.filter((name) => name.endsWith('.json') && name.startsWith('objects/'));
    const away = sidecars.slice(0, 50).map((name) => `${world.archiveDir}/${name}`);
    for (const file of away) fs.renameSync(file, `${file}.away`);
    const { stdout } = await onTerminal('audit', world.mountPoint);
    for (const file of away) fs.renameSync(`${file}.away`, file);
    const screen = screenAfter(stdout).filter((line) => line !== '');
    expect(screen.filter((line) => /^warning +archive-/.test(line))).toHaveLength(away.length);
    expect(screen.filter((line) => /█|░| % /.test(line))).toEqual([]);
  });

  test('--progress never shows none on a terminal', async () => {
    const { stdout } = await onTerminal('--progress', 'never', 'scan', '--count', world.mountPoint);
    expect(stdout).not.toContain('\u001b');
    expect(stdout).not.toContain('%');
  });

  test('--progress always, without a terminal, adds no escape codes', async () => {
    const { stdout, stderr } = await world.text(['--progress', 'always', 'scan', '--count', world.mountPoint]);
    expect(stdout + stderr).not.toContain('\u001b');
    const { of } = await world.ok('--progress', 'always', 'scan', '--count', world.mountPoint);
    for (const progress of of('progress')) expect(progress).toMatchObject({ what: 'inodes', done: expect.any(Number) });
  });

  test('says how much is left to operations that are at work', async () => {
    await world.ok('recall', '-r', world.at('d'));
    const running = world.text(['release', world.at('d/7')], { fault: 'release:after-mark=pause' });
    await world.whilePaused(async () => {
      const check = await world.text(['check', world.mountPoint]);
      expect(check.stdout).toContain('nothing is interrupted; 1 busy: an operation is at work there\n');
      const recover = await world.text(['recover', world.mountPoint]);
      expect(recover.stdout).toContain('0 would be repaired, 1 busy; lost: 0\n');
    });
    expect((await running).status).toBe(0);
  });

  test('remembers whole paths, wherever it was called from', async () => {
    const name = 'é\u{1}name';
    fs.writeFileSync(world.at(`d/${name}`), 'x');
    const { stderr } = await world.text(['archive', name], { cwd: world.at('d') });
    expect(stderr).toBe('');
    const sidecars = world.copies().map((copy) => JSON.parse(fs.readFileSync(`${copy}.json`, 'utf8')) as object);
    expect(sidecars).toContainEqual(expect.objectContaining({ path: world.at(`d/${name}`) }));
    fs.rmSync(world.at(`d/${name}`));
    const { of } = await world.ndjson(['audit', world.mountPoint]);
    expect(of('finding')).toContainEqual(expect.objectContaining({ path: world.at(`d/${name}`) }));
    await world.ndjson(['recover', '--apply', world.mountPoint]);
  });

  test('names the next command where there is something to do', async () => {
    await world.ok('recall', '-r', world.at('d'));
    await world.text(['release', world.at('d/7')], { fault: 'release:after-mark=kill' });
    // Whoever pastes it must not come by another catalog.
    const hsmck = `hsmck --catalog ${world.catalogPath}`;
    const { stdout } = await world.text(['check', world.mountPoint]);
    expect(stdout).toContain(`1 interrupted (1 releasing); next: ${hsmck} recover ${world.mountPoint}\n`);
    const plan = await world.text(['recover', world.mountPoint]);
    expect(plan.stdout).toContain(`nothing was written; to act: ${hsmck} recover --apply ${world.mountPoint}\n`);
    expect(plan.stdout).toMatch(/^planned +(complete|revert) releasing -> \w+ inode \d+ .*d\/7: /m);
    const reverting = await world.text(['recover', '--prefer', 'revert', '--accept-deleted', world.mountPoint]);
    expect(reverting.stdout).toContain(
      `to act: ${hsmck} recover --apply --accept-deleted --prefer revert ${world.mountPoint}\n`,
    );
    const applied = await world.text(['recover', '--apply', world.mountPoint]);
    expect(applied.stdout).toMatch(/^done +(complete|revert) releasing -> \w+ inode \d+ .*d\/7: /m);
    expect(applied.status).toBe(1);
  });
});
