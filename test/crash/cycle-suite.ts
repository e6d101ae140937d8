import { afterAll, beforeAll, expect, test } from 'vitest';
import type { ForwardOperation } from '../../src/migrate/preconditions.js';
import type { Finding } from '../../src/reconcile/finding.js';
import type { ScratchFilesystem } from '../../src/cli/demo/scratch-filesystem.js';
import { useFilesystem, type TestFilesystemOptions } from '../support/filesystem.js';
import { Hsm } from '../support/hsm.js';
import { memoryFolder } from '../support/memory-folder.js';
import { describeAsRoot } from '../support/require-root.js';
import { CrashCycle, faultsOf } from './crash-cycle.js';
import { DISASTERS, type Disaster } from './disasters.js';
import { ImageWorld } from './image-world.js';

/** Extents cannot be shared here, so a recall writes data, which is not in the log with the attribute. */
export const WITHOUT_REFLINK: TestFilesystemOptions = { mkfsOptions: ['-m', 'reflink=0'] };

/** A filesystem of the kind that the disaster needs, for all tests of the enclosing `describe`. */
export function useWorld(disaster: Disaster): () => ScratchFilesystem {
  if (disaster !== 'the power fails at once') return useFilesystem();
  let world: ImageWorld | undefined;
  beforeAll(() => void (world = new ImageWorld(memoryFolder)));
  afterAll(() => world?.destroy());
  return () => {
    if (!world) throw new Error('the world exists only while tests run');
    return world;
  };
}

const UNFINISHED: readonly Finding['class'][] = ['interrupted', 'open-intent'];

/** Nothing is on record yet, or everything is: check has nothing to find. */
const LEAVES_NOTHING = /:before-intent=|^(release|recall):after-catalog=/;

/** Every step dies alone, and with one of the power failures in turn; the laboratory takes each with all of them. */
function faultsUnder(operation: ForwardOperation, disaster: Disaster): string[] {
  const powerFailures = DISASTERS.filter((one) => one !== 'killed');
  const turn = powerFailures.findIndex((one) => one === disaster);
  return faultsOf(operation).filter((_, index) => turn === -1 || index % powerFailures.length === turn);
}

/** The crashes of one operation. */
export function describeCrashesOf(operation: ForwardOperation): void {
  describeAsRoot.each(DISASTERS)(`${operation}, %s`, (disaster) => {
    const scratch = useWorld(disaster);
    let cycle: CrashCycle;
    beforeAll(async () => {
      cycle = new CrashCycle(await Hsm.create(scratch()));
    });

    test.each(faultsUnder(operation, disaster))('%s', async (fault) => {
      await cycle.prepare(operation);
      await cycle.strike(operation, fault, disaster);
      let listed: readonly Finding[] | undefined;
      if (disaster !== 'killed') listed = await cycle.hsm.findings('interrupted');
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
