/**
 * A lease is worth as much as the time that the kernel lets its holder have. Where that is too short, whoever waits comes in
 * between our last look and the punch. The setting is the machine's, so it is shown to the commands alone, in a mount
 * namespace of their own.
 */
import fs from 'node:fs';
import path from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { useFilesystem } from '../support/filesystem.js';
import { Hsm } from '../support/hsm.js';
import { programFile, runChild, type ChildResult } from '../support/run-node.js';
import { describeAsRoot } from '../support/require-root.js';
import { DamagedWorld } from './recover-classes-world.js';

const SETTING = '/proc/sys/fs/lease-break-time';
const FAILED = 8;

describeAsRoot('the time that a lease lasts', () => {
  const scratch = useFilesystem();
  let hsm: Hsm;
  let world: DamagedWorld;
  beforeAll(async () => {
    hsm = await Hsm.create(scratch());
    world = new DamagedWorld(hsm);
  });

  function withSeconds(seconds: number, ...args: readonly string[]): Promise<ChildResult> {
    const file = path.join(scratch().folder, 'lease-break-time');
    fs.writeFileSync(file, `${seconds}\n`);
    const script = `mount --bind '${file}' ${SETTING} && exec "$0" "$@"`;
    const command = [process.execPath, programFile(), '--catalog', hsm.catalogPath, ...args];
    return runChild('unshare', ['--mount', 'sh', '-c', script, ...command]);
  }

  test('below ten seconds nothing is archived, released, recalled or removed', async () => {
    const [dual, offline] = [await world.managed('dual'), await world.managed('offline')];
    const fresh = 'fresh';
    fs.writeFileSync(hsm.at(fresh), dual.content);
    const runs = [
      ['archive', fresh],
      ['release', dual.name],
      ['recall', offline.name],
      ['remove', dual.name],
    ] as const;
    for (const { status, stderr } of await Promise.all(
      runs.map(([operation, name]) => withSeconds(9, operation, world.path(name))),
    ))
      expect({ status, stderr }).toEqual({ status: FAILED, stderr: expect.stringContaining(`${SETTING} is 9 s`) });
    await world.expectClean();
    expect((await withSeconds(10, 'release', world.path(dual.name))).status).toBe(0);
    for (const { name, content } of [dual, offline]) await world.expectContent(name, content);
  });

  test('recovery is refused as well, where it would act', async () => {
    const { name, content } = await world.managed('dual');
    expect((await hsm.child(['release', world.path(name)], 'release:before-punch=kill')).signal).toBe('SIGKILL');
    const { status, stderr } = await withSeconds(9, 'recover', '--apply', scratch().mountPoint);
    expect({ status, stderr }).toEqual({ status: FAILED, stderr: expect.stringContaining(`${SETTING} is 9 s`) });
    expect(hsm.intents()).toHaveLength(1);
    await hsm.recover();
    await world.expectContent(name, content);
  });
});
