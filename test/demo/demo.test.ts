/** `hsmck demo` as a user runs it: the real program, on a filesystem of its own. */
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import { describe, expect, test } from 'vitest';
import { memoryFolder } from '../support/memory-folder.js';
import { programFile, runChild, runCli } from '../support/run-node.js';
import { describeAsRoot } from '../support/require-root.js';

const DEMO = ['--format', 'ndjson', '--progress', 'never', 'demo'] as const;
const DEMO_TIMEOUT_MS = 300_000;
/** Where it makes its filesystem. */
const FOLDER = memoryFolder ?? os.tmpdir();
const OPTIONS = { timeoutMs: DEMO_TIMEOUT_MS, env: { TMPDIR: FOLDER } };
/** A file that the demo makes each time, of some random bytes and with a plain name. */
const DAMAGED_FILE = 'library/00/0011-report.dat';

/** What a demo of this process number has left behind: mounts, loop devices, folders. */
function remains(pid: number | undefined): string[] {
  const name = `hsmck-scratch-${pid}-`;
  const loops = fs.readdirSync('/sys/block').flatMap((device) => {
    const file = `/sys/block/${device}/loop/backing_file`;
    return fs.existsSync(file) ? [fs.readFileSync(file, 'utf8')] : [];
  });
  const mounts = fs.readFileSync('/proc/self/mountinfo', 'utf8').split('\n');
  return [...mounts, ...loops, ...fs.readdirSync(FOLDER)].filter((text) => text.includes(name));
}

describeAsRoot('hsmck demo', () => {
  test(
    'brings every file through its crashes',
    async () => {
      const result = await runCli(DEMO, OPTIONS);
      expect(result.stderr).toBe('');
      expect(result.status).toBe(0);
      const records = result.records();
      const [summary] = records.filter(({ type }) => type === 'summary');
      expect(records.at(-1)).toBe(summary);
      expect(summary).toMatchObject({ command: 'demo', lost: 0, differences: 0, complete: true, exit_code: 0 });
      const { interrupted, completed, reverted, inodes, inodes_per_second, files, kills } = summary ?? {};
      for (const figure of [interrupted, completed, reverted, inodes, inodes_per_second]) {
        expect(figure).toBeGreaterThan(0);
      }
      expect(files).toBeGreaterThan(1500);
      expect(records.filter(({ type, status }) => type === 'fault' && status === 137)).toHaveLength(Number(kills));
      expect(records.filter(({ type }) => type === 'chapter').map(({ chapter }) => chapter)).toEqual([
        1, 2, 3, 4, 5, 6, 7, 8,
      ]);
    },
    DEMO_TIMEOUT_MS,
  );

  test(
    'sees one damaged byte, names the file and fails',
    async () => {
      const result = await runCli([...DEMO, '--damage', DAMAGED_FILE], OPTIONS);
      expect(result.status).toBe(8);
      const records = result.records();
      const different = records.filter((record) => record['result'] === 'different');
      expect(new Set(different.map(({ path }) => path))).toEqual(new Set([DAMAGED_FILE]));
      expect(different.map(({ what }) => what)).toContain('bytes');
      expect(records.at(-1)).toMatchObject({ lost: 1, differences: 1, exit_code: 8 });
    },
    DEMO_TIMEOUT_MS,
  );

  test.each(['SIGINT', 'SIGTERM'] as const)(
    'leaves nothing behind after %s in the middle, and says so by its status',
    async (signal) => {
      const child = spawn(process.execPath, [programFile(), ...DEMO], {
        env: { ...process.env, ...OPTIONS.env },
        stdio: ['ignore', 'pipe', 'pipe'],
      });
      let stdout = '';
      child.stdout.on('data', (chunk: Buffer) => {
        // The second chapter is told: the third has begun, with a command at work.
        const before = stdout;
        stdout += chunk.toString();
        if (!before.includes('"chapter":2') && stdout.includes('"chapter":2')) {
          expect(remains(child.pid)).not.toEqual([]);
          setTimeout(() => child.kill(signal), 700);
        }
      });
      const status = await new Promise((resolve) => child.on('close', resolve));
      expect(status).toBe(32);
      expect(remains(child.pid)).toEqual([]);
      expect(stdout.trim().split('\n').at(-1)).toContain('"exit_code":32');
    },
    DEMO_TIMEOUT_MS,
  );
});

describe('hsmck demo without root', () => {
  test('says what it needs and fails', async () => {
    // A user namespace without a mapping: the user number is nobody's, and the program can still be read.
    const args = ['--user', process.execPath, programFile(), ...DEMO];
    const result = await runChild('unshare', args);
    expect(result.status).toBe(8);
    expect(result.stderr).toMatch(/needs root, loop devices and mkfs\.xfs/);
    expect(result.records()).toMatchObject([{ type: 'summary', command: 'demo', complete: false, exit_code: 8 }]);
  });
});
