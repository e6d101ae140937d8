/** A rebuilt catalog comes by its name only where there is none: somebody may have put the lost one back meanwhile. */
import fs from 'node:fs';
import { expect, test } from 'vitest';
import { placeCatalog } from '../../../src/catalog/place-catalog.js';
import { scratchPath } from './sample-catalog.js';

test('a catalog that is there is not replaced', () => {
  const place = scratchPath();
  const temporary = `${place}.rebuilt`;
  fs.writeFileSync(temporary, 'rebuilt');
  fs.writeFileSync(place, 'found again');
  expect(() => placeCatalog(temporary, place)).toThrow(expect.objectContaining({ code: 'ECATALOG_EXISTS' }));
  expect(fs.readFileSync(place, 'utf8')).toBe('found again');
  expect(fs.readFileSync(temporary, 'utf8')).toBe('rebuilt');
  fs.rmSync(place);
  placeCatalog(temporary, place);
  expect(fs.readFileSync(place, 'utf8')).toBe('rebuilt');
});
