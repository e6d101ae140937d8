/** Rules that only show when something happens at one step of an operation, and nothing else is wrong. */
import { execFileSync, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { NEVER_NS } from '../../src/migrate/settle-records.js';
import { toIno } from '../../src/native/inode-id.js';
import { atStep } from '../support/at-step.js';
import { useFilesystem, withFilesystem } from '../support/filesystem.js';
import { spoilOnDisk } from '../support/spoil-on-disk.js';
import { Hsm } from '../support/hsm.js';
import { programFile } from '../support/run-node.js';
import { describeAsRoot } from '../support/require-root.js';
import { DamagedWorld, inShort } from './recover-classes-world.js';

const DAY_MS = 24 * 60 * 60 * 1000;
/** One more than recovery settles, or forgets, at a time. */
const MORE_THAN_A_BATCH = 65;

describeAsRoot('what happens at one step', () => {
  const scratch = useFilesystem();
  let hsm: Hsm;
  let world: DamagedWorld;
  beforeAll(async () => {
    hsm = await Hsm.create(scratch());
    world = new DamagedWorld(hsm);
  });

  const flip = (object: string): void => {
    const fd = fs.openSync(object, 'r+');
    try {
      const byte = Buffer.alloc(1);
      fs.readSync(fd, byte, 0, 1, 100);
      fs.writeSync(fd, Buffer.from([(byte[0] ?? 0) ^ 1]), 0, 1, 100);
      fs.fsyncSync(fd);
    } finally {
      fs.closeSync(fd);
    }
  };
  const write = (name: string): Buffer => {
    const content = randomBytes(50_000);
    fs.writeFileSync(hsm.at(name), content);
    return content;
  };
  const isWhole = (name: string, content: Buffer): boolean => fs.readFileSync(hsm.at(name)).equals(content);

  test('a copy that rots between its writing and its reading back binds no file', async () => {
    const content = write('rots');
    const before = new Set(hsm.objects());
    const onStep = atStep('archive:after-put', () => {
      for (const object of hsm.objects()) if (!before.has(object)) flip(object);
    });
    const [result] = await hsm.run('archive', ['rots'], { onStep });
    expect(result).toMatchObject({ result: 'failed', why: expect.stringContaining('reads back') });
    expect(world.attributeOf('rots')).toBeUndefined();
    expect(isWhole('rots', content)).toBe(true);
    await world.expectClean();
  });

  test('a copy that the page cache has and the medium has not binds no file', async () => {
    await withFilesystem({}, async (medium) => {
      await withFilesystem({}, async (own) => {
        const other = await Hsm.create(own, { archive: path.join(medium.mountPoint, 'archive') });
        const content = randomBytes(50_000);
        fs.writeFileSync(other.at('file'), content);
        const onStep = atStep('archive:after-put', () => {
          const [object = ''] = other.objects();
          expect(fs.readFileSync(object).equals(content)).toBe(true);
          spoilOnDisk(medium, object, content);
          expect(fs.readFileSync(object).equals(content)).toBe(true);
        });
        const [result] = await other.run('archive', ['file'], { onStep });
        expect(result).toMatchObject({ result: 'failed', why: expect.stringContaining('reads back') });
        expect(fs.readFileSync(other.at('file')).equals(content)).toBe(true);
        expect(await other.drift()).toEqual([]);
      });
    });
  });

  test('a file that is named twice is held once', async () => {
    const { name, content } = await world.managed('dual');
    expect(await hsm.outcomes('release', [name, name])).toEqual(['released']);
    await world.expectContent(name, content);
  });

  // Both hold a read lease: nothing but the records tells the one that the other has been there.
  test('a whole operation of another process between the look and the intent', async () => {
    const content = write('twice');
    const archive = ['--catalog', hsm.catalogPath, 'archive', world.path('twice')];
    const onStep = atStep('archive:before-intent', () => {
      execFileSync(process.execPath, [programFile(), ...archive]);
    });
    expect(await hsm.outcomes('archive', ['twice'], { onStep })).toEqual(['busy']);
    await world.expectClean();
    expect(await hsm.outcomes('release', ['twice'])).toEqual(['released']);
    await world.expectContent('twice', content);
  });

  // Undoing what was begun took the attribute away, whosever it was.
  test('a file that a copying program gives an attribute meanwhile is left alone, and so is that', async () => {
    const content = write('receives');
    const { name } = await world.managed('dual');
    const strange = world.attributeOf(name);
    const onStep = atStep('archive:after-intent', () => world.setAttributeOf('receives', strange));
    expect(await hsm.outcomes('archive', ['receives'], { onStep })).toEqual(['busy']);
    expect(isWhole('receives', content)).toBe(true);
    expect(world.attributeOf('receives')).toEqual(strange);
    expect(hsm.intents()).toEqual([]);
    expect(await hsm.drift()).toEqual(['attribute-copied']);
    world.dropAttribute('receives');
    await world.expectClean();
  });

  test.each([
    ['archive', 'resident', []],
    ['release', 'dual', ['archive']],
    ['recall', 'offline', ['archive', 'release']],
    ['remove', 'dual', ['archive']],
  ] as const)(
    'a %s that was reported as done is done, if the power fails right behind it',
    async (operation, _, before) => {
      const content = write(operation);
      for (const earlier of before) await hsm.run(earlier, [operation]);
      hsm.scratch.remount();
      const [result] = await hsm.run(operation, [operation]);
      expect(result?.result).toMatch(new RegExp(`^${operation}`));
      hsm.powerCut();
      expect(await hsm.findings('interrupted')).toEqual([]);
      expect(await hsm.drift()).toEqual([]);
      await world.expectContent(operation, content);
    },
  );

  test.each([
    ['longer ago than copies keep', -31 * DAY_MS],
    ['in times to come, by a clock that went back', DAY_MS],
  ])('a copy that was read back %s is read again before anything is punched', async (_, ageMs) => {
    const { name, content, object } = await world.managed('dual');
    const statement = 'UPDATE object SET verified_ms = ? WHERE object_id = (SELECT object_id FROM file WHERE ino = ?)';
    world.sql(statement, name, Date.now() + ageMs);
    flip(object);
    const [result] = await hsm.run('release', [name]);
    expect(result).toMatchObject({ result: 'conflict', why: expect.stringContaining('does not read back') });
    expect(isWhole(name, content)).toBe(true);
    flip(object);
    await hsm.recover();
  });

  test('a file that is touched between the comparison and the punch keeps its data', async () => {
    const { name, content } = await world.managed('dual');
    const onStep = atStep('release:before-punch', () => fs.utimesSync(hsm.at(name), 1000, 1000));
    expect(await hsm.outcomes('release', [name], { onStep })).toEqual(['busy']);
    expect(isWhole(name, content)).toBe(true);
    expect(fs.lstatSync(hsm.at(name)).blocks).toBeGreaterThan(0);
    await hsm.run('archive', [name]);
  });

  /** Opens a file in another process, which waits for as long as the operation has its lease. */
  const wait = (name: string, program: 'cat' | 'tee'): void => {
    const child = spawn(program, [...(program === 'tee' ? ['-a'] : []), world.path(name)], { stdio: 'ignore' });
    users.push(new Promise((resolve) => child.on('close', resolve)));
    // Until the kernel has told of the break.
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 300);
  };
  const users: Promise<unknown>[] = [];

  test.each([
    ['archive', 'archive:after-verified', 'tee', 'busy'],
    ['release', 'release:before-punch', 'cat', 'busy'],
    ['recall', 'recall:before-fill', 'cat', 'busy'],
  ] as const)('%s gives way to who waits at %s', async (operation, step, program, outcome) => {
    const { name, content } = await world.managed(operation === 'recall' ? 'offline' : 'dual');
    if (operation === 'archive') fs.utimesSync(hsm.at(name), 1000, 1000);
    expect(await hsm.outcomes(operation, [name], { onStep: atStep(step, () => wait(name, program)) })).toEqual([
      outcome,
    ]);
    await Promise.all(users);
    await world.expectContent(name, content);
    await hsm.run('archive', [name]);
  });

  test('times that somebody may have moved who waited for the file are not taken for its own', async () => {
    const { name, content } = await world.managed('dual');
    const onStep = atStep('release:after-attribute', () => wait(name, 'tee'));
    expect(await hsm.outcomes('release', [name], { onStep })).toEqual(['released']);
    await Promise.all(users);
    const [row] = hsm.withCatalog(({ files, filesystems }) =>
      filesystems.list().flatMap(({ fs: fsId }) => files.findByIno(fsId, toIno(world.inoOf(name)))),
    );
    expect(row?.ctimeNs).toBe(NEVER_NS);
    await hsm.recover();
    await world.expectContent(name, content);
  });

  test('a file that is touched while it is being released is told of', async () => {
    const { name, content } = await world.managed('dual');
    const onStep = atStep('release:after-punch', () => fs.utimesSync(hsm.at(name), 1000, 1000));
    expect(await hsm.outcomes('release', [name], { onStep })).toEqual(['conflict']);
    await hsm.recover();
    expect(await hsm.outcomes('recall', [name])).toEqual(['conflict']);
    expect(await hsm.resolve('archive', [name])).toMatchObject([{ result: 'resolved' }]);
    await world.expectContent(name, content);
  });

  test('a file whose ctime moves while it is being copied is not bound', async () => {
    write('moved');
    const onStep = atStep('archive:after-data', () => fs.chmodSync(hsm.at('moved'), 0o600));
    expect(await hsm.outcomes('archive', ['moved'], { onStep })).toEqual(['busy']);
    expect(world.attributeOf('moved')).toBeUndefined();
    await world.expectClean();
  });

  test('remove asks the disk: what the page cache shows may be all that is left', async () => {
    const { name, content } = await world.managed('dual');
    expect(isWhole(name, content)).toBe(true);
    spoilOnDisk(scratch(), world.path(name), content);
    expect(await hsm.outcomes('remove', [name])).toEqual(['changed']);
    await hsm.run('archive', [name]);
  });

  test('a copy that another row names stays, though the file that gives it up may do so', async () => {
    const [one, other] = [await world.managed('dual'), await world.managed('dual')];
    world.sql('UPDATE file SET object_id = ? WHERE ino = ?', other.name, world.objectIdOf(one.name));
    for (const operation of ['release', 'remove'] as const)
      expect(await hsm.outcomes(operation, [other.name, one.name])).toEqual(['interrupted', 'conflict']);
    write(one.name);
    expect(await hsm.outcomes('archive', [one.name])).toEqual(['archived']);
    expect(fs.existsSync(one.object)).toBe(true);
    fs.rmSync(hsm.at(other.name));
    await hsm.recover();
  });

  test('a leftover whose inode gets an operation meanwhile is not forgotten', async () => {
    const names = Array.from({ length: MORE_THAN_A_BATCH }, (_, index) => `gone-${index}`);
    for (const name of names) write(name);
    await hsm.run('archive', names);
    const inos = names.map((name) => world.inoOf(name));
    const rows = hsm.withCatalog(({ files, filesystems }) =>
      filesystems.list().flatMap(({ fs: fsId }) => inos.flatMap((ino) => files.findByIno(fsId, toIno(ino)))),
    );
    for (const name of names) fs.rmSync(hsm.at(name));
    // Those of the first batch are gone when it comes to the last one.
    const onStep = atStep('recover:after-trash', () =>
      hsm.withCatalog((catalog) => {
        const left = rows.filter(({ fs: fsId, ...id }) => catalog.files.find(fsId, id) !== undefined);
        expect(left).toHaveLength(1);
        catalog.transaction(() => {
          for (const row of left) {
            const [owner] = catalog.owners.list();
            const { state: _state, ...rest } = row;
            const intent = {
              ...rest,
              op: catalog.ops.take(1),
              kind: 'archive',
              ownerId: owner?.ownerId ?? '',
            } as const;
            catalog.intents.open({
              ...intent,
              previousObjectId: undefined,
              capability: undefined,
              openedMs: Date.now(),
            });
          }
        });
      }),
    );
    const { actions } = await hsm.recover('auto', { onStep });
    expect(actions.filter(({ result }) => result === 'done')).toHaveLength(MORE_THAN_A_BATCH - 1);
    const left = actions.filter(({ result, class: found }) => result !== 'done' && found === 'row-without-inode');
    expect(left.map(inShort)).toEqual(['row-without-inode forget - skipped']);
    await hsm.recover();
    await hsm.recover();
    await world.expectClean();
  });
});
