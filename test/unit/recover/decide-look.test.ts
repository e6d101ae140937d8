import { expect, test } from 'vitest';
import { decideLook } from '../../../src/recover/decide-look.js';
import { decide } from '../../../src/recover/decide.js';
import { ALL_FACTS, facts } from './all-facts.js';

const USER = { attributeName: 'user.hsmck' };
const TRUSTED = { attributeName: 'trusted.hsmck' };

test('in the user namespace nothing is filled or bound by the attribute of another file', () => {
  const strange = ALL_FACTS.filter(({ attribute }) => attribute === 'copied' || attribute === 'foreign');
  const asUser = new Set(
    strange.map((one) => decideLook(USER, { facts: one, isOfAnotherFile: false }, 'auto').settlement),
  );
  expect([...asUser].sort()).toEqual(['none', 'strip']);
  const asRoot = new Set(
    strange.map((one) => decideLook(TRUSTED, { facts: one, isOfAnotherFile: false }, 'auto').settlement),
  );
  expect(asRoot).toContain('fill-and-strip');
});

test('a file with an attribute of its own is decided alike in both', () => {
  const own = facts({ attribute: 'releasing', object: 'good', bytes: 'missing' });
  expect(decideLook(USER, { facts: own, isOfAnotherFile: false }, 'auto')).toEqual(decide(own, 'auto'));
});

test('one that says it is the file’s own, and names another file’s copy, is no better there', () => {
  const own = ALL_FACTS.filter(({ attribute }) => attribute !== 'copied' && attribute !== 'foreign');
  const asUser = new Set(own.map((one) => decideLook(USER, { facts: one, isOfAnotherFile: true }, 'auto').settlement));
  expect([...asUser].sort()).toEqual(['none', 'strip']);
});
