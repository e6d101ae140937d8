/**
 * check and audit over the device while others write: nothing false, and nothing missed that was complete before the
 * command began.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { expect, it } from 'vitest';
import { CliWorld } from '../cli/cli-world.js';
import { useFilesystem } from '../support/filesystem.js';
import { describeAsRoot } from '../support/require-root.js';

const WRITERS = 8;
const ROUNDS = Number(process.env['HSMCK_DEVICE_ROUNDS'] ?? 1);
const FILES = 40;
const TIMEOUT_MS = 240_000;

/** Makes, overwrites, renames, tags and removes files of its own for as long as it lives. */
const WRITER = `import fs from 'node:fs'; import { execFileSync } from 'node:child_process';
  const dir = process.argv[1]; fs.mkdirSync(dir, { recursive: true });
  for (let i = 0; ; i++) { const f = dir + '/' + i; fs.writeFileSync(f, 'x'.repeat(i % 9000)); fs.appendFileSync(f, 'y');
    fs.renameSync(f, f + 'r'); if (i > 300) fs.rmSync(dir + '/' + (i - 300) + 'r'); }`;

function startWriters(world: CliWorld): ChildProcess[] {
  return Array.from({ length: WRITERS }, (_, index) =>
    spawn(process.execPath, ['--input-type=module', '-e', WRITER, world.at(`writer${index}`)], { stdio: 'ignore' }),
  );
}

async function stop(children: readonly ChildProcess[]): Promise<void> {
  const ended = children.map((child) => new Promise((resolve) => child.once('close', resolve)));
  for (const child of children) child.kill('SIGKILL');
  await Promise.all(ended);
}

describeAsRoot('check and audit over the device, with eight writers', () => {
  const scratch = useFilesystem({ sizeBytes: 1024 * 1024 * 1024 });

  it(
    'finds what was interrupted before, and nothing else',
    async () => {
      const world = new CliWorld(scratch());
      await world.init('--unguarded');
      for (let index = 0; index < FILES; index++)
        world.write(`data/${index}`, `content ${index}`.repeat(index * 7 + 1));
      await world.ok('archive', '-r', world.at('data'));
      const writers = startWriters(world);
      try {
        for (let round = 0; round < ROUNDS; round++) {
          const clean = await world.ndjson(['check', world.mountPoint, '--source', 'xfs-device']);
          expect([clean.status, clean.stderr, clean.of('finding')]).toEqual([0, '', []]);
          const audited = await world.ndjson(['audit', world.mountPoint, '--source', 'xfs-device']);
          expect([audited.status, audited.of('finding')]).toEqual([0, []]);
          expect(audited.summary).toMatchObject({ source: 'xfs-device', settled: true, complete: true });
          const killed = await world.text(['release', '-r', world.at('data')], { fault: 'release:after-punch#5=kill' });
          expect(killed.shellStatus).toBe(137);
          const found = await world.ndjson(['check', world.mountPoint, '--source', 'xfs-device']);
          const reference = await world.ndjson(['check', world.mountPoint, '--source', 'xfs-bulkstat']);
          const names = (result: typeof found) =>
            result
              .of('finding')
              .map(({ class: name, ino }) => `${String(name)} ${String(ino)}`)
              .sort();
          expect(names(found)).toEqual(names(reference));
          expect(found.summary['interrupted']).toBeGreaterThan(4);
          await world.ndjson(['recover', world.mountPoint, '--apply']);
          await world.ok('recall', '-r', world.at('data'));
        }
      } finally {
        await stop(writers);
      }
    },
    TIMEOUT_MS,
  );

  it('never says clean of a device that was not settled', async () => {
    const world = new CliWorld(scratch());
    const { status, stdout, stderr } = await world.text([
      'check',
      world.mountPoint,
      '--source',
      'xfs-device',
      '--settle',
      'none',
    ]);
    expect(status).toBe(8);
    expect(stdout).toMatch(/^not complete: /);
    expect(stderr).toMatch(/not settled/);
    const { summary } = await world.ndjson(['audit', world.mountPoint, '--source', 'xfs-device', '--settle', 'none']);
    expect(summary).toMatchObject({ complete: false, settled: false, exit_code: 8 });
    const { stdout: all } = await world.text(['audit', world.mountPoint, '--source', 'xfs-device', '--settle', 'sync']);
    expect(all).not.toMatch(/everything agrees/);
  });
});
