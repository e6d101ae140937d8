/**
 * A lost catalog. What it knew is made anew from the archive's sidecars and the files' own attributes; what only it knew
 * is not guessed: recovery compares bytes before anything relies on them.
 */
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { dropDmAttribute } from '../cli/attribute-damage.js';
import { useFilesystem } from '../support/filesystem.js';
import { Hsm } from '../support/hsm.js';
import { describeAsRoot } from '../support/require-root.js';
import { stoppedChild } from '../support/stopped-child.js';
import {
  allObjects,
  copyCatalog,
  done,
  loseCatalog,
  rowsOf,
  stateOf,
  trashCopyOf,
  write,
  wrongAfterRecall,
} from './rollback-world.js';

const KILLED = 137;
const DUAL = ['dual', 'stale', 'removed', 'half-released', 'copied', 'dual-unmarked'];
const OFFLINE = ['offline', 'offline-unmarked', 'half-recalled', 'copied-offline', 'tidied'];

describeAsRoot('a lost catalog', () => {
  const scratch = useFilesystem();
  let hsm: Hsm;
  let putBackLost: () => void;
  const right: Record<string, Buffer> = {};
  let objectsBefore: string[] = [];

  const rebuild = (...more: string[]): string[] => [
    'rebuild',
    hsm.mountPath.toString(),
    '--archive',
    hsm.archiveDir,
    '--unguarded',
    ...more,
  ];

  /** Interrupts what the lost catalog alone had the intents of. */
  async function interrupt(): Promise<void> {
    const at = (name: string): string => hsm.at(name).toString();
    const died = [
      await hsm.child(['release', at('half-released')], 'release:after-punch=kill'),
      await hsm.child(['recall', at('half-recalled')], 'recall:before-fill=kill'),
      await hsm.child(['archive', at('half-archived')], 'archive:after-put=kill'),
    ];
    expect(died.map(({ shellStatus }) => shellStatus)).toEqual([KILLED, KILLED, KILLED]);
  }

  async function liveOn(): Promise<void> {
    for (const name of [...DUAL, ...OFFLINE]) right[name] = write(hsm, name);
    await hsm.run('archive');
    await hsm.run('release', OFFLINE);
    await hsm.run('remove', ['removed']);
    right.stale = write(hsm, 'stale');
    for (const name of ['resident', 'half-archived']) right[name] = write(hsm, name);
    await interrupt();
    for (const [from, to] of [
      ['copied', 'copy of copied'],
      ['copied-offline', 'copy of copied-offline'],
    ] as const) {
      const [source, copy] = [from, to].map((name) => hsm.at(name).toString());
      execFileSync('cp', ['-a', '--reflink=never', '--sparse=always', String(source), String(copy)]);
      right[to] = right[from] ?? Buffer.alloc(0);
    }
    for (const name of ['offline-unmarked', 'dual-unmarked']) dropDmAttribute(hsm.at(name).toString());
    trashCopyOf(hsm, hsm.at('tidied'));
  }

  beforeAll(async () => {
    hsm = await Hsm.create(scratch());
    await liveOn();
    objectsBefore = allObjects(hsm);
    putBackLost = copyCatalog(hsm);
    loseCatalog(hsm);
  }, 120_000);

  test('nothing goes without one, and nothing is made by looking', async () => {
    const child = await hsm.child(['recover', hsm.mountPath.toString()]);
    expect(child.status).toBe(8);
    expect(fs.existsSync(hsm.catalogPath)).toBe(false);
  });

  test('init does not register the filesystem of another catalog', async () => {
    await expect(hsm.register()).rejects.toMatchObject({ code: 'EREGISTERED' });
    fs.rmSync(hsm.catalogPath, { force: true });
  });

  test('a dry run says what would be bound, and writes nothing', async () => {
    const files = stateOf(hsm);
    const child = await hsm.child(rebuild('--dry-run'));
    expect(child.records().at(-1)).toMatchObject({ type: 'summary', applied: false, objects: 12 });
    expect(stateOf(hsm)).toBe(files);
    expect(allObjects(hsm)).toEqual(objectsBefore);
    expect(fs.readdirSync(path.dirname(hsm.catalogPath)).filter((name) => /catalog\.db($|\.reb)/.test(name))).toEqual(
      [],
    );
  });

  test('the store of a catalog that may live is not taken over unasked', async () => {
    const child = await hsm.child(rebuild());
    expect(child.status).toBe(8);
    expect(child.records().at(-1)).toMatchObject({ error: expect.stringContaining('--take-over') });
    expect(fs.existsSync(hsm.catalogPath)).toBe(false);
  });

  test('dying before the end it leaves no catalog, and begins anew', async () => {
    const child = await hsm.child(rebuild('--take-over'), 'rebuild:before-place=kill');
    expect(child.shellStatus).toBe(KILLED);
    expect(fs.existsSync(hsm.catalogPath)).toBe(false);
  });

  test('dying before the marks are moved it leaves a catalog that goes on', async () => {
    const child = await hsm.child(rebuild('--take-over'), 'rebuild:after-place=kill');
    expect(child.shellStatus).toBe(KILLED);
    expect((await hsm.findings()).map(({ class: name }) => name)).not.toContain('catalog-behind');
    loseCatalog(hsm);
  });

  test('it binds what proves itself, and touches neither file nor copy', async () => {
    const files = stateOf(hsm);
    const child = await hsm.child(rebuild('--take-over'));
    expect({ status: child.status, stderr: child.stderr }).toEqual({ status: 5, stderr: '' });
    expect(rowsOf(hsm).length).toBe(6);
    expect(child.records().at(-1)).toMatchObject({ bound: 5, other_filesystems: 0, applied: true });
    expect(stateOf(hsm)).toBe(files);
    expect(allObjects(hsm)).toEqual(objectsBefore);
  });

  test('there is one now: another is not made in its place', async () => {
    const child = await hsm.child(rebuild('--take-over'));
    expect(child.records().at(-1)).toMatchObject({ error: expect.stringContaining('there is a file') });
  });

  test('recovery settles the rest, and drops no copy', async () => {
    const { actions } = await hsm.recover();
    expect(actions.filter(({ result }) => result === 'failed')).toEqual([]);
    expect(allObjects(hsm)).toEqual(objectsBefore);
    expect(done((await hsm.recover()).actions)).toEqual([]);
    expect(hsm.intents()).toEqual([]);
  });

  test('what is left to be told is explained by the loss', async () => {
    const left = (await hsm.findings()).filter(({ severity }) => severity !== 'info');
    expect(left.map(({ class: name, path: place }) => `${name} ${place?.toString().replace(/.*\//, '') ?? ''}`).sort())
      .toMatchInlineSnapshot(`
      [
        "archive-orphan dual-unmarked",
        "stale-copy stale",
      ]
    `);
  });

  test('every file has its content', async () => {
    expect(await wrongAfterRecall(hsm, right)).toEqual([]);
    expect(await hsm.outcomes('release', ['dual', 'offline'])).toEqual(['released', 'released']);
    expect(await wrongAfterRecall(hsm, right)).toEqual([]);
  });

  test('the lost one is refused when it turns up', async () => {
    putBackLost();
    await expect(hsm.run('recall')).rejects.toMatchObject({ code: 'EROLLBACK' });
  });
});

