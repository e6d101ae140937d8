/** The tests of some cases: what became of each is what its expect.json says, and no version was lost. */
import { beforeAll, expect, test } from 'vitest';
import { describeAsRoot } from '../support/require-root.js';
import type { NamedCase } from './damage-case.js';
import { expectationOf } from './gallery.js';
import { outcomeText } from './outcome.js';
import { runCases, type WorldOutcome } from './world-run.js';

const WORLD_TIMEOUT_MS = 900_000;

/** Cases that share a filesystem. */
export function describeWorld(world: string, cases: readonly NamedCase[]): void {
  describeAsRoot(world, () => {
    let made: WorldOutcome;
    beforeAll(async () => {
      made = await runCases(cases);
    }, WORLD_TIMEOUT_MS);

    test('every line of output is about one of the cases', () => expect(made.strangers).toEqual([]));

    test.each(cases.map(({ name, title }) => [name, title] as const))('%s: %s', async (name) => {
      const outcome = made.outcomes.get(name);
      if (outcome === undefined) throw new Error(`nothing became of ${name}`);
      const { lost, ...told } = outcome;
      expect(lost, 'versions that recovery lost').toEqual([]);
      expect(
        told.again.lines.filter((line) => / done, /.test(line)),
        'what a second recovery settles',
      ).toEqual([]);
      await expect(outcomeText(told)).toMatchFileSnapshot(expectationOf(name));
    });
  });
}
