/**
 * Mutants: each rule of the protocol switched off in turn. Here only that every mutant still fits the source, and that
 * the machinery tells a killed one from a survivor; `npm run mutants` lets all tests loose on all of them.
 */
import { describe, expect, test } from 'vitest';
import { MUTANTS } from './all-mutants.js';
import type { Mutant } from './mutant.js';
import { mutatedModule, sourceOf } from './mutated-module.js';
import { readme, README } from './readme.js';
import { runMutant } from './run-mutant.js';

const TIMEOUT_MS = 1_000_000;

describe('every mutant', () => {
  test('has a name of its own', () => {
    expect(new Set(MUTANTS.map(({ name }) => name)).size).toBe(MUTANTS.length);
  });

  test.each(MUTANTS.map((mutant) => [mutant.name, mutant] as const))('%s fits the source', (_, mutant) => {
    const { source, built } = mutatedModule(mutant);
    expect(source).not.toBe(sourceOf(mutant));
    // Other than as the build makes it, it would not load, and every test would seem to have seen a broken rule.
    expect(built).toMatch(/^(import|export) /m);
    expect(built).not.toMatch(/\brequire\(|\bexports\./);
  });

  test('is in the README', async () => {
    await expect(await readme()).toMatchFileSnapshot(README);
  });

  test('that does not fit is an error', () => {
    const stale: Mutant = { name: 'stale', rule: '', file: 'package.json', edits: [['no such text', '']], killers: [] };
    expect(() => mutatedModule(stale)).toThrow('stale: package.json has 0 places');
  });
});

const HARMLESS: Mutant = {
  name: 'harmless',
  rule: 'None: it changes a comment.',
  file: 'src/dm/transitions.ts',
  edits: [['export function assertTransition(', '/* as it was */ export function assertTransition(']],
  killers: ['test/unit/dm/transitions.test.ts'],
};

describe('the machinery', () => {
  test(
    'lets a harmless change live',
    async () => {
      expect(await runMutant(HARMLESS)).toMatchObject({ fate: 'survived' });
    },
    TIMEOUT_MS,
  );

  test(
    'sees a rule that is broken',
    async () => {
      const broken = MUTANTS.find(({ name }) => name === 'recovery-takes-different-bytes-for-missing-ones');
      const killers = ['test/unit/archive/compare-content.test.ts'];
      expect(broken && (await runMutant({ ...broken, killers }))).toMatchObject({ fate: 'killed' });
    },
    TIMEOUT_MS,
  );
});
