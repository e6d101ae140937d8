/** Help is part of the product: it says what a command reads and writes before anyone runs it. */
import { describe, expect, test } from 'vitest';
import { runCli } from '../support/run-node.js';

const COMMANDS = 'init archive release recall remove scan check audit recover rebuild status purge faults demo'.split(
  ' ',
);

describe('help', () => {
  test('names every command', async () => {
    const { stdout, status } = await runCli(['--help']);
    expect(status).toBe(0);
    for (const command of COMMANDS) expect(stdout).toMatch(new RegExp(`^  ${command} `, 'm'));
  });

  test.each(COMMANDS)('of %s says what it reads, writes and returns', async (command) => {
    const { stdout, stderr, status } = await runCli([command, '--help']);
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(stdout).toMatch(new RegExp(`^Usage: hsmck .*${command}`));
    expect(stdout).toMatch(/^Reads: +\S/m);
    expect(stdout).toMatch(/^Writes: +\S/m);
    expect(stdout).toMatch(/^Exit status/m);
    expect(stdout).toMatch(/^ +0 {2}\S/m);
    expect(stdout).toMatch(/^ +16 {2}\S/m);
    expect(stdout).toMatch(/^Example:\n {2}.*hsmck/m);
    expect(stdout).toContain('--catalog');
    expect(stdout).toContain('--format');
    expect(stdout).not.toContain('(default: false)');
  });

  test('of release says plainly that readers get zeros', async () => {
    const { stdout } = await runCli(['release', '--help']);
    expect(stdout).toMatch(/Warning: .*gets zeros/);
  });

  test('no command at all is wrong usage, and shows the help', async () => {
    const { stdout, stderr, status } = await runCli([]);
    expect({ status, stdout }).toEqual({ status: 16, stdout: '' });
    expect(stderr).toContain('Usage: hsmck');
  });

  test('--version prints a version alone', async () => {
    const { stdout, status } = await runCli(['--version']);
    expect(status).toBe(0);
    expect(stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
  });
});
