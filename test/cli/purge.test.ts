/** purge is the only command that deletes archived bytes, so it has to be hard to make it delete the wrong ones. */
import { execFileSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import Database from 'better-sqlite3';
import { beforeEach, expect, test } from 'vitest';
import { useFilesystem } from '../support/filesystem.js';
import { describeAsRoot } from '../support/require-root.js';
import { CliWorld } from './cli-world.js';
import { expectRefusal } from './refusal.js';

describeAsRoot('purge', () => {
  const scratch = useFilesystem();
  let world: CliWorld;

  /** One copy in the trash, of 1000 bytes. */
  beforeEach(async () => {
    world = new CliWorld(scratch());
    await world.init('--unguarded');
    await world.ok('purge', '--older-than', '0s');
    const file = world.write('file', Buffer.alloc(1000, 'x'));
    await world.ok('archive', file);
    await world.ok('remove', file);
    expect(world.copies('trash')).toHaveLength(1);
  });

  test('deletes only what is old enough; 90 days unless told otherwise', async () => {
    for (const args of [[], ['--older-than', '1h'], ['--older-than', '2w']]) {
      const { summary } = await world.ok('purge', ...args);
      expect(summary).toMatchObject({ purged: 0, planned: 0, kept: 0, bytes: '0' });
    }
    expect(world.copies('trash')).toHaveLength(1);
    const { of, summary } = await world.ok('purge', '--older-than', '0s');
    expect(of('action')).toMatchObject([{ action: 'purge', result: 'purged', size: '1000' }]);
    expect(summary).toMatchObject({ purged: 1, kept: 0, bytes: '1000' });
    expect(world.copies('trash')).toEqual([]);
    expect((await world.ok('purge', '--older-than', '0s')).summary).toMatchObject({ purged: 0 });
    await world.ok('audit', '--deep', world.mountPoint);
  });

  test('--dry-run deletes nothing', async () => {
    const { of, summary } = await world.ok('purge', '--older-than', '0s', '--dry-run');
    expect(of('action')).toMatchObject([{ result: 'planned' }]);
    expect(summary).toMatchObject({ purged: 0, planned: 1, bytes: '1000' });
    expect(world.copies('trash')).toHaveLength(1);
    const { stdout } = await world.text(['purge', '--older-than', '0s', '--dry-run']);
    expect(stdout).toBe('1 archived copy would be deleted, 1000 B\n');
  });

  test('keeps what an attribute still names, a copied one too', async () => {
    const file = world.write('named', Buffer.alloc(3000, 'y'));
    await world.ok('archive', file);
    const copy = world.at('copy');
    execFileSync('cp', ['-a', '--preserve=xattr,timestamps', file, copy]);
    await world.ok('remove', file);
    const { of, summary } = await world.ok('purge', '--older-than', '0s');
    expect(summary).toMatchObject({ purged: 1, kept: 1 });
    expect(of('action').find((action) => action['result'] === 'kept')).toMatchObject({
      why: 'a file still names it',
      size: '3000',
    });
    expect(world.copies('trash')).toHaveLength(1);
    const { stdout } = await world.text(['purge', '--older-than', '0s']);
    expect(stdout).toMatch(/^kept +[0-9a-f-]{36}: a file still names it\n0 archived copies deleted, 0 B\n$/);
    fs.rmSync(copy);
    expect((await world.ok('purge', '--older-than', '0s')).summary).toMatchObject({ purged: 1 });
  });

  test.each([
    ['another store', 'store_id'],
    ['a store of another catalog', 'catalog_id'],
  ])('refuses where %s lies at the place of the one that was registered', async (_, field) => {
    const identity = path.join(world.archiveDir, 'store.json');
    const text = fs.readFileSync(identity, 'utf8');
    const record = JSON.parse(text) as Record<string, unknown>;
    fs.writeFileSync(identity, JSON.stringify({ ...record, [field]: randomUUID() }));
    await expectRefusal(world, { args: ['purge', '--older-than', '0s'], message: /is another store than the one/ });
    expect(world.copies('trash')).toHaveLength(1);
    fs.writeFileSync(identity, text);
    expect((await world.ok('purge', '--older-than', '0s')).summary).toMatchObject({ purged: 1 });
  });

  test('refuses with an older catalog, which does not know who needs what', async () => {
    const older = fs.readFileSync(world.catalogPath);
    const later = world.write('later');
    await world.ok('archive', later);
    const newest = fs.readFileSync(world.catalogPath);
    fs.writeFileSync(world.catalogPath, older);
    await expectRefusal(world, { args: ['purge', '--older-than', '0s'], message: /an older catalog was put back/ });
    expect(world.copies('trash')).toHaveLength(1);
    fs.writeFileSync(world.catalogPath, newest);
    await world.ok('remove', later);
    expect((await world.ok('purge', '--older-than', '0s')).summary).toMatchObject({ purged: 2 });
  });

  test('refuses while a filesystem of the store is not mounted', async () => {
    scratch().unmount();
    try {
      await expectRefusal(world, {
        args: ['purge', '--older-than', '0s'],
        message: /is not mounted: only a scan of every filesystem .* Nothing was deleted/,
      });
      await expectRefusal(world, { args: ['purge', '--older-than', '0s', '--dry-run'], message: /is not mounted/ });
    } finally {
      scratch().mount();
    }
    expect(world.copies('trash')).toHaveLength(1);
  });

  // No attribute names it: it is the catalog alone that knows. Last, for it leaves a copy in the trash that stays there.
  test('keeps what an operation is open on, and what a row is bound to', async () => {
    const file = world.at('file');
    expect((await world.text(['archive', file], { fault: 'archive:after-intent=kill' })).signal).toBe('SIGKILL');
    const kept = async (why: string): Promise<void> => {
      const { of } = await world.ok('purge', '--older-than', '0s');
      expect(of('action')).toContainEqual(expect.objectContaining({ result: 'kept', size: '1000', why }));
    };
    await kept('an operation on its file is open');
    expect((await world.ndjson(['recover', '--apply', world.mountPoint])).status).toBe(1);
    await world.ok('archive', world.write('other'));
    const database = new Database(world.catalogPath);
    const trashed = "(SELECT object_id FROM object WHERE status = 'trash' AND sha256 IS NOT NULL)";
    expect(database.prepare(`UPDATE file SET object_id = ${trashed}`).run().changes).toBe(1);
    database.close();
    await kept('a file is bound to it');
  });
});
