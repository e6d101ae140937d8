/** `check` of a device or an image that is not mounted: what the mounted check finds, and no word more than it may say. */
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import { expect, test } from 'vitest';
import { withFilesystem } from '../support/filesystem.js';
import { describeAsRoot } from '../support/require-root.js';
import { CliWorld, type NdjsonResult } from './cli-world.js';

const OPERATIONS = [
  ['archive:after-mark#3=kill', 'archive'],
  ['release:after-punch#2=kill', 'release'],
  ['recall:after-intent#1=kill', 'recall'],
  ['remove:after-attribute#1=kill', 'remove'],
] as const;

/** Files in every state; an operation of each kind is killed in a folder of its own. */
async function populate(world: CliWorld): Promise<void> {
  await world.init('--unguarded');
  for (const [fault, operation] of OPERATIONS) {
    for (let index = 0; index < 4; index++) world.write(`${operation}/${index}`, 'x'.repeat(9000 + index));
    const folder = world.at(operation);
    if (operation !== 'archive') await world.ok('archive', '-r', folder);
    if (operation === 'recall') await world.ok('release', '-r', folder);
    const { signal } = await world.text([operation, '-r', folder], { fault });
    expect(signal).toBe('SIGKILL');
  }
}

/** The findings, as far as they do not name times, in the order of inodes. */
const brief = (result: NdjsonResult): string[] =>
  result
    .of('finding')
    .map(({ class: name, severity, ino, gen, state, why, path }) =>
      JSON.stringify([ino, gen, name, severity, state, why, path]),
    )
    .sort();

describeAsRoot('check of what is not mounted', () => {
  test('finds what the check of the mounted filesystem finds, on the device and in the image', async () => {
    await withFilesystem({}, async (scratch) => {
      const world = new CliWorld(scratch);
      await populate(world);
      // Of one file nothing is left but the intent; another one took a number of its own.
      fs.rmSync(world.at('recall/0'));
      world.write('later/new');
      const mounted = await world.ndjson(['check', world.mountPoint]);
      expect(mounted.status).toBe(4);
      expect(brief(mounted).length).toBeGreaterThan(10);
      scratch.unmount();
      const catalogBefore = fs.readFileSync(world.catalogPath);
      for (const place of [scratch.device, scratch.image]) {
        const seen = await world.ndjson(['check', place]);
        expect(brief(seen)).toEqual(brief(mounted));
        expect(seen.status).toBe(4);
        const { interrupted, inodes, managed } = mounted.summary;
        expect(seen.summary).toMatchObject({ interrupted, inodes, managed, complete: true, mounted: false });
      }
      expect(fs.readFileSync(world.catalogPath).equals(catalogBefore)).toBe(true);
      const { stdout } = await world.text(['check', scratch.image]);
      expect(stdout).toMatch(/interrupted.*was not looked at: for that, mount it/s);
      scratch.mount();
      const recovered = await world.ndjson(['recover', '--apply', '--source', 'xfs-device', world.mountPoint]);
      expect(recovered.summary).toMatchObject({ source: 'xfs-device', settled: true, complete: true, lost: 0 });
      scratch.unmount();
      expect(await world.ndjson(['check', scratch.image])).toMatchObject({ status: 0, records: [{ complete: true }] });
      scratch.mount();
    });
  });

  test('does not call complete what hides in an attribute outside of its inode', async () => {
    await withFilesystem({}, async (scratch) => {
      const world = new CliWorld(scratch);
      await world.init();
      const file = world.write('file');
      await world.ok('archive', file);
      execFileSync('setfattr', ['-n', 'user.long', '-v', 'v'.repeat(900), file]);
      scratch.unmount();
      const { status, summary } = await world.ndjson(['check', scratch.device]);
      expect(status).toBe(8);
      expect(summary).toMatchObject({ complete: false, attributes_unreadable: 1 });
      scratch.mount();
    });
  });

  test('refuses a filesystem that this catalog does not know, and one that is mounted', async () => {
    await withFilesystem({}, async (scratch) => {
      const world = new CliWorld(scratch);
      const mounted = await world.text(['check', scratch.device]);
      expect(mounted).toMatchObject({ status: 8, stderr: expect.stringMatching(/is mounted at/) });
      scratch.unmount();
      const unknown = await world.text(['check', scratch.device]);
      expect(unknown).toMatchObject({ status: 8, stderr: expect.stringMatching(/was never registered/) });
      scratch.mount();
    });
  });
});
