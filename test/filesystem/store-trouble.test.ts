/**
 * An archive that gives errors, or other bytes than it should. None of that proves a copy to be of no use: what is unknown is
 * left alone, and what lies in a wrong place may be the only copy of another file.
 */
import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { NativeError } from '../../src/native/native-error.js';
import { encodeNonzeroMap } from '../../src/archive/nonzero-map-codec.js';
import type { ArchiveStore } from '../../src/archive/archive-store.js';
import { lookAtCopy } from '../../src/recover/copy-facts.js';
import { useFilesystem, withFilesystem } from '../support/filesystem.js';
import { Hsm } from '../support/hsm.js';
import { describeAsRoot } from '../support/require-root.js';
import { breakInode, spoilOnDisk } from '../support/spoil-on-disk.js';
import { stoppedChild } from '../support/stopped-child.js';
import { newCatalog, objectRow } from '../unit/catalog/sample-catalog.js';
import { DamagedWorld } from './recover-classes-world.js';

const FILES = 150;

test.each([
  ['EIO', 'unreachable'],
  ['EUCLEAN', 'unreachable'],
  ['EBADMSG', 'unreachable'],
] as const)('a copy that the medium does not give (%s) is not known to be bad', async (code, fact) => {
  const catalog = newCatalog();
  const nonzeroMap = encodeNonzeroMap({ grainBytes: 4096, ranges: [], nonzeroBytes: 0, coarse: false });
  const row = objectRow({ status: 'verified', sha256: Buffer.alloc(32), nonzeroMap });
  catalog.objects.put(row);
  const verify = (): Promise<never> => Promise.reject(new NativeError(code, 'read', 'a copy'));
  const store = { verify } as Partial<ArchiveStore> as ArchiveStore;
  expect(await lookAtCopy(catalog, store, row.objectId, row)).toMatchObject({ fact });
  // But nothing relies on it before it was read again.
  expect(catalog.objects.find(row.objectId)?.status).toBe('complete');
});

describeAsRoot('the filesystem of the archive', () => {
  test('shuts down while recovery is at work: no copy is given up, nothing is lost', async () => {
    await withFilesystem({}, async (medium) => {
      await withFilesystem({}, async (own) => {
        const hsm = await Hsm.create(own, { archive: path.join(medium.mountPoint, 'archive') });
        const names = Array.from({ length: FILES }, (_, index) => `file ${index}`);
        const contents = names.map(() => randomBytes(5000));
        for (const [index, name] of names.entries()) fs.writeFileSync(hsm.at(name), contents[index] ?? '');
        await hsm.run('archive', names);
        await hsm.run('release', names.slice(0, 20));
        // So that recovery has to look at each copy.
        for (const name of names) fs.chmodSync(hsm.at(name), 0o640);
        const running = hsm.child(['recover', '--apply', own.mountPoint], 'recover:after-catalog=pause');
        const pid = await stoppedChild(hsm.catalogPath);
        execFileSync('xfs_io', ['-x', '-c', 'shutdown -f', medium.mountPoint]);
        process.kill(pid, 'SIGCONT');
        const cut = await running;
        const told = cut.records().filter(({ type }) => type === 'action');
        expect(told.filter(({ action }) => action === 'make-resident')).toEqual([]);
        expect(told.filter((record) => record['class'] === 'data-lost')).toEqual([]);
        medium.unmount();
        medium.mount();
        await hsm.recover();
        expect((await hsm.child(['audit', '--deep', own.mountPoint])).status).toBe(0);
        expect(hsm.objects('trash')).toEqual([]);
        await hsm.run('recall', names);
        for (const [index, name] of names.entries())
          expect(fs.readFileSync(hsm.at(name)).equals(contents[index] ?? Buffer.alloc(0)), name).toBe(true);
      });
    });
  });
});

