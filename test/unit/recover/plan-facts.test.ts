import { expect, test } from 'vitest';
import { differences } from '../../../src/recover/plan-facts.js';

test('equal facts do not differ, in whatever order', () => {
  expect(differences({}, {})).toEqual([]);
  expect(differences({ a: '1', b: 2, c: true }, { c: true, b: 2, a: '1' })).toEqual([]);
});

test('what came, went or changed is told', () => {
  expect(differences({ size: '1', gone: 'x', same: 1 }, { size: '2', same: 1, came: false })).toEqual([
    'size was 1 and is 2',
    'gone was x and is none',
    'came was none and is false',
  ]);
});

test('a number and its decimal text are not the same fact', () => {
  expect(differences({ a: 1 }, { a: '1' })).toHaveLength(1);
});

test('bytes of an attribute are not spelt out', () => {
  expect(differences({ attribute_bytes: 'ff' }, { attribute_bytes: 'fe' })).toEqual(['the attribute has other bytes']);
});
