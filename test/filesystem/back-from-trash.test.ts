/** A copy that a file needs comes back from the trash: what the records say of it at each moment, should it be the last. */
import fs from 'node:fs';
import { beforeAll, expect, test } from 'vitest';
import type { StepName } from '../../src/migrate/step-names.js';
import { objectIdFromBytes } from '../../src/dm/identity.js';
import { useFilesystem } from '../support/filesystem.js';
import { Hsm } from '../support/hsm.js';
import { describeAsRoot } from '../support/require-root.js';
import { DamagedWorld } from './recover-classes-world.js';
import { trashCopyOf } from './rollback-world.js';

describeAsRoot('a copy that comes back from the trash', () => {
  const scratch = useFilesystem();
  let hsm: Hsm;
  let world: DamagedWorld;
  beforeAll(async () => {
    hsm = await Hsm.create(scratch());
    world = new DamagedWorld(hsm);
  });

  test('is wanted and unproven before it is moved, and proven only when it lies there durably', async () => {
    const { name, content, object } = await world.managed('offline');
    const objectId = objectIdFromBytes(world.objectIdOf(name));
    // As somebody who tidied up: the catalog has it as dropped, too.
    trashCopyOf(hsm, hsm.at(name));
    hsm.withCatalog(({ objects }) => objects.setTrashed(objectId, Date.now(), 'tidied up'));
    expect(fs.existsSync(object)).toBe(false);
    const seen: string[] = [];
    const onStep = (step: StepName): void => {
      if (!/^recover:(before|after)-restore$/.test(step)) return;
      const status = hsm.withCatalog(({ objects }) => objects.find(objectId)?.status);
      seen.push(`${step} ${status ?? 'unknown'}, ${fs.existsSync(object) ? 'moved' : 'in the trash'}`);
    };
    await hsm.recover('auto', { onStep });
    expect(seen).toEqual(['recover:before-restore complete, in the trash', 'recover:after-restore complete, moved']);
    expect(hsm.withCatalog(({ objects }) => objects.find(objectId)?.status)).toBe('verified');
    await world.expectClean();
    await world.expectContent(name, content);
  });
});
