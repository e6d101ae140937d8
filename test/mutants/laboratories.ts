/** Parts of the tests that kill more than one mutant. */
import type { TestKiller } from './mutant.js';

export const CHANGES = 'test/filesystem/migrate-changes.test.ts';
export const INTERLOCKS: TestKiller = { tests: 'test/live/interlocks.test.ts', named: 'at work is busy' };

/** Something happens at one step of an operation. */
export const step = (named: string): TestKiller => ({ tests: 'test/filesystem/one-step.test.ts', named });

/** What lies on the disk after a power cut is true by itself. */
export const catalogLost = (named: string): TestKiller => ({ tests: 'test/crash/catalog-lost.test.ts', named });

/** Cases of the gallery that share a filesystem, by their numbers. */
export const damage = (numbers: string): TestKiller => ({
  tests: 'test/damage/shared.test.ts',
  env: { HSMCK_DAMAGE: numbers },
});
