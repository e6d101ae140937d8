/** The gallery has every class of finding and every kind of rule, and nothing lies about in it. */
import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { FINDING_CLASSES } from '../../src/reconcile/finding.js';
import { DECISION_TABLE } from '../../src/recover/decide.js';
import { caseFolders, expectationOf, GALLERY, loadGallery } from './gallery.js';

const CASES_MIN = 60;

/** Facts that nothing can make: the table has rules for them only to be total. */
const CANNOT_BE_MADE = ['impossible'];

/** Audit leaves a newer attribute to a person: the table meets one only if it was written between audit and lease. */
const MADE_BY_A_RACE = ['newer'];

/** Depends on the moment of each look: test/filesystem/changing.test.ts makes it. */
const CLASS_OF_A_RACE = 'changing';

interface Expected {
  readonly lines: readonly string[];
}

function linesOf(name: string): string[] {
  const whole = JSON.parse(fs.readFileSync(expectationOf(name), 'utf8')) as Readonly<Record<string, Expected>>;
  return ['check', 'audit', 'plan', 'recover', 'again', 'left'].flatMap((key) => whole[key]?.lines ?? []);
}

const kindOf = (rule: string): string => rule.split('/')[0] ?? '';

describe('the gallery', () => {
  const lines = caseFolders().flatMap(linesOf);
  const rulesSeen = new Set(lines.flatMap((line) => /\[(\S+\/?\S*)\]$/.exec(line)?.[1] ?? []));

  test.each(FINDING_CLASSES.filter((name) => name !== CLASS_OF_A_RACE))('shows a file of class %s', (name) => {
    const word = new RegExp(`(^| )${name}(:|$| )`);
    expect(lines.some((line) => word.test(line))).toBe(true);
  });

  test('has a case for every kind of rule', () => {
    const kinds = new Set(
      DECISION_TABLE.map((rule) => kindOf(rule.name)).filter(
        (kind) => ![...CANNOT_BE_MADE, ...MADE_BY_A_RACE].includes(kind),
      ),
    );
    const seen = new Set([...rulesSeen].map(kindOf));
    expect([...kinds].filter((kind) => !seen.has(kind))).toEqual([]);
  });

  test('names only rules that the table has', () => {
    const known = new Set(DECISION_TABLE.map(({ name }) => name));
    expect([...rulesSeen].filter((rule) => !known.has(rule))).toEqual([]);
  });

  test('consists of cases that are told apart', async () => {
    const cases = await loadGallery();
    expect(cases.length).toBeGreaterThanOrEqual(CASES_MIN);
    expect(new Set(cases.map(({ name }) => name.slice(0, 3))).size).toBe(cases.length);
    expect(new Set(cases.map(({ title }) => title)).size).toBe(cases.length);
    for (const { name } of cases)
      expect(fs.readdirSync(path.join(GALLERY, name)).sort(), name).toEqual(['damage.ts', 'expect.json']);
  });
});
