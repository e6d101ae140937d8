/**
 * Mutants: each rule of the protocol switched off in turn. Here only that every mutant still fits the source, and that
 * the machinery tells a killed one from a survivor; `npm run mutants` lets all tests loose on all of them.
 */
import { describe, expect, test } from 'vitest';
import { describeAsRoot } from '../support/require-root.js';
import { BEGIN_MUTANTS } from './begin-mutants.js';
import type { Mutant } from './mutant.js';
import { RECORD_MUTANTS } from './record-mutants.js';
import { RECOVER_MUTANTS } from './recover-mutants.js';
import { mutatedModule, runMutant, sourceOf } from './run-mutant.js';
import { SETTLE_MUTANTS } from './settle-mutants.js';

const MUTANTS: readonly Mutant[] = [...BEGIN_MUTANTS, ...SETTLE_MUTANTS, ...RECORD_MUTANTS, ...RECOVER_MUTANTS];
/** All, or those whose name has this in it. */
const WANTED = process.env['HSMCK_MUTANTS'] ?? '';
const TIMEOUT_MS = 1_000_000;

describe('every mutant', () => {
  test('has a name of its own', () => {
    expect(new Set(MUTANTS.map(({ name }) => name)).size).toBe(MUTANTS.length);
  });

  test.each(MUTANTS.map((mutant) => [mutant.name, mutant] as const))('%s fits the source', (_, mutant) => {
    const { source, built } = mutatedModule(mutant);
    expect(source).not.toBe(sourceOf(mutant));
    expect(built.length).toBeGreaterThan(0);
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

if (WANTED !== '') {
  describeAsRoot('mutants', () => {
    const wanted = MUTANTS.filter(({ name }) => WANTED === 'all' || name.includes(WANTED));
    test.each(wanted.map((mutant) => [mutant.name, mutant] as const))(
      '%s is killed',
      (_, mutant) => {
        expect(runMutant(mutant)).toMatchObject({ fate: 'killed' });
      },
      TIMEOUT_MS,
    );
  });
} else {
  describe('the machinery', () => {
    test(
      'lets a harmless change live',
      () => {
        expect(runMutant(HARMLESS)).toMatchObject({ fate: 'survived' });
      },
      TIMEOUT_MS,
    );

    test(
      'sees a rule that is broken',
      () => {
        const broken = MUTANTS.find(({ name }) => name === 'recovery-takes-different-bytes-for-missing-ones');
        expect(
          broken && runMutant({ ...broken, killers: ['test/unit/archive/compare-content.test.ts'] }),
        ).toMatchObject({
          fate: 'killed',
        });
      },
      TIMEOUT_MS,
    );
  });
}