describeAsRoot('an inode of the archive', () => {
  // Audit, recover and purge of all other copies ended there.
  test.each(['', '.json'])('that the medium does not give (%j): the others are looked at all the same', async (end) => {
    await withFilesystem({}, async (medium) => {
      await withFilesystem({}, async (own) => {
        const hsm = await Hsm.create(own, { archive: path.join(medium.mountPoint, 'archive') });
        const world = new DamagedWorld(hsm);
        const [broken, other, dual] = [
          await world.managed('offline'),
          await world.managed('offline'),
          await world.managed('dual'),
        ];
        const { ino } = fs.lstatSync(`${broken.object}${end}`, { bigint: true });
        breakInode(medium, ino);
        const rotten = fs.readFileSync(other.object);
        fs.writeFileSync(other.object, Buffer.from(rotten).fill(1, 0, 50));
        for (const more of [[], ['--deep']]) {
          const audit = await hsm.child(['audit', ...more, own.mountPoint]);
          // A bad sidecar shows to who reads all copies alone.
          const isSeen = end === '' || more.length > 0;
          expect(audit.status, audit.stderr).toBe(isSeen ? 4 : 0);
          const told = audit.records().flatMap((record) => (record['type'] === 'finding' ? [record['ino']] : []));
          expect(told).toEqual(expect.arrayContaining(more.length > 0 ? [String(world.inoOf(other.name))] : []));
          expect(told.length > 0).toBe(isSeen);
        }
        fs.writeFileSync(other.object, rotten);
        fs.chmodSync(hsm.at(dual.name), 0o600);
        const { actions } = await hsm.recover();
        expect(actions.map(({ class: found, result }) => `${found} ${result}`)).toContain('metadata-changed done');
        expect(actions.map(({ class: found }) => found)).not.toContain('data-lost');
        await world.expectContent(other.name, other.content);
        fs.renameSync(hsm.catalogPath, `${hsm.catalogPath}.lost`);
        const rebuilt = await hsm.child(['rebuild', '--dry-run', '--archive', hsm.archiveDir, own.mountPoint]);
        expect(rebuilt.stderr).not.toContain('EUCLEAN');
        expect((rebuilt.status ?? 8) & 8).toBe(0);
      });
    });
  });
});

describeAsRoot('a copy of other bytes', () => {
  const scratch = useFilesystem();
  let hsm: Hsm;
  let world: DamagedWorld;
  beforeAll(async () => {
    hsm = await Hsm.create(scratch());
    world = new DamagedWorld(hsm);
  });

  const swap = (one: string, other: string): void => {
    fs.renameSync(one, `${one}.moved`);
    fs.renameSync(other, one);
    fs.renameSync(`${one}.moved`, other);
  };
  const audit = async (): Promise<number | null> => (await hsm.child(['audit', '--deep', scratch().mountPoint])).status;
  const purge = async (...more: readonly string[]): Promise<unknown> =>
    (await hsm.child(['purge', '--older-than', '0s', ...more])).records().at(-1);

  // A restore into wrong names: the copy of the file that is whole is the only one of the file that is away.
  test('with the sidecar of another file is in a wrong place: both files are left until it is put right', async () => {
    const [whole, away] = [await world.managed('dual'), await world.managed('offline')];
    for (const end of ['', '.json']) swap(`${whole.object}${end}`, `${away.object}${end}`);
    expect(await audit()).toBe(4);
    expect(await world.recover()).toEqual([
      'archive-digest-mismatch none - left',
      'archive-digest-mismatch none - left',
    ]);
    expect(hsm.objects('trash')).toEqual([]);
    for (const end of ['', '.json']) swap(`${whole.object}${end}`, `${away.object}${end}`);
    await world.recover();
    expect(await audit()).toBe(0);
    await world.expectContent(away.name, away.content);
    await world.expectContent(whole.name, whole.content);
  });

  test('under its own sidecar goes to the trash, but is not deleted unasked', async () => {
    const [whole, away] = [await world.managed('dual'), await world.managed('offline')];
    swap(whole.object, away.object);
    expect(await audit()).toBe(4);
    expect(await world.recover()).toEqual([
      'archive-digest-mismatch make-resident resident done',
      'data-lost none - left',
    ]);
    expect(await purge()).toMatchObject({ purged: 0, kept: 1 });
    const [kept = ''] = hsm.objects('trash');
    expect(fs.readFileSync(kept).equals(away.content)).toBe(true);
    fs.copyFileSync(kept, away.object);
    expect(await purge('--damaged')).toMatchObject({ purged: 1, kept: 0 });
    await world.recover();
    expect(await audit()).toBe(0);
    await world.expectContent(away.name, away.content);
    await world.expectContent(whole.name, whole.content);
  });

  test('lets no file be called whole that only the page cache shows so', async () => {
    const file = await world.managed('dual');
    execFileSync('sync', ['-f', scratch().mountPoint]);
    expect(fs.readFileSync(hsm.at(file.name)).equals(file.content)).toBe(true);
    const sound = fs.readFileSync(file.object);
    fs.writeFileSync(file.object, Buffer.from(sound).fill(1, 0, 50));
    expect(await audit()).toBe(4);
    spoilOnDisk(scratch(), world.path(file.name), file.content);
    expect(fs.readFileSync(hsm.at(file.name)).equals(file.content)).toBe(true);
    expect(await world.recover()).not.toContainEqual(expect.stringContaining('make-resident'));
    expect(fs.existsSync(file.object)).toBe(true);
    // The copy comes back from a backup.
    fs.writeFileSync(file.object, sound);
    fs.rmSync(hsm.at(file.name));
    await world.recover();
    expect(await audit()).toBe(0);
  });

  test('that an audit finds while a release is on its way keeps the file', async () => {
    const file = await world.managed('dual');
    const sound = fs.readFileSync(file.object);
    const running = hsm.child(['release', world.path(file.name)], 'release:before-punch=pause');
    const pid = await stoppedChild(hsm.catalogPath);
    fs.writeFileSync(file.object, Buffer.from(sound).fill(1, 0, 50));
    expect((await audit()) ?? 0).toBeGreaterThan(3);
    process.kill(pid, 'SIGCONT');
    const released = await running;
    expect(released.records().find(({ type }) => type === 'file')).not.toMatchObject({ result: 'released' });
    expect(fs.readFileSync(hsm.at(file.name)).equals(file.content)).toBe(true);
    fs.writeFileSync(file.object, sound);
    await world.recover();
    expect(await audit()).toBe(0);
  });
});

