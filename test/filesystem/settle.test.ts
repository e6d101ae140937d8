/**
 * Settling must never leave a filesystem frozen: everybody who writes there would hang, and nothing would say why. Only
 * scratch filesystems are frozen here.
 */
import { execFileSync, spawn } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, expect, it } from 'vitest';
import type { ScratchFilesystem } from '../../src/cli/demo/scratch-filesystem.js';
import { freezeFilesystem, thawFilesystem } from '../../src/native/freeze.js';
import { closeFd, openPath } from '../../src/native/io.js';
import { statPath } from '../../src/native/statx.js';
import { freezeRefusal } from '../../src/scan/settle/freeze-refusal.js';
import { useFilesystem } from '../support/filesystem.js';
import { describeAsRoot } from '../support/require-root.js';
import { builtFile, programFile, runCli } from '../support/run-node.js';

const RUNS = Number(process.env['HSMCK_SETTLE_RUNS'] ?? 3);
const WRITE_TIMEOUT_MS = 20_000;

/** Writes through another process, which may hang. */
function canWrite(mountPoint: string): boolean {
  try {
    const file = path.join(mountPoint, 'written');
    execFileSync('timeout', ['-s', 'KILL', '5', 'sh', '-c', `echo x > ${file}; rm ${file}`], {
      timeout: WRITE_TIMEOUT_MS,
    });
    return true;
  } catch {
    return false;
  }
}

/** Its own: commands of other tests would see what is left behind here, and thaw it, and say so. */
const runFolder = fs.mkdtempSync(path.join(os.tmpdir(), 'hsmck-run-'));
process.env['HSMCK_RUN_FOLDER'] = runFolder;
afterAll(() => fs.rmSync(runFolder, { recursive: true, force: true }));

const flagOf = (device: string): string => path.join(runFolder, `freeze-${device.replace(':', '-')}`);

