/** Bytes are deleted by their name, which says nothing of what they are: purge reads them first. */
import fs from 'node:fs';
import { setTimeout } from 'node:timers/promises';
import Database from 'better-sqlite3';
import { beforeEach, expect, test } from 'vitest';
import { useFilesystem } from '../support/filesystem.js';
import { describeAsRoot } from '../support/require-root.js';
import { CliWorld } from './cli-world.js';

const LONG_BYTES = 200 * 1024 * 1024;

/** What a symbolic link says; undefined where it has gone meanwhile. */
function linkOf(link: string): string | undefined {
  try {
    return fs.readlinkSync(link);
  } catch {
    return undefined;
  }
}

describeAsRoot('purge, of a copy in the trash,', () => {
  const scratch = useFilesystem();
  let world: CliWorld;

  /** One copy in the trash, of 1000 bytes. */
  beforeEach(async () => {
    world = new CliWorld(scratch());
    await world.init('--unguarded');
    await world.ok('purge', '--older-than', '0s', '--damaged');
    const file = world.write('file', Buffer.alloc(1000, 'x'));
    await world.ok('archive', file);
    await world.ok('remove', file);
    expect(world.copies('trash')).toHaveLength(1);
  });

  /** The copy in the trash: the file's, and it has been verified. */
  const trashed = (): string => world.copies('trash')[0] ?? '';

  const KEPT = expect.stringContaining('it may be the only copy of another file') as string;

  // Restored into each other's names, sidecars aside: the one that is dropped is the only one of the file that is away.
  test('reads what it deletes, and keeps what is another file’s', async () => {
    const [whole, away] = [world.write('whole', Buffer.alloc(2000, 'w')), world.write('away', Buffer.alloc(2000, 'a'))];
    await world.ok('purge', '--older-than', '0s');
    await world.ok('archive', whole, away);
    await world.ok('release', away);
    const [one = '', other = ''] = world.copies('objects');
    const [first, second] = [fs.readFileSync(one), fs.readFileSync(other)];
    fs.writeFileSync(one, second);
    fs.writeFileSync(other, first);
    await world.ok('remove', whole);
    for (const more of [['--dry-run'], []]) {
      const { of, summary } = await world.ok('purge', '--older-than', '0s', ...more);
      expect(of('action')).toMatchObject([{ result: 'kept', why: KEPT }]);
      expect(summary).toMatchObject({ purged: 0, planned: 0, kept: 1 });
    }
    expect(fs.readFileSync(trashed())).toEqual(Buffer.alloc(2000, 'a'));
    expect((await world.ok('purge', '--older-than', '0s', '--damaged')).summary).toMatchObject({ purged: 1 });
  });

  test('stops at a signal in the midst of it, and deletes nothing', async () => {
    const file = world.write('long', Buffer.alloc(LONG_BYTES, 'l'));
    await world.ok('archive', file);
    await world.ok('remove', file);
    const long = world.copies('trash').find((copy) => fs.statSync(copy).size === LONG_BYTES);
    let purge = 0;
    const ended = world.ndjson(['purge', '--older-than', '0s'], { onSpawn: (pid) => (purge = pid) });
    const reads = (): boolean =>
      fs.readdirSync(`/proc/${purge}/fd`).some((fd) => linkOf(`/proc/${purge}/fd/${fd}`) === long);
    while (!reads()) await setTimeout(1);
    process.kill(purge, 'SIGINT');
    const { status, summary } = await ended;
    expect(status).toBe(32);
    expect(summary).toMatchObject({ purged: 0, exit_code: 32 });
    expect(world.copies('trash')).toHaveLength(2);
  });

  test('keeps bytes that no record describes', async () => {
    fs.rmSync(`${trashed()}.json`);
    const database = new Database(world.catalogPath);
    database.prepare("DELETE FROM object WHERE status = 'trash'").run();
    database.close();
    const { of } = await world.ok('purge', '--older-than', '0s');
    expect(of('action')).toMatchObject([{ result: 'kept', why: KEPT }]);
  });

  test('deletes where the sidecar proves that it is the row that is wrong, and where nothing but a sidecar is left', async () => {
    const database = new Database(world.catalogPath);
    database.prepare("UPDATE object SET sha256 = zeroblob(32) WHERE status = 'trash'").run();
    database.close();
    expect((await world.ok('purge', '--older-than', '0s')).summary).toMatchObject({ purged: 1, kept: 0 });
    const file = world.at('file');
    await world.ok('archive', file);
    await world.ok('remove', file);
    fs.rmSync(trashed());
    expect((await world.ok('purge', '--older-than', '0s')).summary).toMatchObject({ purged: 1, kept: 0 });
  });
});
