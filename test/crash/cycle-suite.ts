import fs from 'node:fs';
import { beforeAll, expect, test } from 'vitest';
import type { ForwardOperation } from '../../src/migrate/preconditions.js';
import type { Finding } from '../../src/reconcile/finding.js';
import { useFilesystem, type TestFilesystemOptions } from '../support/filesystem.js';
import { Hsm } from '../support/hsm.js';
import { describeAsRoot } from '../support/require-root.js';
import { CrashCycle, faultsOf, type Disaster } from './crash-cycle.js';

/** Every cycle syncs a hundred times, and what a sync leaves behind does not depend on the medium. */
export const IN_MEMORY: TestFilesystemOptions = fs.existsSync('/dev/shm') ? { parentFolder: '/dev/shm' } : {};

const DISASTERS: readonly Disaster[] = ['killed', 'killed, then the power fails'];

const UNFINISHED: readonly Finding['class'][] = ['interrupted', 'open-intent'];

/** Nothing is on record yet, or everything is: check has nothing to find. */
const LEAVES_NOTHING = /:before-intent=|^(release|recall):after-catalog=/;

/** All crashes of one operation. */
export function describeCrashesOf(operation: ForwardOperation): void {
  describeAsRoot.each(DISASTERS)(`${operation}, %s`, (disaster) => {
    const scratch = useFilesystem(IN_MEMORY);
    let cycle: CrashCycle;
    beforeAll(async () => {
      cycle = new CrashCycle(await Hsm.create(scratch()));
    });

    test.each(faultsOf(operation))('%s', async (fault) => {
      await cycle.prepare(operation);
      await cycle.strike(operation, fault);
      let listed: readonly Finding[] | undefined;
      if (disaster !== 'killed') {
        cycle.hsm.powerCut();
        listed = await cycle.hsm.findings('interrupted');
      }
      const { findings } = await cycle.recoverAll();
      const found = findings.filter((finding) => UNFINISHED.includes(finding.class));
      expect(found.length > 0).toBe(!LEAVES_NOTHING.test(fault));
      if (listed) expect(listed.map((finding) => finding.class).sort()).toEqual(found.map((one) => one.class).sort());
      await cycle.assertWhole();
    });

    test('leaves nothing behind after all of this', async () => {
      expect(await cycle.hsm.drift()).toEqual([]);
    });
  });
}
