/** Whoever wants to stop is obeyed: what was begun is settled, the status says "cancelled", and nothing is half done. */
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import fs from 'node:fs';
import { beforeAll, beforeEach, expect, test } from 'vitest';
import { builtFile } from '../support/run-node.js';
import { useFilesystem } from '../support/filesystem.js';
import { describeAsRoot } from '../support/require-root.js';
import { CliWorld } from './cli-world.js';
import { stateOf, stateOfCatalog } from './world-state.js';

const MIB = 1024 * 1024;

describeAsRoot('a command that is cancelled', () => {
  const scratch = useFilesystem();
  let world: CliWorld;
  const states = async (): Promise<unknown> => (await world.ok('scan', '--count', world.mountPoint)).summary['states'];

  beforeAll(async () => {
    world = new CliWorld(scratch());
    for (let index = 0; index < 6; index++) world.write(`d/${index}`, randomBytes(30 * MIB + index));
    await world.init('--unguarded');
  });
  beforeEach(async () => {
    await world.ok('recall', '-r', world.at('d'));
    await world.ok('remove', '-r', world.at('d'));
  });

  test.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)('archive by %s', async (signal) => {
    const running = world.ndjson(['archive', '-r', world.at('d')], { fault: 'archive:before-data#2=pause' });
    await world.whilePaused((pid) => void process.kill(pid, signal));
    const { status, summary } = await running;
    expect(status).toBe(32);
    expect(summary).toMatchObject({ complete: false });
    expect(stateOfCatalog(world.catalogPath)['intent']).toEqual([]);
    await world.ok('audit', world.mountPoint);
    const { resident, ...rest } = (await states()) as Record<string, number>;
    expect(Object.keys(rest).filter((state) => state !== 'dual')).toEqual([]);
    expect(resident).toBeGreaterThan(0);
    await world.ok('archive', '-r', world.at('d'));
  });

  test.each([
    ['release', 'release:after-mark'],
    ['recall', 'recall:before-fetch'],
    ['remove', 'remove:after-mark'],
  ] as const)('%s', async (command, step) => {
    const folder = world.at('d');
    const sums = fs.readdirSync(folder).map((name) =>
      fs
        .readFileSync(world.at(`d/${name}`))
        .subarray(0, 64)
        .toString('hex'),
    );
    await world.ok('archive', '-r', folder);
    if (command === 'recall') await world.ok('release', '-r', folder);
    const running = world.ndjson([command, '-r', folder], { fault: `${step}=pause` });
    await world.whilePaused((pid) => void process.kill(pid, 'SIGINT'));
    const { status, summary } = await running;
    expect(status).toBe(32);
    expect(summary).toMatchObject({ complete: false });
    expect(stateOfCatalog(world.catalogPath)['intent']).toEqual([]);
    await world.ok('audit', world.mountPoint);
    await world.ok('recall', '-r', folder);
    expect(
      fs.readdirSync(folder).map((name) =>
        fs
          .readFileSync(world.at(`d/${name}`))
          .subarray(0, 64)
          .toString('hex'),
      ),
    ).toEqual(sums);
  });

  test('twice by SIGINT ends at once, and recover settles the rest', async () => {
    const running = world.text(['archive', '-r', world.at('d')], { fault: 'archive:before-put=pause' });
    await world.whilePaused((pid) => {
      process.kill(pid, 'SIGINT');
    });
    const { status } = await running;
    expect(status).toBe(32);
    await world.ndjson(['recover', '--apply', world.mountPoint]);
    await world.ok('audit', world.mountPoint);
  });

  test('in text says so', async () => {
    const running = world.text(['archive', '-r', world.at('d')], { fault: 'archive:before-data=pause' });
    await world.whilePaused((pid) => void process.kill(pid, 'SIGINT'));
    const { stdout, status } = await running;
    expect(status).toBe(32);
    expect(stdout).toMatch(/cancelled; what was begun is settled\. /);
  });
});

describeAsRoot('output that nobody reads any more', () => {
  const scratch = useFilesystem();
  const FILES = 20_000;
  let world: CliWorld;

  beforeAll(async () => {
    world = new CliWorld(scratch());
    fs.mkdirSync(world.at('many'));
    for (let index = 0; index < FILES; index++) fs.closeSync(fs.openSync(world.at(`many/${index}`), 'w'));
    await world.init();
  });

  test.each(['text', 'ndjson'])('scan in %s ends quietly', async (format) => {
    const { stdout, stderr, status } = await world.shell(
      `hsmck --format ${format} scan "$M" | head -3; exit \${PIPESTATUS[0]}`,
    );
    expect(stdout.trimEnd().split('\n')).toHaveLength(3);
    expect(stderr).not.toMatch(/Error|EPIPE|internal|\n +at /);
    expect([0, 32]).toContain(status);
  });

  test('archive goes no further, and is settled', async () => {
    const before = stateOf(world).catalog['object'];
    expect(before).toEqual([]);
    const script = `hsmck --format ndjson archive -r "$M/many" | head -1 >/dev/null; exit \${PIPESTATUS[0]}`;
    const { stderr, status } = await world.shell(script);
    expect(stderr).not.toMatch(/Error|EPIPE|internal/);
    expect(status).toBe(32);
    expect(stateOfCatalog(world.catalogPath)['intent']).toEqual([]);
    await world.ok('check', world.mountPoint);
  });

  test('a scan that is cancelled says that it is not complete', async () => {
    const args = [builtFile('cli/main.js'), '--format', 'ndjson', 'scan', world.mountPoint];
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'] });
    const ended = new Promise<number | null>((resolve) => child.on('close', resolve));
    let output = '';
    child.stdout.on('data', (chunk: Buffer) => {
      if (output === '') child.kill('SIGINT');
      output += chunk.toString();
    });
    const status = await ended;
    const summary = JSON.parse(output.trimEnd().split('\n').at(-1) ?? '') as Record<string, unknown>;
    expect(summary).toMatchObject({ type: 'summary', exit_code: status });
    expect([0, 32]).toContain(status);
    expect(summary['complete']).toBe(status === 0);
  });
});
