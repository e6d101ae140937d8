/** Archive stores that are gone, full, read-only or in the wrong place. */
import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { useFilesystem, withFilesystem } from '../support/filesystem.js';
import { describeAsRoot } from '../support/require-root.js';
import { CliWorld } from './cli-world.js';
import { expectRefusal } from './refusal.js';
import { stateOf } from './world-state.js';

const MIB = 1024 * 1024;

/** What migrates, by the state of the file that it is for. */
const MIGRATE = [
  ['archive', 'resident'],
  ['release', 'dual'],
  ['recall', 'offline'],
  ['remove', 'dual'],
] as const;

function makeFiles(world: CliWorld): void {
  for (const name of ['resident', 'dual', 'offline']) world.write(name);
}

async function manageFiles(world: CliWorld): Promise<void> {
  await world.init('--unguarded');
  await world.ok('archive', world.at('dual'), world.at('offline'));
  await world.ok('release', world.at('offline'));
}

describeAsRoot('a store that is not there', () => {
  const scratch = useFilesystem();
  let world: CliWorld;
  const message = /archive store .* has no store\.json: mount its filesystem/;

  beforeAll(async () => {
    world = new CliWorld(scratch());
    makeFiles(world);
    await manageFiles(world);
    fs.renameSync(world.archiveDir, `${world.archiveDir}-away`);
  });

  test.each(MIGRATE)('%s refuses', async (command, name) => {
    await expectRefusal(world, { args: [command, world.at(name)], message });
  });

  test('recover --apply and purge refuse', async () => {
    await expectRefusal(world, { args: ['recover', '--apply', world.mountPoint], message });
    await expectRefusal(world, { args: ['purge', '--older-than', '0s'], message });
  });

  test('audit and a dry run say that they are not complete, and call nothing missing', async () => {
    for (const command of ['audit', 'recover']) {
      const { status, summary, of, stderr } = await world.ndjson([command, world.mountPoint]);
      expect(status).toBe(8);
      expect(of('finding')).toEqual([]);
      expect(summary).toMatchObject({ complete: false, lost: 0 });
      expect(stderr).toMatch(message);
    }
  });

  test('check needs none, and status says so', async () => {
    await world.ok('check', world.mountPoint);
    const { summary } = await world.ok('status');
    expect(summary).toMatchObject({ filesystems: [{ store_state: expect.stringMatching(/^unreachable: /) }] });
  });

  test('the mount point without the store is no new store', async () => {
    fs.mkdirSync(world.archiveDir);
    const { status, stderr } = await world.text(['init', world.mountPoint, '--archive', world.archiveDir]);
    expect(status).toBe(8);
    expect(stderr).toMatch(/registered with another archive store|has no store\.json/);
    expect(fs.readdirSync(world.archiveDir)).toEqual([]);
    fs.rmSync(world.archiveDir, { recursive: true });
  });

  test('a wrong folder for a registered filesystem is met with the right one', async () => {
    const wrong = `${world.archiveDir}-wrong`;
    fs.mkdirSync(wrong);
    const { status, stderr } = await world.text(['init', world.mountPoint, '--archive', wrong]);
    expect(status).toBe(8);
    expect(stderr).toContain(
      `is registered with another archive store at ${world.archiveDir}; the archive store ${wrong} has no store.json`,
    );
    fs.rmSync(wrong, { recursive: true });
  });

  test('nor is another store of the same catalog', async () => {
    await withFilesystem({}, async (second) => {
      const args = ['init', second.mountPoint, '--archive', world.archiveDir];
      expect((await world.text(args)).status).toBe(0);
      const { stdout } = await world.text(['status', world.mountPoint]);
      expect(stdout).toMatch(/archive .*another store lies there/);
      await expectRefusal(world, {
        args: ['recall', world.at('offline')],
        message: /another store than the one that was registered/,
      });
    });
    fs.rmSync(world.archiveDir, { recursive: true });
  });

  test('once it is back, all is well', async () => {
    fs.renameSync(`${world.archiveDir}-away`, world.archiveDir);
    await world.ok('audit', '--deep', world.mountPoint);
    await world.ok('recall', world.at('offline'));
  });
});

describeAsRoot('a store that is mounted read-only', () => {
  const scratch = useFilesystem();
  let world: CliWorld;

  beforeAll(async () => {
    world = new CliWorld(scratch());
    makeFiles(world);
    await manageFiles(world);
    execFileSync('mount', ['--bind', world.archiveDir, world.archiveDir]);
    execFileSync('mount', ['-o', 'remount,ro,bind', world.archiveDir]);
  });

  test('check, audit and a dry run work', async () => {
    await world.ok('check', world.mountPoint);
    await world.ok('audit', '--deep', world.mountPoint);
    await world.ok('recover', world.mountPoint);
  });

  test('recall and release work: they only read copies', async () => {
    await world.ok('recall', world.at('offline'));
    expect(fs.readFileSync(world.at('offline'), 'utf8')).toBe('content of offline\n');
    await world.ok('release', world.at('offline'));
  });

  test('archive fails, and leaves no trace', async () => {
    const { of, status } = await world.ndjson(['archive', world.at('resident')]);
    expect(of('file')).toMatchObject([{ result: 'failed', code: 'EROFS', why: expect.stringMatching(/read-only/) }]);
    expect(status).toBe(8);
    await world.ok('audit', world.mountPoint);
    const { summary } = await world.ok('scan', '--count', world.mountPoint);
    expect(summary).toMatchObject({ states: { dual: 1, offline: 1 } });
  });

  test('remove fails before it touches anything, and works once the store can be written to', async () => {
    const before = stateOf(world);
    const { of, status, summary } = await world.ndjson(['remove', world.at('dual')]);
    expect(of('file')).toMatchObject([
      {
        result: 'failed',
        code: 'EROFS',
        why: expect.stringMatching(/archive.*read-only filesystem: remount it writable/),
      },
    ]);
    expect(status).toBe(8);
    expect(summary).toMatchObject({ results: { failed: 1 } });
    expect(stateOf(world), 'attribute, row and copy are as they were').toEqual(before);
    await world.ok('check', world.mountPoint);
    execFileSync('umount', [world.archiveDir]);
    await world.ok('remove', world.at('dual'));
    await world.ok('audit', '--deep', world.mountPoint);
    expect(fs.readFileSync(world.at('dual'), 'utf8')).toBe('content of dual\n');
  });
});

