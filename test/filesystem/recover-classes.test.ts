/** Attributes that are another file's, records that disagree, and copies that went bad: what recovery makes of each. */
import fs from 'node:fs';
import { beforeAll, expect, test } from 'vitest';
import { attributeCrcAt } from '../../src/dm/attribute-crc.js';
import { OFFSET } from '../../src/dm/attribute-layout.js';
import { useFilesystem } from '../support/filesystem.js';
import { Hsm } from '../support/hsm.js';
import { describeAsRoot } from '../support/require-root.js';
import { BYTES, DamagedWorld } from './recover-classes-world.js';

describeAsRoot('recovery of', () => {
  const scratch = useFilesystem();
  let hsm: Hsm;
  let world: DamagedWorld;
  beforeAll(async () => {
    hsm = await Hsm.create(scratch());
    world = new DamagedWorld(hsm);
  });

  const copyOf = (name: string, ...options: readonly string[]): string => {
    const copy = `${name}-copy`;
    world.run('cp', '-a', ...options, world.path(name), world.path(copy));
    expect(world.attributeOf(copy)).toHaveLength(64);
    return copy;
  };

  test.each([[], ['--reflink=always'], ['--reflink=never']])('a copy of a dual file, cp %s', async (...options) => {
    const file = await world.managed('dual');
    const copy = copyOf(file.name, ...options);
    expect(await world.recover()).toEqual(['attribute-copied strip resident done']);
    expect(world.attributeOf(copy)).toBeUndefined();
    await world.expectContent(copy, file.content);
    expect(world.attributeOf(file.name)).toHaveLength(64);
    await world.expectClean();
  });

  test.each([[], ['--sparse=never']])('a copy of an offline file, cp %s', async (...options) => {
    const file = await world.managed('offline');
    const copy = copyOf(file.name, ...options);
    expect(await world.recover()).toEqual(['attribute-copied fill-and-strip resident done']);
    expect(world.attributeOf(copy)).toBeUndefined();
    expect(fs.readFileSync(hsm.at(copy)).equals(file.content)).toBe(true);
    await world.expectClean();
    await world.expectContent(file.name, file.content);
  });

  /** As a restore does it: the name is the same, the inode another. */
  function restoreByTar(name: string): void {
    const archive = `${scratch().folder}/restore.tar`;
    const shared = ['--xattrs', '--xattrs-include=*', '-C', scratch().mountPoint];
    world.run('tar', ...shared, '-cf', archive, name);
    fs.rmSync(hsm.at(name));
    world.run('tar', ...shared, '-xpf', archive);
  }

  test('an offline file that was deleted and restored: it takes the place of the original', async () => {
    const file = await world.managed('offline');
    restoreByTar(file.name);
    const done = await world.recover();
    expect(done).toContain('attribute-copied rebind offline done');
    await world.expectClean();
    expect(await hsm.outcomes('recall', [file.name])).toEqual(['recalled']);
    await world.expectContent(file.name, file.content);
    expect(fs.existsSync(file.object)).toBe(true);
    await world.expectClean();
  });

  test('a dual file that was deleted and restored: it is resident, and can be archived', async () => {
    const file = await world.managed('dual');
    restoreByTar(file.name);
    expect(await world.recover()).toContain('attribute-copied strip resident done');
    await hsm.recover();
    await world.expectClean();
    await world.expectContent(file.name, file.content);
    expect(await hsm.outcomes('archive', [file.name])).toEqual(['archived']);
    await world.expectClean();
  });

  test.each(['recover:before-fill', 'recover:before-attribute', 'recover:after-attribute', 'recover:after-catalog'])(
    'a copy of an offline file, killed at %s',
    async (step) => {
      const file = await world.managed('offline');
      const copy = copyOf(file.name);
      const died = await hsm.child(['recover', '--apply', scratch().mountPoint], `${step}=kill`);
      expect(died.shellStatus).toBe(137);
      await hsm.recover();
      await world.expectClean();
      for (const name of [copy, file.name]) await world.expectContent(name, file.content);
      expect(world.attributeOf(copy)).toBeUndefined();
    },
  );

  test.each(['recover:before-punch', 'recover:after-punch', 'recover:after-attribute', 'recover:before-catalog'])(
    'a restored offline file, killed at %s',
    async (step) => {
      const file = await world.managed('offline');
      restoreByTar(file.name);
      const died = await hsm.child(['recover', '--apply', scratch().mountPoint], `${step}=kill`);
      expect(died.shellStatus).toBe(137);
      await hsm.recover();
      await world.expectClean();
      await world.expectContent(file.name, file.content);
    },
  );

  test('a copied attribute on data of its own: for a person', async () => {
    const file = await world.managed('dual');
    const other = `${file.name}-other`;
    fs.writeFileSync(hsm.at(other), Buffer.alloc(BYTES, 'other'));
    world.setAttributeOf(other, world.attributeOf(file.name));
    expect(await world.recover()).toEqual(['conflict none - left']);
    await world.expectContent(other, Buffer.alloc(BYTES, 'other'));
    fs.rmSync(hsm.at(other));
    await world.expectClean();
  });

  test.each([
    ['dual', 'restore-dual'],
    ['offline', 'mark-offline'],
  ] as const)('a %s file with the attribute of another: its row decides', async (state, action) => {
    const file = await world.managed(state);
    const other = await world.managed(state);
    const before = world.attributeOf(file.name);
    world.setAttributeOf(file.name, world.attributeOf(other.name));
    expect(await world.recover()).toEqual([`attribute-copied ${action} ${state} done`]);
    expect(world.attributeOf(file.name)).toEqual(before);
    await world.expectClean();
    for (const { name, content } of [file, other]) await world.expectContent(name, content);
  });

  test.each([
    ['dual', 'strip'],
    ['offline', 'fill-and-strip'],
  ] as const)('a %s file whose attribute is of another filesystem, and without a row', async (state, action) => {
    const file = await world.managed(state);
    const bytes = world.attributeOf(file.name) ?? Buffer.alloc(64);
    bytes.writeUInt32LE(12345, OFFSET.fsId);
    bytes.writeUInt32LE(attributeCrcAt(bytes, 0), OFFSET.crc);
    world.setAttributeOf(file.name, bytes);
    world.sql('DELETE FROM file WHERE ino = ?', file.name);
    expect(await world.recover()).toContain(`attribute-foreign ${action} resident done`);
    await hsm.recover();
    await world.expectClean();
    await world.expectContent(file.name, file.content);
  });

  test.each([
    ['dual', 'state-mismatch', 'restore-dual'],
    ['offline', 'resident-with-hole', 'mark-offline'],
  ] as const)('a %s file whose attribute somebody took', async (state, found, action) => {
    const file = await world.managed(state);
    world.dropAttribute(file.name);
    expect(await world.recover()).toEqual([`${found} ${action} ${state} done`]);
    await world.expectClean();
    await world.expectContent(file.name, file.content);
  });

  test.each([
    ['dual', 'restore-dual'],
    ['offline', 'mark-offline'],
  ] as const)('a %s file whose row is gone', async (state, action) => {
    const file = await world.managed(state);
    world.sql('DELETE FROM file WHERE ino = ?', file.name);
    expect(await world.recover()).toContain(`attribute-without-row ${action} ${state} done`);
    expect(fs.existsSync(file.object)).toBe(true);
    await world.expectClean();
    await world.expectContent(file.name, file.content);
  });

  test('a file whose row is gone, and that was changed since: bound again, and to be archived anew', async () => {
    const file = await world.managed('dual');
    const changed = Buffer.concat([file.content, Buffer.from('more')]);
    fs.writeFileSync(hsm.at(file.name), changed);
    world.sql('DELETE FROM file WHERE ino = ?', file.name);
    expect(await world.recover()).toContain('attribute-without-row bind-stale dual done');
    expect(await hsm.drift()).toEqual(['stale-copy']);
    expect(await hsm.outcomes('archive', [file.name])).toEqual(['archived']);
    await world.expectClean();
    await world.expectContent(file.name, changed);
  });

  test.each([
    ['dual', 'offline', 'restore-dual'],
    ['offline', 'dual', 'mark-offline'],
  ] as const)('a %s file whose row says %s', async (state, said, action) => {
    const file = await world.managed(state);
    world.sql(`UPDATE file SET state = '${said}' WHERE ino = ?`, file.name);
    expect(await world.recover()).toEqual([`state-mismatch ${action} ${state} done`]);
    await world.expectClean();
    await world.expectContent(file.name, file.content);
  });

  test.each([
    ['dual', 'restore-dual'],
    ['offline', 'mark-offline'],
  ] as const)('a %s file whose row has another number', async (state, action) => {
    const file = await world.managed(state);
    world.sql('UPDATE file SET op = op - 1 WHERE ino = ?', file.name);
    expect(await world.recover()).toEqual([`state-mismatch ${action} ${state} done`]);
    await world.expectClean();
    await world.expectContent(file.name, file.content);
  });

  test('a dual file whose row names another file’s copy: the bytes prove which is right', async () => {
    const [file, other] = [await world.managed('dual'), await world.managed('dual')];
    world.sql('UPDATE file SET object_id = ? WHERE ino = ?', file.name, world.objectIdOf(other.name));
    expect(await world.recover()).toContain('state-mismatch restore-dual dual done');
    expect(fs.existsSync(file.object)).toBe(true);
    await world.expectClean();
    for (const { name, content } of [file, other]) await world.expectContent(name, content);
  });

  test('an offline file whose row names another file’s copy: for a person, and both copies stay', async () => {
    const [file, other] = [await world.managed('offline'), await world.managed('offline')];
    const own = world.objectIdOf(file.name);
    world.sql('UPDATE file SET object_id = ? WHERE ino = ?', file.name, world.objectIdOf(other.name));
    const done = await world.recover();
    expect(done.filter((one) => one.endsWith(' done'))).toEqual([]);
    for (const { object } of [file, other]) expect(fs.existsSync(object)).toBe(true);
    world.sql('UPDATE file SET object_id = ? WHERE ino = ?', file.name, own);
    await world.expectClean();
    for (const { name, content } of [file, other]) await world.expectContent(name, content);
  });

  test.each([
    ['dual', 'state-mismatch strip resident done'],
    ['offline', 'resident-with-hole fill-and-strip resident done'],
  ] as const)('two rows for one copy: the %s file without an attribute gives way', async (state, expected) => {
    const file = await world.managed('dual');
    const other = await world.managed(state, Buffer.from(file.content));
    world.dropAttribute(other.name);
    world.run('touch', '--no-create', '--reference', world.path(file.name), world.path(other.name));
    const { mtimeNs } = fs.lstatSync(hsm.at(file.name), { bigint: true });
    const statement = 'UPDATE file SET object_id = ?, mtime_ns = ? WHERE ino = ?';
    world.sql(statement, other.name, world.objectIdOf(file.name), mtimeNs);
    expect(await world.recover()).toContain(expected);
    await hsm.recover();
    await world.expectClean();
    expect(world.attributeOf(other.name)).toBeUndefined();
    for (const { name } of [file, other]) await world.expectContent(name, file.content);
  });

  test('an offline file whose copy lies in the trash gets it back', async () => {
    const file = await world.managed('offline');
    const trashed = file.object.replace('/objects/', '/trash/');
    fs.mkdirSync(trashed.replace(/\/[^/]*$/, ''), { recursive: true });
    for (const end of ['', '.json']) fs.renameSync(file.object + end, trashed + end);
    expect(await world.settleOne('archive-missing', file.name)).toEqual(['archive-missing rebaseline offline done']);
    expect([trashed, file.object].map((place) => fs.existsSync(place))).toEqual([false, true]);
    await world.expectContent(file.name, file.content);
    await world.expectClean();
  });

  test('an offline file that got all of its bytes back is dual', async () => {
    const file = await world.managed('offline');
    const { mtimeNs } = fs.lstatSync(hsm.at(file.name), { bigint: true });
    fs.writeFileSync(hsm.at(file.name), file.content, { flag: 'r+' });
    const seconds = `${mtimeNs / 1_000_000_000n}.${String(mtimeNs % 1_000_000_000n).padStart(9, '0')}`;
    world.run('touch', '--no-create', '--time=mtime', `--date=@${seconds}`, world.path(file.name));
    expect(await world.recover()).toEqual(['offline-with-data restore-dual dual done']);
    await world.expectClean();
    await world.expectContent(file.name, file.content);
  });
});
