/** Catalogs that cannot be used. Every command that needs one refuses with a sentence, and nothing is changed. */
import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import Database from 'better-sqlite3';
import { afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { useFilesystem, withFilesystem } from '../support/filesystem.js';
import { describeAsRoot } from '../support/require-root.js';
import { CliWorld } from './cli-world.js';
import { expectRefusal, expectSentence } from './refusal.js';
import { stateOf, stateOfTree } from './world-state.js';

const PAGE_BYTES = 4096;

describeAsRoot('a catalog', () => {
  const scratch = useFilesystem();
  let world: CliWorld;
  let good: Buffer;

  const commands = (): readonly (readonly string[])[] => {
    const M = world.mountPoint;
    const init = ['init', M, '--archive', world.archiveDir];
    return [['status'], ['audit', M], ['recover', '--apply', M], init, ['release', world.at('dual')]];
  };

  /** All commands with the catalog as it is now: none may work, change the file, or leave something beside it. */
  async function expectUnusable(message: RegExp, without: readonly string[] = []): Promise<void> {
    const bytes = fs.existsSync(world.catalogPath) ? fs.readFileSync(world.catalogPath) : undefined;
    const files = stateOfTree(world.mountPoint);
    const archive = stateOfTree(world.archiveDir);
    const left = commands().filter(([name = '']) => !without.includes(name));
    const results = await Promise.all(left.map((args) => world.text(args)));
    for (const [index, result] of results.entries()) {
      expectSentence(result, message);
      expect({ status: result.status, stdout: result.stdout }, left[index]?.join(' ')).toEqual({
        status: 8,
        stdout: '',
      });
    }
    expect(fs.existsSync(world.catalogPath) ? fs.readFileSync(world.catalogPath) : undefined).toEqual(bytes);
    expect(stateOfTree(world.mountPoint)).toEqual(files);
    expect(stateOfTree(world.archiveDir)).toEqual(archive);
  }

  beforeAll(async () => {
    world = new CliWorld(scratch());
    world.write('dual');
    world.write('resident');
    await world.init('--unguarded');
    await world.ok('archive', world.at('dual'));
    good = fs.readFileSync(world.catalogPath);
  });
  beforeEach(() => fs.writeFileSync(world.catalogPath, good));
  afterEach(() => fs.writeFileSync(world.catalogPath, good));

  test('that is missing', async () => {
    fs.rmSync(world.catalogPath);
    await expectUnusable(/there is no catalog at .*catalog\.db: .*backup.*hsmck rebuild.*hsmck init/, ['init']);
    expect(fs.existsSync(world.catalogPath)).toBe(false);
  });

  test('that is a folder, an empty file, a text', async () => {
    for (const content of ['', 'a shopping list\n'.repeat(1000)]) {
      fs.writeFileSync(world.catalogPath, content);
      await expectUnusable(/is no hsmck catalog: .*; it was left alone/);
    }
    const { status, stderr } = await world.text(['--catalog', scratch().folder, 'status']);
    expect(status).toBe(8);
    expect(stderr).toMatch(/is no hsmck catalog: it is no regular file/);
  });

  test("that is another program's database", async () => {
    fs.rmSync(world.catalogPath);
    const db = new Database(world.catalogPath);
    db.exec('CREATE TABLE recipe (name TEXT); INSERT INTO recipe VALUES (1)');
    db.close();
    await expectUnusable(/it is another program's SQLite database; it was left alone/);
  });

  test('that a newer hsmck wrote', async () => {
    const db = new Database(world.catalogPath);
    db.pragma('user_version = 99');
    db.close();
    await expectUnusable(/has schema version 99, this hsmck knows up to \d+: upgrade hsmck/);
  });

  test('whose version is older than its tables', async () => {
    const db = new Database(world.catalogPath);
    db.pragma('user_version = 1');
    db.close();
    const misfit =
      /catalog .*: its tables are not those of its schema version; restore it .*duplicate column|has schema version 1 of \d+: run a command/;
    await expectUnusable(misfit);
  });

  test('of which a table lost a column', async () => {
    const db = new Database(world.catalogPath);
    db.exec('ALTER TABLE file DROP COLUMN nonzero_bytes');
    db.close();
    const refused = await world.text(['audit', world.mountPoint]);
    expectSentence(refused, /its tables are not those of its schema version; restore it .*no such column/);
    expect(refused.status).toBe(8);
  });

  test('that lost its end', async () => {
    fs.truncateSync(world.catalogPath, Math.floor(good.length / 2 / PAGE_BYTES) * PAGE_BYTES);
    await expectUnusable(/catalog .* is damaged: it has \d+ bytes of \d+; restore it from a backup/);
    fs.truncateSync(world.catalogPath, 50);
    await expectUnusable(/is no hsmck catalog: it ends within the header/);
  });

  test('of which pages are random bytes', async () => {
    for (let at = PAGE_BYTES; at < good.length; at += 9 * PAGE_BYTES) {
      const bad = Buffer.from(good);
      randomBytes(3000).copy(bad, at);
      fs.writeFileSync(world.catalogPath, bad);
      const files = stateOfTree(world.mountPoint);
      const result = await world.text(['recover', '--apply', world.mountPoint]);
      expectSentence(result, /catalog .*damaged.*restore it from a backup/);
      expect({ status: result.status, stdout: result.stdout }).toEqual({ status: 8, stdout: '' });
      expect(stateOfTree(world.mountPoint)).toEqual(files);
    }
  });

  test('of which the first page is random behind the header', async () => {
    const bad = Buffer.from(good);
    randomBytes(PAGE_BYTES - 100).copy(bad, 100);
    fs.writeFileSync(world.catalogPath, bad);
    await expectUnusable(/catalog .*damaged/);
  });

  test('that another process holds: a bounded wait', async () => {
    const db = new Database(world.catalogPath);
    db.exec('BEGIN EXCLUSIVE');
    const started = Date.now();
    try {
      const result = await world.text(['release', world.at('dual')], { timeoutMs: 40_000 });
      expectSentence(result, /another process holds it; wait for that process to end/);
      expect({ status: result.status, stdout: result.stdout }).toEqual({ status: 8, stdout: '' });
      expect(Date.now() - started).toBeLessThan(35_000);
    } finally {
      db.exec('ROLLBACK');
      db.close();
    }
    await world.ok('audit', world.mountPoint);
  });

  test('in a folder that cannot be written to', async () => {
    const folder = path.dirname(world.catalogPath);
    execFileSync('mount', ['--bind', folder, folder]);
    execFileSync('mount', ['-o', 'remount,ro,bind', folder]);
    try {
      const M = world.mountPoint;
      for (const args of [
        ['archive', world.at('resident')],
        ['release', world.at('dual')],
        ['recover', '--apply', M],
        ['init', M, '--archive', world.archiveDir],
      ])
        await expectRefusal(world, { args, message: /catalog .* cannot be written to.*(EROFS|read-only)/ });
      // What only reads can do without.
      for (const args of [['status'], ['recover', M], ['purge', '--dry-run']])
        expect((await world.text(args)).status).toBe(0);
    } finally {
      execFileSync('umount', [folder]);
    }
  });

  test('on the filesystem that it describes', async () => {
    const inside = world.at('catalog.db');
    const message = /catalog .* lies on the filesystem that it describes.*put it on another one/;
    const init = ['--catalog', inside, 'init', world.mountPoint, '--archive', world.archiveDir];
    await expectRefusal(world, { args: init, message });
    await expectRefusal(world, { args: ['--catalog', world.at('new/folder/c.db'), ...init.slice(2)], message });
    expect(fs.existsSync(inside)).toBe(false);
    fs.copyFileSync(world.catalogPath, inside);
    await expectRefusal(world, { args: ['--catalog', inside, 'audit', world.mountPoint], message });
    await expectRefusal(world, { args: ['--catalog', inside, 'archive', world.at('resident')], message });
    fs.rmSync(inside);
  });

  test('of somebody else: a filesystem belongs to one', async () => {
    const other = new CliWorld(scratch(), 'other');
    const init = ['init', world.mountPoint, '--archive', other.archiveDir];
    const before = stateOf(world);
    const result = await other.text(init);
    expectSentence(result, /carries the mark of another catalog/);
    expect(result.status).toBe(8);
    expect(stateOf(world)).toEqual(before);
    expect(fs.existsSync(other.archiveDir)).toBe(false);
    expect(fs.existsSync(other.catalogPath)).toBe(false);
    // One that exists, and is registered with another filesystem, is no better.
    await withFilesystem({}, async (third) => {
      await new CliWorld(third, 'third').init();
      const foreign = new CliWorld(third, 'third').catalogPath;
      const audit = await world.text(['--catalog', foreign, 'audit', world.mountPoint]);
      expect(audit.status).toBe(8);
      expect(audit.stderr).toMatch(/registered in another catalog than/);
    });
  });
});