describeAsRoot('a store that is full', () => {
  const scratch = useFilesystem();

  test('what does not fit fails and stays as it is; what fits is archived', async () => {
    const archive = path.join(scratch().folder, 'small');
    fs.mkdirSync(archive);
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'none', archive]);
    const world = new CliWorld(scratch(), 'full', archive);
    const big = randomBytes(3 * MIB);
    world.write('big', big);
    world.write('small');
    await world.init('--unguarded');
    const first = await world.ndjson(['archive', '-r', world.mountPoint]);
    expect(first.status).toBe(8);
    const files = new Map(first.of('file').map((file) => [file['path'], file]));
    expect(files.get(world.at('small'))).toMatchObject({ result: 'archived' });
    expect(files.get(world.at('big'))).toMatchObject({
      result: 'failed',
      code: 'ENOSPC',
      why: expect.stringMatching(/no space left/),
    });
    expect(first.summary).toMatchObject({ results: { archived: 1, failed: 1 }, complete: true });
    expect(fs.readFileSync(world.at('big')).equals(big)).toBe(true);
    expect(world.copies()).toHaveLength(1);
    expect(fs.readdirSync(path.join(archive, 'tmp'))).toEqual([]);
    const before = stateOf(world);
    await world.ok('audit', '--deep', world.mountPoint);
    await world.ok('recover', '--apply', world.mountPoint);
    expect(stateOf(world)).toEqual(before);
    execFileSync('mount', ['-o', 'remount,size=16m', archive]);
    await world.ok('archive', world.at('big'));
    await world.ok('release', world.at('big'));
    await world.ok('recall', world.at('big'));
    expect(fs.readFileSync(world.at('big')).equals(big)).toBe(true);
  });
});

describeAsRoot('a store in the wrong place', () => {
  const scratch = useFilesystem();

  test('on the filesystem itself', async () => {
    const world = new CliWorld(scratch());
    const message = /archive .* lies on the filesystem that it is to hold copies of.*name a folder elsewhere/;
    for (const dir of [world.mountPoint, world.at('archive'), world.at('not/there/yet')])
      await expectRefusal(world, { args: ['init', world.mountPoint, '--archive', dir], message: /lies on|ENOENT/ });
    fs.mkdirSync(world.at('real'));
    const link = path.join(scratch().folder, 'link');
    fs.symlinkSync(world.at('real'), link);
    await expectRefusal(world, { args: ['init', world.mountPoint, '--archive', link], message });
    expect(fs.existsSync(world.catalogPath)).toBe(false);
  });

  test('below a folder that does not exist, in a file, in a folder full of other things', async () => {
    const world = new CliWorld(scratch());
    const at = (name: string): string => path.join(scratch().folder, name);
    fs.writeFileSync(at('file'), '');
    fs.mkdirSync(at('full'));
    fs.mkdirSync(at('read-only'));
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'ro', 'none', at('read-only')]);
    await withFilesystem({}, async (other) => new CliWorld(other, 'foreign', at('foreign')).init());
    fs.writeFileSync(path.join(at('full'), 'thesis.odt'), 'x');
    for (const [dir, message] of [
      [at('read-only'), /read-only: EROFS \(read-only filesystem: remount it writable\)/],
      [at('foreign'), /foreign is the store of catalog .*: name that catalog with --catalog, or another folder/],
      [at('not/there'), /ENOENT \(no such file or directory\)/],
      [at('file'), /not a directory|ENOTDIR|EEXIST|no folder/],
      [at('full'), /thesis|not empty|empty/],
    ] as const)
      await expectRefusal(world, { args: ['init', world.mountPoint, '--archive', dir], message });
    expect(fs.readdirSync(at('full'))).toEqual(['thesis.odt']);
    // Not even an empty catalog: the next init, by whatever name, finds nothing that was half done.
    expect(fs.existsSync(world.catalogPath)).toBe(false);
  });

  test('of another catalog', async () => {
    const mine = new CliWorld(scratch(), 'mine');
    await mine.init();
    await withFilesystem({}, async (other) => {
      const theirs = new CliWorld(other, 'theirs', mine.archiveDir);
      const before = stateOf(mine);
      const { status, stderr } = await theirs.text(['init', other.mountPoint, '--archive', mine.archiveDir]);
      expect(status).toBe(8);
      expect(stderr).toMatch(/is the store of catalog .*: name that catalog with --catalog, or another folder/);
      expect(stateOf(mine)).toEqual(before);
      expect(fs.existsSync(theirs.catalogPath)).toBe(false);
    });
    const second = new CliWorld(scratch(), 'second');
    const message =
      /carries the mark of another catalog than .*: name that catalog with --catalog; if it is lost, .*hsmck rebuild/;
    await expectRefusal(second, { args: ['init', second.mountPoint, '--archive', second.archiveDir], message });
    expect([second.catalogPath, second.archiveDir].filter((made) => fs.existsSync(made))).toEqual([]);
  });
});