describeAsRoot('a catalog that was deleted under a process', () => {
  const scratch = useFilesystem();

  test('is rebuilt when that process has ended', async () => {
    const hsm = await Hsm.create(scratch());
    const right = { file: write(hsm, 'file') };
    await hsm.run('archive');
    const rebuild = ['rebuild', scratch().mountPoint, '--archive', hsm.archiveDir, '--take-over', '--unguarded'];
    const release = hsm.child(['release', hsm.at('file').toString()], 'release:after-punch=pause');
    const pid = await stoppedChild(hsm.catalogPath);
    loseCatalog(hsm);
    const early = await hsm.child(rebuild);
    process.kill(pid, 'SIGKILL');
    await release;
    expect(early.records().at(-1)).toMatchObject({ exit_code: 8, error: expect.stringContaining('still at work') });
    expect(fs.existsSync(hsm.catalogPath)).toBe(false);
    expect([4, 5]).toContain((await hsm.child(rebuild)).status);
    await hsm.recover();
    expect(await wrongAfterRecall(hsm, right)).toEqual([]);
  });
});

describeAsRoot('a lost catalog, and a copy that was on its way between trash and objects', () => {
  const scratch = useFilesystem();

  test('is found in both places', async () => {
    const hsm = await Hsm.create(scratch());
    const right = { file: write(hsm, 'file'), other: write(hsm, 'other') };
    await hsm.run('archive');
    await hsm.run('release');
    trashCopyOf(hsm, hsm.at('file'), ['']);
    loseCatalog(hsm);
    await hsm.child(['rebuild', scratch().mountPoint, '--archive', hsm.archiveDir, '--take-over', '--unguarded']);
    await hsm.recover();
    expect(await wrongAfterRecall(hsm, right)).toEqual([]);
    expect((await hsm.findings()).filter(({ severity }) => severity !== 'info')).toEqual([]);
  });
});