describeAsRoot('settling a filesystem', () => {
  const scratch = useFilesystem({});
  const device = (): string => statPath(Buffer.from(scratch().mountPoint)).device;
  const rootFd = (): ReturnType<typeof openPath> =>
    openPath(Buffer.from(scratch().mountPoint), fs.constants.O_RDONLY | fs.constants.O_DIRECTORY);

  const thaw = (): boolean => {
    const fd = rootFd();
    try {
      return thawFilesystem(fd, 'scratch');
    } finally {
      closeFd(fd);
    }
  };
  const freeze = (): string => {
    const fd = rootFd();
    try {
      return freezeFilesystem(fd, 'scratch');
    } finally {
      closeFd(fd);
    }
  };
  afterEach(() => {
    thaw();
    fs.rmSync(flagOf(device()), { force: true });
  });

  const scan = async (...args: readonly string[]) => {
    const result = await runCli(['scan', scratch().mountPoint, '--count', '--format', 'ndjson', '--source', ...args]);
    return { ...result, summary: result.records().at(-1) };
  };

  it('brings to the device what was only in memory', async () => {
    for (let index = 0; index < 50; index++) fs.writeFileSync(path.join(scratch().mountPoint, `f${index}`), 'x');
    const { status, stderr, summary } = await scan('xfs-device');
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(summary).toMatchObject({
      source: 'xfs-device',
      settled: true,
      complete: true,
      inodes: 51,
      fetched_singly: 0,
    });
    expect(fs.existsSync(flagOf(device()))).toBe(false);
    expect(canWrite(scratch().mountPoint)).toBe(true);
  });

  it.each(['none', 'sync'])('never calls a scan complete that was settled by "%s"', async (way) => {
    const { status, stderr, summary } = await scan('xfs-device', '--settle', way);
    expect(status).toBe(8);
    expect(stderr).toMatch(/not settled/);
    expect(summary).toMatchObject({ source: 'xfs-device', settled: false, complete: false });
  });

  it('takes a filesystem that cannot be written to as it is', async () => {
    scratch().remount(['ro']);
    const { status, summary } = await scan('xfs-device', '--settle', 'none');
    scratch().remount();
    expect(status).toBe(0);
    expect(summary).toMatchObject({ settled: true, complete: true });
  });

  it('leaves a freeze of somebody else alone, and goes on by bulkstat', async () => {
    expect(freeze()).toBe('frozen');
    const { status, stderr, summary } = await scan('auto');
    expect(status).toBe(0);
    expect(stderr).toMatch(/^hsmck: scanning by xfs-bulkstat: .* somebody else has it frozen\n$/);
    expect(summary).toMatchObject({ source: 'xfs-bulkstat', complete: true });
    const asked = await scan('xfs-device');
    expect(asked.status).toBe(8);
    expect(asked.stderr).toMatch(/somebody else has it frozen.*--source xfs-bulkstat/);
    expect(thaw()).toBe(true);
  });

  it('freezes no filesystem on which something lies that it needs itself', async () => {
    const { mountPoint, folder } = scratch();
    const at = (what: string, place: string) => freezeRefusal(device(), [{ what, path: place }]);
    expect(at('the catalog', path.join(mountPoint, 'deep/down/catalog.db'))).toBe('the catalog lies on it');
    expect(at('the catalog', path.join(folder, 'catalog.db'))).toBeUndefined();
    expect(freezeRefusal(statPath(Buffer.from('/')).device, [])).toBe('it is the root filesystem');
    const inner = path.join(mountPoint, 'inner');
    fs.writeFileSync(inner, Buffer.alloc(1024 * 1024));
    const loop = execFileSync('losetup', ['--find', '--show', inner], { encoding: 'utf8' }).trim();
    try {
      expect(at('', folder)).toBe(`the file behind ${loop} lies on it`);
    } finally {
      execFileSync('losetup', ['--detach', loop]);
    }
    const output = path.join(mountPoint, 'output');
    const command = [process.execPath, programFile(), 'scan', mountPoint, '--source', 'xfs-device', '--count'];
    const [status, stderr] = await shell(`${command.join(' ')} > ${output}`);
    expect(status).toBe(8);
    expect(stderr).toMatch(/the standard output lies on it/);
    const temporary = await runCli(command.slice(2), { env: { TMPDIR: mountPoint } });
    expect(temporary.stderr).toMatch(/the temporary folder lies on it/);
  });

  it('is thawed by the next command of any kind if parent and child died at once', async () => {
    fs.writeFileSync(flagOf(device()), 'process 1 freezes the filesystem\n');
    expect(freeze()).toBe('frozen');
    const { status, stderr } = await runCli(['faults']);
    expect(status).toBe(0);
    expect(stderr).toBe(
      `hsmck: ${scratch().mountPoint} was left frozen by a process of hsmck that died; it is thawed\n`,
    );
    expect([thaw(), fs.existsSync(flagOf(device()))]).toEqual([false, false]);
  });

  it('is ended by the parent where the child cannot thaw what it froze', async () => {
    const env = { NODE_OPTIONS: `--require ${path.join(import.meta.dirname, 'refuse-thaw.cjs')}` };
    const { status, stderr } = await runCli(['scan', scratch().mountPoint, '--count', '--source', 'xfs-device'], {
      env,
    });
    expect({ status, stderr }).toEqual({ status: 8, stderr: expect.stringContaining('ended by EIO') });
    expect(canWrite(scratch().mountPoint)).toBe(true);
    expect(thaw()).toBe(false);
    expect(fs.existsSync(flagOf(device()))).toBe(false);
  });

  it('is not thawed by others while the process that freezes it lives', async () => {
    const holder = `const { holdFlag, raiseFlag } = await import(${JSON.stringify(builtFile('scan/settle/freeze-flag.js'))});
      raiseFlag(holdFlag(${JSON.stringify(device())})); console.log('held'); setInterval(() => {}, 1000);`;
    const child = spawn(process.execPath, ['--input-type=module', '-e', holder], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    await new Promise((resolve) => child.stdout.once('data', resolve));
    expect(freeze()).toBe('frozen');
    await runCli(['faults']);
    expect(thaw()).toBe(true);
    child.kill('SIGKILL');
    await new Promise((resolve) => child.once('close', resolve));
  });

  it.each(['parent', 'child', 'group', 'all'] as const)(
    'is not left frozen when the %s is killed at any moment',
    async (victim) => {
      for (let run = 0; run < RUNS; run++) await killAndLook(scratch(), victim, run);
    },
    RUNS * 30_000,
  );
});

function shell(script: string): Promise<[number | null, string]> {
  return new Promise((resolve) => {
    const child = spawn('bash', ['-c', script], { stdio: ['ignore', 'ignore', 'pipe'] });
    let stderr = '';
    child.stderr.on('data', (piece: Buffer) => (stderr += piece.toString()));
    child.on('close', (status) => resolve([status, stderr]));
  });
}

/** The process that freezes: a child of ours, found by its parent's number. */
function freezerOf(parent: number): number | undefined {
  const text = fs.readFileSync(`/proc/${parent}/task/${parent}/children`, 'latin1').trim();
  return text === '' ? undefined : Number(text.split(' ')[0]);
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

function kill(pid: number | undefined): void {
  try {
    if (pid !== undefined) process.kill(pid, 'SIGKILL');
  } catch {
    // It has ended.
  }
}

/** Kills at a moment that moves on from run to run, counted from the flag's raising; afterwards writing has to work. */
async function killAndLook(
  { mountPoint }: ScratchFilesystem,
  victim: 'parent' | 'child' | 'group' | 'all',
  run: number,
) {
  for (let index = 0; index < 20; index++) fs.writeFileSync(path.join(mountPoint, `dirty${index}`), String(run));
  const args = [programFile(), 'scan', mountPoint, '--source', 'xfs-device', '--count'];
  const parent = spawn(process.execPath, args, { detached: true, stdio: 'ignore' });
  const ended = new Promise((resolve) => parent.once('close', resolve));
  const { pid = 0 } = parent;
  const flag = flagOf(statPath(Buffer.from(mountPoint)).device);
  const isRaised = (): boolean => (fs.statSync(flag, { throwIfNoEntry: false })?.size ?? 0) > 0;
  let freezer: number | undefined;
  while (parent.exitCode === null && !isRaised()) {
    freezer ??= freezerOf(pid);
    await pause(0);
  }
  const untilMs = performance.now() + ((run * 37) % 60);
  while (performance.now() < untilMs);
  if (victim !== 'parent' && victim !== 'group') kill(freezer);
  if (victim === 'parent' || victim === 'all') kill(pid);
  if (victim === 'group') kill(-pid);
  await ended;
  // Where all died at once, the next command thaws.
  if (victim === 'all') await runCli(['faults']);
  expect([victim, run, canWrite(mountPoint)]).toEqual([victim, run, true]);
}
