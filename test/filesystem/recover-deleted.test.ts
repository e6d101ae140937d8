/** What deleted files leave behind: rows that share a copy, and more of them at once than deleting explains. */
import fs from 'node:fs';
import { setTimeout } from 'node:timers/promises';
import { beforeAll, expect, test } from 'vitest';
import type { FileRow } from '../../src/catalog/file-row.js';
import { newObjectId } from '../../src/dm/identity.js';
import { toIno } from '../../src/native/inode-id.js';
import { useFilesystem } from '../support/filesystem.js';
import { Hsm } from '../support/hsm.js';
import { describeAsRoot } from '../support/require-root.js';
import { DamagedWorld } from './recover-classes-world.js';

describeAsRoot('files that were deleted', () => {
  const scratch = useFilesystem();
  let hsm: Hsm;
  let world: DamagedWorld;
  beforeAll(async () => {
    hsm = await Hsm.create(scratch());
    world = new DamagedWorld(hsm);
  });

  const rowsOf = (...inos: readonly bigint[]): FileRow[] =>
    hsm.withCatalog(({ files, filesystems }) => {
      const [filesystem] = filesystems.list();
      return filesystem === undefined ? [] : inos.flatMap((ino) => files.findByIno(filesystem.fs, toIno(ino)));
    });

  test('a row whose copy a living file is bound to: the row goes, the copy stays', async () => {
    const [file, gone] = [await world.managed('offline'), await world.managed('offline')];
    const ino = world.inoOf(gone.name);
    world.sql('UPDATE file SET object_id = ? WHERE ino = ?', gone.name, world.objectIdOf(file.name));
    fs.rmSync(hsm.at(gone.name));
    // Its own copy, which nothing names any more, goes as well.
    expect(await world.recover()).toEqual([
      'archive-orphan forget - done',
      'duplicate-binding none - left',
      'duplicate-binding none - left',
      'row-without-inode forget - done',
    ]);
    expect(rowsOf(ino)).toEqual([]);
    expect(fs.existsSync(file.object)).toBe(true);
    await world.expectClean();
    await world.expectContent(file.name, file.content);
  });

  test('two rows for one copy, both of deleted files: rows and copy go together', async () => {
    const [one, two] = [await world.managed('dual'), await world.managed('dual')];
    const inos = [world.inoOf(one.name), world.inoOf(two.name)];
    world.sql('UPDATE file SET object_id = ? WHERE ino = ?', two.name, world.objectIdOf(one.name));
    for (const { name } of [one, two]) fs.rmSync(hsm.at(name));
    await hsm.recover();
    expect(rowsOf(...inos)).toEqual([]);
    for (const { object } of [one, two]) expect(fs.existsSync(object)).toBe(false);
    await world.expectClean();
  });

  /** A new file of the inode number; the kernel frees inodes in the background. */
  async function makeWithNumber(name: string, ino: bigint): Promise<void> {
    for (let index = 0; world.inoOf(name) !== ino; index++) {
      if (index === 500) throw new Error(`inode ${ino} is not used again`);
      fs.renameSync(hsm.at(name), hsm.at(`${name}-${index}`));
      await setTimeout(10);
      fs.writeFileSync(hsm.at(name), 'the next file');
    }
  }

  // The second of the two findings was dropped, as one about the same file, and left to a second recovery.
  test('an operation was under way on a file that is gone, and on the one that has its inode number now: both are settled', async () => {
    const { name } = await world.managed('dual');
    const ino = world.inoOf(name);
    expect((await hsm.child(['release', hsm.at(name).toString()], 'release:after-mark=kill')).shellStatus).toBe(137);
    fs.rmSync(hsm.at(name));
    fs.writeFileSync(hsm.at(name), 'the next file');
    await makeWithNumber(name, ino);
    expect((await hsm.child(['archive', hsm.at(name).toString()], 'archive:before-catalog=kill')).shellStatus).toBe(
      137,
    );
    expect(hsm.intents().map((intent) => intent.ino)).toEqual([ino, ino]);
    await hsm.recover();
    expect(hsm.intents()).toEqual([]);
    const again = await hsm.recover();
    expect(again.actions.filter(({ result }) => result === 'done')).toEqual([]);
    await world.expectClean();
  });

  // What the copy has behind the end of its file counted as missing from it, so such a copy was kept for ever.
  test('a copy that nothing names, longer than the file that it was made of: it goes; where the file has holes it stays', async () => {
    const [cut, hollow, written] = [
      await world.managed('dual'),
      await world.managed('offline'),
      await world.managed('offline'),
    ];
    for (const { name } of [cut, hollow, written]) {
      world.sql('DELETE FROM file WHERE ino = ?', name);
      world.dropAttribute(name);
    }
    for (const { name } of [cut, hollow]) fs.truncateSync(hsm.at(name), 10_000);
    // A stub that somebody goes on writing to: what lies before that is in the copy alone.
    fs.appendFileSync(hsm.at(written.name), 'appended');
    const left = (await hsm.recover('auto', { acceptDeleted: true })).actions.map(({ result }) => result);
    expect(left.sort()).toEqual(['done', 'left', 'left']);
    expect(fs.existsSync(cut.object)).toBe(false);
    for (const { object } of [hollow, written]) expect(fs.existsSync(object)).toBe(true);
    expect(hsm.objects('trash').some((copy) => fs.readFileSync(copy).equals(cut.content))).toBe(true);
    for (const { name } of [hollow, written]) fs.rmSync(hsm.at(name));
    await hsm.recover();
    await world.expectClean();
  });

  test('more at once than deleting explains: left, until somebody says that they were deleted', async () => {
    const COUNT = 1001;
    const file = await world.managed('dual');
    const [row] = rowsOf(world.inoOf(file.name));
    if (row === undefined) throw new Error(`${file.name} has no row`);
    const all = (): number => hsm.withCatalog(({ files }) => files.countByState(row.fs).dual);
    const before = all();
    hsm.withCatalog((catalog) => {
      const object = catalog.objects.find(row.objectId);
      if (object === undefined) throw new Error(`${file.name} has no copy`);
      catalog.transaction(() => {
        for (let index = 0; index < COUNT; index++) {
          const inode = { ino: toIno(row.ino + 1_000_000n + BigInt(index)), objectId: newObjectId() };
          catalog.objects.put({ ...object, ...inode });
          catalog.files.put({ ...row, ...inode });
        }
      });
    });
    const recover = (...options: readonly string[]) =>
      hsm.child(['recover', '--apply', ...options, scratch().mountPoint]);
    // A dry run says what the other one does: it would count them as repaired otherwise.
    const looks = [await hsm.child(['recover', scratch().mountPoint]), await recover()];
    for (const cautious of looks) {
      expect(cautious.status).toBe(4);
      expect(cautious.records().at(-1)).toMatchObject({ repaired: 0, planned: 0, uncorrected: COUNT });
      const actions = cautious.records().filter(({ type }) => type === 'action');
      expect(actions).toHaveLength(COUNT);
      for (const { result, why } of actions) {
        expect(result).toBe('left');
        expect(why).toMatch(/more files are gone at once.*--accept-deleted/);
      }
    }
    expect(all()).toBe(before + COUNT);
    const willing = await hsm.child(['recover', '--accept-deleted', scratch().mountPoint]);
    expect(willing.records().at(-1)).toMatchObject({ planned: COUNT, uncorrected: 0 });
    const accepted = await recover('--accept-deleted');
    expect({ status: accepted.status, summary: accepted.records().at(-1) }).toMatchObject({
      status: 1,
      summary: { corrected: COUNT, uncorrected: 0 },
    });
    expect(all()).toBe(before);
    await world.expectClean();
    await world.expectContent(file.name, file.content);
  });
});
