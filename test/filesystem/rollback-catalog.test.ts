/**
 * An older catalog over a newer filesystem. The filesystem is right; what the catalog does not know is not lost for that,
 * and what it still believes is no reason to take anything away.
 */
import fs from 'node:fs';
import { beforeAll, expect, test } from 'vitest';
import { useFilesystem } from '../support/filesystem.js';
import { Hsm } from '../support/hsm.js';
import { describeAsRoot } from '../support/require-root.js';
import { allObjects, copyCatalog, done, read, rowsOf, stateOf, write, wrongAfterRecall } from './rollback-world.js';

describeAsRoot('an older catalog over a newer filesystem', () => {
  const scratch = useFilesystem();
  let hsm: Hsm;
  let newest: () => void;
  const right: Record<string, Buffer> = {};
  let objectsBefore: string[] = [];

  async function liveOn(): Promise<void> {
    const before = ['kept', 'released', 'recalled', 'changed', 'changed-released', 'removed', 'deleted'];
    for (const name of before) right[name] = write(hsm, name);
    await hsm.run('archive');
    await hsm.run('release', ['recalled']);
    const older = copyCatalog(hsm);
    for (const name of ['changed', 'changed-released', 'new', 'new-released']) right[name] = write(hsm, name);
    await hsm.run('archive');
    await hsm.run('release', ['released', 'changed-released', 'new-released']);
    await hsm.run('recall', ['recalled']);
    await hsm.run('remove', ['removed']);
    fs.rmSync(hsm.at('deleted'));
    delete right.deleted;
    newest = copyCatalog(hsm);
    older();
  }

  beforeAll(async () => {
    hsm = await Hsm.create(scratch());
    await liveOn();
    objectsBefore = allObjects(hsm);
  }, 120_000);

  test('operations are refused, and told the way on', async () => {
    for (const operation of ['archive', 'release', 'recall', 'remove'] as const) {
      const refused = hsm.run(operation);
      await expect(refused).rejects.toMatchObject({
        code: 'EROLLBACK',
        message: expect.stringContaining('--accept-epoch'),
      });
    }
  });

  test('a dry run says what it would adopt and what waits, and writes nothing', async () => {
    const [files, catalog] = [stateOf(hsm), fs.readFileSync(hsm.catalogPath)];
    const child = await hsm.child(['recover', hsm.mountPath.toString()]);
    expect(child.status).toBe(4);
    const actions = child.records().filter(({ type }) => type === 'action');
    expect(actions[0]).toMatchObject({ class: 'catalog-behind', result: 'left', code: 'EROLLBACK' });
    expect(
      actions
        .filter(({ result }) => result === 'planned')
        .map(({ action }) => action)
        .sort(),
    ).toEqual(['mark-offline', 'mark-offline', 'restore-dual', 'restore-dual']);
    expect(stateOf(hsm)).toBe(files);
    expect(fs.readFileSync(hsm.catalogPath).equals(catalog)).toBe(true);
  });

  test('adopt mode binds what proves itself, and takes nothing away', async () => {
    const files = stateOf(hsm);
    const rows = rowsOf(hsm);
    const child = await hsm.child(['recover', hsm.mountPath.toString(), '--apply']);
    expect(child.status).toBe(5);
    const bound = rowsOf(hsm);
    const kept = rows.filter((row) => !bound.some(({ ino, gen }) => ino === row.ino && gen === row.gen));
    expect(kept).toEqual([]);
    expect(bound.length).toBe(rows.length + 2);
    expect(allObjects(hsm)).toEqual(objectsBefore);
    expect(stateOf(hsm)).toBe(files);
    await expect(hsm.run('archive')).rejects.toMatchObject({ code: 'EROLLBACK' });
  });

  test('a dry run of accepting says what would be done then, and writes nothing', async () => {
    const [files, catalog] = [stateOf(hsm), fs.readFileSync(hsm.catalogPath)];
    const child = await hsm.child(['recover', hsm.mountPath.toString(), '--accept-epoch']);
    const planned = child.records().filter(({ result }) => result === 'planned');
    expect(planned[0]).toMatchObject({ action: 'accept-epoch' });
    expect(
      planned
        .slice(1)
        .map(({ action }) => action)
        .sort(),
    ).toEqual(['make-resident', 'mark-offline', 'restore-dual']);
    expect(stateOf(hsm)).toBe(files);
    expect(fs.readFileSync(hsm.catalogPath).equals(catalog)).toBe(true);
  });

  test('a plan of it can be carried out', async () => {
    const plan = `${hsm.catalogPath}.plan`;
    await hsm.child(['recover', hsm.mountPath.toString(), '--accept-epoch', '--plan', plan]);
    const without = await hsm.child(['recover', hsm.mountPath.toString(), '--apply', '--plan', plan]);
    expect(without.status).toBe(16);
    const child = await hsm.child(['recover', hsm.mountPath.toString(), '--apply', '--accept-epoch', '--plan', plan]);
    expect(child.records().at(-1)).toMatchObject({ type: 'summary', corrected: 4, uncorrected: 0, exit_code: 1 });
    expect(allObjects(hsm)).toEqual(objectsBefore);
  });

  test('then every file has its newest content', async () => {
    expect(await hsm.drift()).toEqual(['row-without-inode']);
    expect(await wrongAfterRecall(hsm, right)).toEqual([]);
  });

  test('what the deleted file left is kept until that is accepted too', async () => {
    const { actions } = await hsm.recover('auto', { acceptEpoch: true });
    expect(done(actions)).toEqual([]);
    expect(actions.map(({ why }) => why)).toEqual([expect.stringContaining('--accept-deleted')]);
    expect(allObjects(hsm)).toEqual(objectsBefore);
    expect(done((await hsm.recover('auto', { acceptDeleted: true })).actions)).toEqual(['forget']);
    expect(await hsm.drift()).toEqual([]);
    expect(done((await hsm.recover()).actions)).toEqual([]);
  });

  test('files that are deleted from then on are forgotten unasked', async () => {
    fs.rmSync(hsm.at('kept'));
    expect(done((await hsm.recover()).actions)).toEqual(['forget']);
  });

  test('the catalog that was thought lost is refused when it comes back', async () => {
    const accepted = copyCatalog(hsm);
    newest();
    await expect(hsm.run('archive')).rejects.toMatchObject({ code: 'EROLLBACK' });
    accepted();
    expect(await hsm.outcomes('archive', ['new'])).toEqual(['already']);
    expect(read(hsm, 'new').equals(right.new ?? Buffer.alloc(0))).toBe(true);
  });
});
