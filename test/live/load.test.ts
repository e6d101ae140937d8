/**
 * Migrations on a filesystem at work, and crashes in the midst of it. `npm run livelab -- --minutes N --seed S` goes on for
 * longer; a run of CI makes one cycle for each way to end.
 */
import fs from 'node:fs';
import path from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { compileC, folderInMemory } from '../support/compile-c.js';
import { withFilesystem } from '../support/filesystem.js';
import { Hsm } from '../support/hsm.js';
import { describeAsRoot } from '../support/require-root.js';
import { Choices, ENDINGS, LoadWorld } from './load-world.js';

const MS_A_MINUTE = 60_000;
const CYCLE_MS = 5000;
const minutes = Number(process.env['HSMCK_LIVE_MINUTES'] ?? 0);
const seed = Number(process.env['HSMCK_LIVE_SEED'] ?? 1);
const TIMEOUT_MS = 5 * MS_A_MINUTE + 3 * minutes * MS_A_MINUTE;

describeAsRoot('under load', () => {
  test(
    `nothing that was durable is lost (seed ${seed})`,
    async () => {
      const folder = folderInMemory();
      onTestFinished(() => fs.rmSync(folder, { recursive: true }));
      const program = compileC(path.join(import.meta.dirname, 'load.c'), folder);
      const deadline = Date.now() + minutes * MS_A_MINUTE;
      const choices = new Choices(seed);
      await withFilesystem({}, async (scratch) => {
        const world = new LoadWorld(await Hsm.create(scratch), program, folder, seed);
        for (let cycle = 0; cycle < ENDINGS.length || Date.now() < deadline; cycle++) {
          const ending = cycle < ENDINGS.length ? ENDINGS[cycle] : choices.of(ENDINGS);
          await world.run(ending ?? 'killed', CYCLE_MS);
          await world.settle();
          if (minutes > 0) console.log(`cycle ${cycle}: ${ending}, ${JSON.stringify(world.counts)}`);
        }
        // A load that changed nothing, or migrations that did not come to pass, would prove nothing.
        expect(world.counts.durable).toBeGreaterThan(100);
        expect(world.counts.processes).toBeGreaterThan(0);
        expect(world.counts.recalled + world.counts.conflicts).toBeGreaterThan(0);
      });
    },
    TIMEOUT_MS,
  );
});
