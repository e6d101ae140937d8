/** Whoever comes for a file must not wait until all of a long copy is done: it is given up between two pieces. */
import { randomBytes } from 'node:crypto';
import fs from 'node:fs';
import { beforeAll, expect, test } from 'vitest';
import type { StepName } from '../../src/migrate/step-names.js';
import { WITHOUT_REFLINK } from '../crash/cycle-suite.js';
import { atStep, knock } from '../support/at-step.js';
import { useFilesystem } from '../support/filesystem.js';
import { Hsm } from '../support/hsm.js';
import { describeAsRoot } from '../support/require-root.js';
import { DamagedWorld } from './recover-classes-world.js';

const MIB = 1024 * 1024;

describeAsRoot('a long copy', () => {
  const scratch = useFilesystem();
  let hsm: Hsm;
  let world: DamagedWorld;
  beforeAll(async () => {
    hsm = await Hsm.create(scratch());
    world = new DamagedWorld(hsm);
  });

  test.each([
    ['archive', 'archive:before-data', 'to write', 'archive:after-data'],
    ['recall', 'recall:before-fetch', 'to read', 'recall:after-fetch'],
  ] as const)('of %s is given up when somebody comes at %s %s', async (operation, step, access, end) => {
    const content = randomBytes(3 * MIB);
    const name = `${operation}-given-up`;
    if (operation === 'archive') fs.writeFileSync(hsm.at(name), content);
    const file = operation === 'archive' ? name : (await world.managed('offline', content)).name;
    const passed: StepName[] = [];
    const come = atStep(step, () => knock(hsm.at(file), access));
    const onStep = (one: StepName): void => {
      passed.push(one);
      come(one);
    };
    expect(await hsm.outcomes(operation, [file], { onStep })).toEqual(['busy']);
    expect(passed).toContain(step);
    expect(passed).not.toContain(end);
    await hsm.recover();
    await world.expectClean();
    await world.expectContent(file, content);
  });
});

describeAsRoot('a long copy where extents cannot be shared', () => {
  const scratch = useFilesystem(WITHOUT_REFLINK);

  test('stops in the middle of the file, and recovery goes on from there', async () => {
    const hsm = await Hsm.create(scratch());
    const world = new DamagedWorld(hsm);
    const { name, content } = await world.managed('offline', randomBytes(24 * MIB));
    // The last look at the lease is behind this step, so whoever comes at once is seen before the copy begins.
    const onStep = atStep('recall:before-fill', () => setImmediate(() => knock(hsm.at(name), 'to read')));
    expect(await hsm.run('recall', [name], { onStep })).toMatchObject([{ result: 'failed', code: 'EHALFFILLED' }]);
    const { actions } = await hsm.recover();
    expect(actions).toMatchObject([{ class: 'interrupted', action: 'fill', to: 'dual', result: 'done' }]);
    expect(fs.readFileSync(hsm.at(name)).equals(content)).toBe(true);
    await world.expectClean();
  });
});