describeAsRoot('a lost catalog of a damaged filesystem', () => {
  const scratch = useFilesystem();

  test('is rebuilt, and does not pass for whole; nothing of the file that cannot be read goes', async () => {
    const hsm = await Hsm.create(scratch());
    write(hsm, 'whole');
    // Away from the root folder, whose inodes have to be whole for a mount.
    for (let index = 0; index < 64; index++) fs.writeFileSync(hsm.at(`other-${index}`), '');
    write(hsm, 'damaged');
    await hsm.run('archive', ['whole', 'damaged']);
    await hsm.run('release', ['whole', 'damaged']);
    const { ino } = fs.statSync(hsm.at('damaged'));
    scratch().unmount();
    execFileSync('xfs_db', ['-x', '-c', `inode ${ino}`, '-c', 'write -d core.magic 0', scratch().device]);
    scratch().mount();
    const objectsBefore = allObjects(hsm);
    loseCatalog(hsm);
    const rebuilt = await hsm.child(['rebuild', scratch().mountPoint, '--archive', hsm.archiveDir, '--take-over']);
    expect(rebuilt.records().at(-1)).toMatchObject({ bound: 1, exit_code: 5 });
    // With it its neighbours of the same buffer.
    expect(Number(rebuilt.records().at(-1)?.['unreadable'])).toBeGreaterThan(0);
    expect(rebuilt.status).toBe(5);
    const recovered = await hsm.child(['recover', scratch().mountPoint, '--apply', '--accept-deleted']);
    // Nobody can say which copies such an inode names, so nothing is forgotten.
    expect(recovered.status).toBe(12);
    await hsm.child(['purge', '--older-than', '0d']);
    expect(allObjects(hsm)).toEqual(objectsBefore);
  });
});

describeAsRoot('a lost catalog of two filesystems', () => {
  const [first, second] = [useFilesystem(), useFilesystem()];

  test('is rebuilt from both; from one alone it purges nothing', { timeout: 120_000 }, async () => {
    const hsm = await Hsm.create(first());
    const mounts = [first().mountPoint, second().mountPoint];
    await hsm.register({ mountPath: Buffer.from(second().mountPoint) });
    const right = { one: write(hsm, 'one') };
    const other = path.join(second().mountPoint, 'other');
    fs.writeFileSync(other, right.one);
    const command = (...args: string[]): ReturnType<Hsm['child']> => hsm.child(args);
    await hsm.run('archive');
    expect((await command('archive', other)).status).toBe(0);
    expect((await command('release', hsm.at('one').toString())).status).toBe(0);
    expect((await command('release', other)).status).toBe(0);
    loseCatalog(hsm);
    const rest = ['--archive', hsm.archiveDir, '--take-over', '--unguarded'];
    const alone = await command('rebuild', first().mountPoint, ...rest);
    expect(alone.records().at(-1)).toMatchObject({ bound: 1, other_filesystems: 1 });
    const purged = await command('purge', '--older-than', '0d');
    expect(purged.records().at(-1)).toMatchObject({ error: expect.stringContaining('does not know') });
    loseCatalog(hsm);
    const both = await command('rebuild', ...mounts, ...rest);
    expect(both.records().at(-1)).toMatchObject({ bound: 2, other_filesystems: 0, exit_code: 1 });
    expect((await command('recall', other)).status).toBe(0);
    expect(fs.readFileSync(other).equals(right.one)).toBe(true);
    expect(await wrongAfterRecall(hsm, right)).toEqual([]);
    expect((await command('purge', '--older-than', '0d')).status).toBe(0);
  });
});