describeAsRoot('a catalog that is wrong about a copy', () => {
  const scratch = useFilesystem();
  let hsm: Hsm;
  let world: DamagedWorld;
  beforeAll(async () => {
    hsm = await Hsm.create(scratch());
    world = new DamagedWorld(hsm);
  });

  const OF = 'WHERE object_id = (SELECT object_id FROM file WHERE ino = ?)';
  const audit = async (): Promise<number | null> => (await hsm.child(['audit', '--deep', scratch().mountPoint])).status;

  // The mark took the size over, and the attribute had one that the file never had.
  test('in its size: recall leaves the records that are right', async () => {
    const file = await world.managed('offline');
    world.sql(`UPDATE object SET size = size + 4096 ${OF}`, file.name);
    const before = world.attributeOf(file.name);
    expect(await hsm.outcomes('recall', [file.name])).toEqual(['conflict']);
    expect(world.attributeOf(file.name)).toEqual(before);
    await world.recover();
    expect(await audit()).toBe(0);
    await world.expectContent(file.name, file.content);
  });

  describe.each(['dual', 'offline'] as const)('in its map, of a file that is %s', (state) => {
    const garble = `UPDATE object SET nonzero_map = zeroblob(length(nonzero_map)) ${OF}`;

    test('is found by who reads all copies, and put right', async () => {
      const file = await world.managed(state);
      world.sql(garble, file.name);
      expect(await audit()).toBe(4);
      expect(await world.recover()).toHaveLength(1);
      expect(await audit()).toBe(0);
      await world.expectContent(file.name, file.content);
    });

    test('does not stop an operation that died from being settled, nor that of other files', async () => {
      const [file, other] = [await world.managed(state), await world.managed(state)];
      const operation = state === 'dual' ? 'release' : 'recall';
      const step = state === 'dual' ? 'punch' : 'fill';
      const paths = [world.path(file.name), world.path(other.name)];
      expect((await hsm.child([operation, ...paths], `${operation}:after-${step}=kill`)).shellStatus).toBe(137);
      world.sql(garble, file.name);
      await world.recover();
      expect(hsm.intents()).toEqual([]);
      expect(await audit()).toBe(0);
      await world.expectContent(file.name, file.content);
      await world.expectContent(other.name, other.content);
    });
  });

  // The whole audit, and every recovery, ended with an error.
  test('in its map, of a released file that somebody wrote to: others are looked at all the same', async () => {
    const [file, other] = [await world.managed('offline'), await world.managed('dual')];
    world.sql(garbled(), file.name);
    fs.writeFileSync(hsm.at(file.name), randomBytes(10), { flag: 'r+' });
    fs.chmodSync(hsm.at(other.name), 0o600);
    const { actions } = await hsm.recover();
    expect(actions.map((action) => `${action.class} ${action.result}`)).toContain('metadata-changed done');
    expect(fs.existsSync(file.object)).toBe(true);
  });

  const garbled = (): string => `UPDATE object SET nonzero_map = zeroblob(length(nonzero_map)) ${OF}`;
});
