/** Whoever wants to stop is obeyed: what was begun is settled, the status says "cancelled", and nothing is half done. */
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import { beforeAll, expect, test } from 'vitest';
import { programFile, runChild } from '../support/run-node.js';
import { useFilesystem } from '../support/filesystem.js';
import { describeAsRoot } from '../support/require-root.js';
import { CliWorld } from './cli-world.js';
import { stateOfCatalog } from './world-state.js';

const MIB = 1024 * 1024;

describeAsRoot('a command that is cancelled', () => {
  const scratch = useFilesystem();
  let world: CliWorld;
  const NAMES = ['a', 'b'];
  const contentOf = (name: string): Buffer => Buffer.alloc(33 * MIB, name);
  const states = async (): Promise<string[]> => {
    const { summary } = await world.ok('scan', '--count', world.mountPoint);
    return Object.keys(summary['states'] as object);
  };

  beforeAll(async () => {
    world = new CliWorld(scratch());
    // A batch takes 64 MiB at most: each of these is one of its own.
    for (const name of NAMES) world.write(`d/${name}`, contentOf(name));
    await world.init('--unguarded');
  });

  const CASES = [
    ['archive', 'SIGINT', 'archive:before-data#2', ['remove']],
    ['archive', 'SIGTERM', 'archive:after-mark', ['remove']],
    ['release', 'SIGTERM', 'release:after-mark', ['archive']],
    ['recall', 'SIGHUP', 'recall:before-fetch#2', ['archive', 'release']],
    ['remove', 'SIGINT', 'remove:after-mark', ['archive']],
  ] as const;

  test.each(CASES)('%s by %s', async (command, signal, step, first) => {
    const folder = world.at('d');
    await world.ok('recall', '-r', folder);
    for (const before of first) await world.ok(before, '-r', folder);
    const running = world.ndjson([command, '-r', folder], { fault: `${step}=pause` });
    await world.whilePaused((pid) => void process.kill(pid, signal));
    const { status, summary } = await running;
    expect(status).toBe(32);
    expect(summary).toMatchObject({ command, complete: false });
    expect(stateOfCatalog(world.catalogPath)['intent']).toEqual([]);
    expect(['resident', 'dual', 'offline']).toEqual(expect.arrayContaining(await states()));
    await world.ok('audit', world.mountPoint);
    await world.ok('recall', '-r', folder);
    for (const name of NAMES) expect(fs.readFileSync(world.at(`d/${name}`)).equals(contentOf(name)), name).toBe(true);
  });

  test('in text says so', async () => {
    await world.ok('remove', '-r', world.at('d'));
    const running = world.text(['archive', '-r', world.at('d')], { fault: 'archive:before-data=pause' });
    await world.whilePaused((pid) => void process.kill(pid, 'SIGINT'));
    const { stdout, status } = await running;
    expect(status).toBe(32);
    expect(stdout).toMatch(/cancelled; what was begun is settled\. /);
  });
});

/** Sends the process a signal as soon as it listens to one: while most of it is still being loaded. */
const AT_ONCE = (signal: string): string =>
  `data:text/javascript,const t = setInterval(() => {
    if (process.listenerCount('${signal}') === 0) return;
    clearInterval(t);
    process.kill(process.pid, '${signal}');
  })`;

test.each(['SIGINT', 'SIGTERM', 'SIGHUP'])('%s before the command has begun', async (signal) => {
  const args = ['--import', AT_ONCE(signal), programFile(), 'faults', '--format', 'ndjson'];
  const child = await runChild(process.execPath, args);
  const { status, stderr } = child;
  expect({ status, stderr }).toEqual({ status: 32, stderr: 'hsmck: cancelled before it began\n' });
  expect(child.records()).toEqual([
    { type: 'summary', complete: false, error: 'cancelled before it began', exit_code: 32 },
  ]);
});

describeAsRoot('output that nobody reads any more', () => {
  const scratch = useFilesystem();
  const FILES = 6000;
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
    const script = `hsmck --format ndjson archive -r "$M/many" | head -1 >/dev/null; exit \${PIPESTATUS[0]}`;
    const { stderr, status } = await world.shell(script);
    expect(stderr).not.toMatch(/Error|EPIPE|internal/);
    expect(status).toBe(32);
    expect(stateOfCatalog(world.catalogPath)['intent']).toEqual([]);
    await world.ok('check', world.mountPoint);
  });

  test.each([['scan'], ['status'], ['faults']])('%s to a full disk is an operational error', async (command) => {
    const script = `hsmck ${command} ${command === 'scan' ? '"$M"' : ''} > /dev/full`;
    const { stderr, status } = await world.shell(script);
    expect(stderr).toBe('hsmck: standard output cannot be written to: ENOSPC: no space left on device, write\n');
    expect(status).toBe(8);
  });

  test('a scan that is cancelled says that it is not complete', async () => {
    const args = [programFile(), '--format', 'ndjson', 'scan', world.mountPoint];
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
