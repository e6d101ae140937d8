/** Recovery that dies itself is one more crash: the next one finishes the work. */
import { beforeAll, describe, expect, test } from 'vitest';
import type { ForwardOperation } from '../../src/migrate/preconditions.js';
import { useFilesystem } from '../support/filesystem.js';
import { Hsm } from '../support/hsm.js';
import { describeAsRoot } from '../support/require-root.js';
import { CrashCycle, faultsOf, type Disaster } from './crash-cycle.js';
import { IN_MEMORY } from './cycle-suite.js';

/** What has to be interrupted, and how, for recovery to come by its step; `prefer` as on the command line. */
interface Scene {
  readonly steps: RegExp;
  readonly operation: ForwardOperation;
  readonly fault: string;
  readonly prefer: 'auto' | 'complete' | 'revert';
}

const SCENES: readonly Scene[] = [
  { steps: /-(fetch|fill)/, operation: 'recall', fault: 'recall:before-fill=kill', prefer: 'auto' },
  { steps: /-punch/, operation: 'release', fault: 'release:before-punch=kill', prefer: 'auto' },
  { steps: /-punch/, operation: 'recall', fault: 'recall:after-data-sync=kill', prefer: 'revert' },
  { steps: /-trash/, operation: 'remove', fault: 'remove:after-settle-sync=kill', prefer: 'auto' },
  { steps: /-trash/, operation: 'archive', fault: 'archive:after-settle-sync=kill', prefer: 'auto' },
  {
    steps: /-(data-sync|attribute|settle-sync|catalog)/,
    operation: 'recall',
    fault: 'recall:before-fill=kill',
    prefer: 'auto',
  },
  {
    steps: /-(data-sync|attribute|settle-sync|catalog)/,
    operation: 'release',
    fault: 'release:before-punch=kill',
    prefer: 'auto',
  },
  {
    steps: /-(data-sync|attribute|settle-sync|catalog)/,
    operation: 'archive',
    fault: 'archive:before-put=kill',
    prefer: 'auto',
  },
  {
    steps: /-(data-sync|attribute|settle-sync|catalog)/,
    operation: 'remove',
    fault: 'remove:before-attribute=kill',
    prefer: 'auto',
  },
];

const CASES = SCENES.flatMap((scene) =>
  faultsOf('recover')
    .filter((fault) => scene.steps.test(fault))
    .map((fault) => [`${fault} after ${scene.fault}, ${scene.prefer}`, fault, scene] as const),
);

describe('the scenes', () => {
  test('bring recovery to all of its steps', () => {
    const covered = new Set(CASES.map(([, fault]) => fault));
    expect(faultsOf('recover').filter((fault) => !covered.has(fault))).toEqual([]);
  });
});

/** Each step, in the first scene that comes by it. */
const ONCE_EACH = CASES.filter(([, fault], index) => CASES.findIndex(([, other]) => other === fault) === index);

const DISASTERS: readonly Disaster[] = ['killed', 'killed, then the power fails'];

describeAsRoot.each(DISASTERS)('recovery, %s', (disaster) => {
  const scratch = useFilesystem(IN_MEMORY);
  let cycle: CrashCycle;
  beforeAll(async () => {
    cycle = new CrashCycle(await Hsm.create(scratch()));
  });

  test.each(disaster === 'killed' ? ONCE_EACH : CASES)('%s', async (_, fault, scene) => {
    await cycle.prepare(scene.operation);
    await cycle.strike(scene.operation, scene.fault);
    await cycle.strikeRecovery(fault, scene.prefer);
    if (disaster !== 'killed') cycle.hsm.powerCut();
    await cycle.recoverAll();
    await cycle.assertWhole();
  });

  test('leaves nothing behind after all of this', async () => {
    expect(await cycle.hsm.drift()).toEqual([]);
  });
});
