/** Files that somebody uses while they are to be migrated: whoever uses a file comes first. */
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { beforeAll, expect, test } from 'vitest';
import type { ForwardOperation } from '../../src/migrate/preconditions.js';
import { STEPS, type StepName } from '../../src/migrate/step-names.js';
import { useFilesystem } from '../support/filesystem.js';
import { Hsm } from '../support/hsm.js';
import { describeAsRoot } from '../support/require-root.js';

const KIB = 1024;
const OPERATIONS: readonly ForwardOperation[] = ['archive', 'release', 'recall', 'remove'];

describeAsRoot('a file that is in use', () => {
  const scratch = useFilesystem();
  let hsm: Hsm;
  beforeAll(async () => {
    hsm = await Hsm.create(scratch());
  });

  let count = 0;
  /** A new file that is ready for the operation; nobody has it open. */
  async function fileFor(operation: ForwardOperation): Promise<{ name: string; content: Buffer }> {
    const name = `${operation}-${count++}`;
    const content = randomBytes(100 * KIB + 3);
    fs.writeFileSync(hsm.at(name), content);
    if (operation !== 'archive') await hsm.run('archive', [name]);
    if (operation === 'recall') await hsm.run('release', [name]);
    return { name, content };
  }

  const resultOf = async (operation: ForwardOperation, name: string): Promise<string> =>
    (await hsm.outcomes(operation, [name])).join();

  test.each([
    ['archive', 'r', 'archived'],
    ['archive', 'r+', 'busy'],
    ['release', 'r', 'busy'],
    ['release', 'r+', 'busy'],
    ['recall', 'r', 'busy'],
    ['recall', 'r+', 'busy'],
    ['remove', 'r', 'busy'],
  ] as const)('%s, while it is open with %s: %s', async (operation, flags, expected) => {
    const { name, content } = await fileFor(operation);
    const fd = fs.openSync(hsm.at(name), flags);
    expect(await resultOf(operation, name)).toBe(expected);
    fs.closeSync(fd);
    if (operation !== 'recall') expect(fs.readFileSync(hsm.at(name))).toEqual(content);
    expect(hsm.intents()).toEqual([]);
    expect([
      'already',
      operation === 'remove' ? 'removed' : `${operation}${operation.endsWith('e') ? 'd' : 'ed'}`,
    ]).toContain(await resultOf(operation, name));
  });

  test('a mapping counts, though its descriptor is closed', async () => {
    const { name } = await fileFor('release');
    const program = path.join(scratch().folder, 'hold-map');
    const source = `
      #include <sys/mman.h>
      #include <fcntl.h>
      #include <unistd.h>
      int main(int argc, char **argv) {
        int fd = open(argv[1], O_RDWR);
        char *map = mmap(0, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
        close(fd);
        if (map == MAP_FAILED || write(1, "!", 1) != 1) return 1;
        pause();
      }`;
    expect(spawnSync('gcc', ['-x', 'c', '-o', program, '-'], { input: source }).status).toBe(0);
    const child = spawn(program, [hsm.at(name).toString()], { stdio: ['ignore', 'pipe', 'inherit'] });
    await new Promise((resolve) => child.stdout.once('data', resolve));
    try {
      expect(await resultOf('release', name)).toBe('busy');
      const other = await fileFor('archive');
      expect(await resultOf('archive', other.name)).toBe('archived');
    } finally {
      child.kill('SIGKILL');
    }
  });

  /** Opens the file from another process at the step, and waits until the lease is being broken. */
  function opensAt(step: StepName, command: string, name: string, children: ChildProcess[]) {
    return (passed: StepName): void => {
      if (passed !== step || children.length > 0) return;
      children.push(spawn('sh', ['-c', command, 'sh', hsm.at(name).toString()], { stdio: 'ignore' }));
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 60);
    };
  }

  const exitOf = async (child: ChildProcess | undefined): Promise<number | null> => {
    for (let waited = 0; child?.exitCode === null && waited < 500; waited++) await sleep(20);
    return child?.exitCode ?? null;
  };

  const CASES = OPERATIONS.flatMap((operation) =>
    (Object.keys(STEPS) as StepName[])
      .filter((step) => step.startsWith(`${operation}:`) && !/^archive:(before|after)-trash$/.test(step))
      .map((step) => [step, operation] as const),
  );

  test.each(CASES)('somebody appends to it at %s', async (step, operation) => {
    const { name, content } = await fileFor(operation);
    const children: ChildProcess[] = [];
    const onStep = opensAt(step, 'printf appended >> "$1"', name, children);
    const [result] = await hsm.run(operation, [name], { onStep });
    expect(children).toHaveLength(1);
    expect(await exitOf(children[0])).toBe(0);
    expect(hsm.intents()).toEqual([]);
    expect(result?.result).toMatch(/^(archived|released|recalled|removed|busy)$/);

    // What the other process wrote is there, and so is everything before it: on disk, or in the archive.
    const now = fs.readFileSync(hsm.at(name));
    expect(now.subarray(content.length).toString()).toBe('appended');
    const data = now.subarray(0, content.length);
    const isAway = result?.result === 'released' || (operation === 'recall' && result?.result === 'busy');
    if (isAway) {
      expect(data.every((byte) => byte === 0)).toBe(true);
      expect(hsm.objects().some((object) => fs.readFileSync(object).equals(content))).toBe(true);
      // Its size is another now: nobody but a person can tell what is to become of it.
      expect(await resultOf('recall', name)).toBe('conflict');
    } else {
      expect(data).toEqual(content);
      expect(await resultOf('archive', name)).toMatch(/^(archived|already)$/);
      const copies = hsm.objects().map((object) => fs.readFileSync(object));
      expect(copies.some((copy) => copy.equals(now))).toBe(true);
    }
  });

  test.each(CASES.filter(([, operation]) => operation !== 'archive'))(
    'somebody reads it at %s',
    async (step, operation) => {
      const { name, content } = await fileFor(operation);
      const children: ChildProcess[] = [];
      const [result] = await hsm.run(operation, [name], { onStep: opensAt(step, 'exec cat "$1"', name, children) });
      expect(await exitOf(children[0])).toBe(0);
      expect(result?.result).toMatch(/^(released|recalled|removed|busy)$/);
      expect(hsm.intents()).toEqual([]);
      expect(await resultOf('recall', name)).toMatch(/^(recalled|already)$/);
      expect(fs.readFileSync(hsm.at(name))).toEqual(content);
    },
  );

  test('all of this leaves nothing behind but changed files', async () => {
    const classes = new Set(
      (await hsm.findings()).filter(({ severity }) => severity !== 'info').map((one) => one.class),
    );
    for (const expected of ['conflict', 'stale-copy', 'offline-with-data'] as const) classes.delete(expected);
    expect([...classes]).toEqual([]);
  });

  test('two archivers at once do not get in each other’s way', async () => {
    const names = Array.from({ length: 20 }, (_, index) => `both-${index}`);
    for (const name of names) fs.writeFileSync(hsm.at(name), randomBytes(20 * KIB));
    const args = ['archive', ...names.map((name) => hsm.at(name).toString())];
    const children = await Promise.all([hsm.child(args), hsm.child(args), hsm.child(args)]);
    for (const { status } of children) expect([0, 4]).toContain(status);
    expect(await hsm.outcomes('archive', names)).toEqual(names.map(() => 'already'));
    expect(hsm.intents()).toEqual([]);
  });
});
