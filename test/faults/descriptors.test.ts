/** A process that may open a few files more, and one more, and one more: whatever it is short of, nothing is lost. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { describeAsRoot } from '../support/require-root.js';
import { brokenAfter, hasFailed } from './fault-cycle.js';
import { FaultWorld } from './fault-world.js';
import { SCENARIOS } from './scenarios.js';

const MORE_MAX = 16;
const SETUP_MS = 120_000;

describeAsRoot('descriptors running out', () => {
  let world: FaultWorld;
  beforeAll(async () => {
    world = await FaultWorld.create();
  }, SETUP_MS);
  afterAll(() => world.destroy(), SETUP_MS);

  const scenarios = SCENARIOS.filter(({ kind, name }) => kind === 'changes' && name.includes('folder'));

  test.each(scenarios)('$name', async (scenario) => {
    let failed = 0;
    let done = false;
    for (let more = 0; more <= MORE_MAX && !done; more++) {
      await scenario.prepare(world);
      await world.driver.limitFiles(more);
      const outcome = await world.driver.run(scenario.command(world));
      await world.driver.stop();
      const about = { more, status: outcome.exitCode };
      const said = outcome.stdout + outcome.stderr;
      expect({ ...about, said }).toMatchObject({ said: expect.not.stringContaining('internal error') });
      expect({ ...about, broken: await brokenAfter(world, scenario, outcome) }).toEqual({ ...about, broken: [] });
      done = !hasFailed(outcome);
      if (done) continue;
      failed += 1;
      expect(said).toMatch(/EMFILE|SQLITE_CANTOPEN/);
    }
    expect({ failed: failed > 2, done }).toEqual({ failed: true, done: true });
  });
});
