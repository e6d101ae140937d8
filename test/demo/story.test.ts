/** The parts of `hsmck demo` that need no filesystem: what it plans, and how it tells it. */
import { PassThrough } from 'node:stream';
import { describe, expect, test } from 'vitest';
import { CRASH_PLAN, faultText, roundFolder } from '../../src/cli/demo/crash-plan.js';
import { fileName } from '../../src/cli/demo/name-kinds.js';
import { Teller } from '../../src/cli/demo/teller.js';
import { hangText, wrapText } from '../../src/cli/demo/wrap-text.js';
import { createSteps } from '../../src/migrate/faults.js';

describe('the crash plan', () => {
  const rounds = CRASH_PLAN.flatMap(({ operation, rounds: all }) => all.map((round) => ({ operation, round })));

  test('kills every operation, at steps of its own that exist', () => {
    expect(CRASH_PLAN.map(({ operation }) => operation)).toEqual(['archive', 'release', 'recall', 'remove']);
    for (const { operation, round } of rounds) {
      expect(round.step.startsWith(`${operation}:`)).toBe(true);
      expect(() => createSteps(faultText(round))).not.toThrow();
    }
  });

  test('gives every round a folder of its own', () => {
    const folders = CRASH_PLAN.flatMap(({ operation, rounds: all }) => all.map((_, at) => roundFolder(operation, at)));
    expect(new Set(folders).size).toBe(rounds.length);
  });

  test('lets the user write right before the power cut: a later round would sync the new mtime', () => {
    for (const { rounds: all } of CRASH_PLAN) {
      expect(all.slice(0, -1).some(({ userWrites }) => userWrites)).toBe(false);
    }
    expect(rounds.some(({ round }) => round.userWrites)).toBe(true);
  });
});

test('file names of a folder differ, and fit', () => {
  const names = Array.from({ length: 100 }, (_, index) => fileName(index));
  expect(new Set(names.map((name) => name.toString('latin1'))).size).toBe(names.length);
  expect(Math.max(...names.map(({ length }) => length))).toBe(255);
});

describe('lines', () => {
  test('break between words and hang beside their label', () => {
    expect(wrapText('one two three', 7)).toEqual(['one two', 'three']);
    expect(wrapText('unbreakable it', 4)).toEqual(['unbreakable', 'it']);
    expect(hangText('label', 'x '.repeat(60).trim(), 10)[1]).toMatch(/^ {10}x/);
  });
});

describe('Teller', () => {
  async function told(format: 'text' | 'ndjson', color: boolean): Promise<string> {
    const [stdout, stderr] = [new PassThrough(), new PassThrough()];
    const teller = new Teller({ format, progress: true, stdout, stderr, color });
    teller.title(1, 'A title');
    teller.status('at work');
    teller.row('label', 'some text', { label: teller.style.bad });
    teller.timed('init', 'done', 0.5);
    teller.record('chapter', { bytes: 2n ** 60n });
    stdout.end();
    expect(stderr.read()).toBeNull(); // no status line where stderr is no terminal
    return Buffer.concat((await stdout.toArray()) as Buffer[]).toString();
  }

  test('tells a person in plain text where there are no colours', async () => {
    expect(await told('text', false)).toBe('\n 1  A title\n    label      some text\n    init       done (0.50 s)\n');
  });

  test('paints what was measured before', async () => {
    const text = await told('text', true);
    expect(text).toContain('\u001b[31mlabel      \u001b[39msome text\n');
    expect(text).toContain('done \u001b[2m(0.50 s)\u001b[22m\n');
  });

  test('tells a program records only, and sizes exactly', async () => {
    expect(await told('ndjson', true)).toBe('{"type":"chapter","bytes":"1152921504606846976"}\n');
  });
});
