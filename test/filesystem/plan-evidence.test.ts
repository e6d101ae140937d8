/** A plan names what it saw: bytes and copies too, which no look without a lease shows. What they are now decides afresh. */
import fs from 'node:fs';
import path from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { useFilesystem } from '../support/filesystem.js';
import { Hsm } from '../support/hsm.js';
import { describeAsRoot } from '../support/require-root.js';
import { DamagedWorld } from './recover-classes-world.js';

describeAsRoot('a plan whose files are as they were', () => {
  const scratch = useFilesystem();
  let hsm: Hsm;
  let world: DamagedWorld;
  beforeAll(async () => {
    hsm = await Hsm.create(scratch());
    world = new DamagedWorld(hsm);
  });

  test('is not carried out on one whose copy has gone bad since, though recovery would know what to do', async () => {
    const { name, content, object } = await world.managed('dual');
    expect((await hsm.child(['release', world.path(name)], 'release:before-punch=kill')).signal).toBe('SIGKILL');
    const plan = path.join(scratch().folder, 'plan.ndjson');
    const recover = ['recover', scratch().mountPoint];
    expect((await hsm.child([...recover, '--dry-run', '--plan', plan])).status).toBe(4);
    const copy = fs.readFileSync(object);
    fs.writeFileSync(object, Buffer.alloc(copy.length, 'rotten'));
    const before = world.attributeOf(name);
    const applied = await hsm.child([...recover, '--apply', '--plan', plan]);
    expect(applied.records().filter(({ type }) => type === 'action')).toMatchObject([
      { result: 'skipped', why: expect.stringMatching(/^changed since the plan was made: .*copy|object/) },
    ]);
    expect(world.attributeOf(name)).toEqual(before);
    expect(hsm.intents()).toHaveLength(1);
    await hsm.recover();
    await world.expectContent(name, content);
    await world.expectClean();
  });
});
