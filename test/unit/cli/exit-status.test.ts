import { CommanderError } from 'commander';
import { describe, expect, test } from 'vitest';
import { describeError, EXIT, EXIT_MEANINGS, exitCodeOf } from '../../../src/cli/exit-codes.js';
import { createProgram, type Invocation } from '../../../src/cli/program.js';
import { InvariantError, OperationalError, UsageError } from '../../../src/errors.js';
import { NativeError } from '../../../src/native/native-error.js';
import { FindingTally } from '../../../src/cli/commands/finding-tally.js';
import type { Finding } from '../../../src/reconcile/finding.js';

describe('exit status', () => {
  test('the bits are those of fsck(8)', () => {
    expect(EXIT).toEqual({ CLEAN: 0, CORRECTED: 1, UNCORRECTED: 4, ERROR: 8, USAGE: 16, CANCELLED: 32 });
    expect(EXIT_MEANINGS.map(([bit]) => bit)).toEqual(Object.values(EXIT));
  });

  test('nothing unforeseen ever says "corrected"', () => {
    const errors = [
      new Error('x'),
      new TypeError('x'),
      'x',
      undefined,
      new InvariantError('x'),
      new OperationalError('E', 'x'),
      new NativeError('EIO', 'read', 'x'),
    ];
    for (const error of errors) expect(exitCodeOf(error)).toBe(EXIT.ERROR);
    expect(exitCodeOf(new UsageError('x'))).toBe(EXIT.USAGE);
  });

  test('a stack is shown for bugs only', () => {
    expect(describeError(new OperationalError('E', 'no\nsuch \u001b thing'))).toBe('no such \\x1b thing');
    expect(describeError(new Error('oops'))).toMatch(/^internal error, please report it[^]*oops[^]*\n +at /);
    expect(describeError(new InvariantError('x'))).toMatch(/\n +at /);
  });

  test('information leaves it 0, anything above does not', () => {
    const finding = (severity: Finding['severity']): Finding => ({
      class: 'busy',
      severity,
      why: 'x',
      facts: {},
      action: 'none',
    });
    const tally = new FindingTally();
    tally.add(finding('info'));
    expect(tally.exitCode).toBe(0);
    for (const severity of ['warning', 'error', 'critical'] as const) {
      const serious = new FindingTally();
      serious.add(finding(severity));
      expect(serious.exitCode).toBe(4);
    }
  });
});

describe('the command line', () => {
  const parse = async (
    ...args: readonly string[]
  ): Promise<{ invocation: Invocation; globals: Record<string, unknown> }> => {
    let seen: { invocation: Invocation; globals: Record<string, unknown> } | undefined;
    const program = createProgram(async (invocation, globals) => {
      seen = { invocation, globals: { ...globals } };
    });
    await program.parseAsync(args, { from: 'user' });
    if (seen === undefined) throw new Error('nothing was run');
    return seen;
  };

  test('global options stand anywhere', async () => {
    const { globals, invocation } = await parse('archive', '-r', '--format', 'ndjson', '/a', '--threads', '3', '/b');
    expect(globals).toMatchObject({ format: 'ndjson', threads: '3' });
    expect(invocation).toMatchObject({ name: 'archive', args: ['/a', '/b'], options: { recursive: true } });
  });

  test('behind -- everything is a path', async () => {
    const { invocation } = await parse('archive', '--', '--format', '-r');
    expect(invocation.args).toEqual(['--format', '-r']);
  });

  test('a mistake is an exception, never an exit', async () => {
    const program = createProgram(async () => undefined).configureOutput({ writeErr: () => undefined });
    for (const command of program.commands) command.configureOutput({ writeErr: () => undefined });
    await expect(program.parseAsync(['scan'], { from: 'user' })).rejects.toThrow(CommanderError);
  });
});
