/** A rebuilt catalog comes by its name whole, and only where there is none: the lost one may have been put back meanwhile. */
import Database from 'better-sqlite3';
import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { assertNoCatalog, placeCatalog } from '../../../src/catalog/place-catalog.js';
import { fileRow, FS, newCatalog, open, scratchFolder } from './sample-catalog.js';

const ROW = fileRow();

/** A new catalog under another name, with a row, closed; and the place that it is for. */
function builtBeside(whileOpen: (temporary: string) => void = () => undefined): { temporary: string; place: string } {
  const folder = scratchFolder();
  const temporary = path.join(folder, 'catalog.db.rebuilding');
  const catalog = newCatalog(temporary);
  whileOpen(temporary);
  catalog.files.put(ROW);
  catalog.close();
  return { temporary, place: path.join(folder, 'catalog.db') };
}

/** Somebody looks at it with the sqlite3 shell: then the one who closes it is not the last, and cannot check its log in. */
function lookOn(temporary: string): void {
  const shell = new Database(temporary, { readonly: true });
  onTestFinished(() => void shell.close());
  shell.prepare('SELECT count(*) FROM file').get();
}

describe('a rebuilt catalog gets its name', () => {
  it('with all that was recorded in it', () => {
    const { temporary, place } = builtBeside();
    placeCatalog(temporary, place);
    expect(open(place, 'read').files.find(FS, ROW)).toMatchObject({ objectId: ROW.objectId });
  });

  it('never without its log: what was recorded last is in there', () => {
    const { temporary, place } = builtBeside(lookOn);
    expect(() => placeCatalog(temporary, place)).toThrow(expect.objectContaining({ code: 'ECATALOG_LOCKED' }));
    expect(fs.existsSync(place)).toBe(false);
  });

  it.each(['', '-wal', '-journal'])('where no file%s of another one is in the way', (ending) => {
    const { place } = builtBeside();
    assertNoCatalog(place);
    fs.writeFileSync(`${place}${ending}`, 'of the lost one');
    expect(() => assertNoCatalog(place)).toThrow(expect.objectContaining({ code: 'ECATALOG_EXISTS' }));
  });

  it('never where a catalog has come back meanwhile', () => {
    const { temporary, place } = builtBeside();
    fs.writeFileSync(place, 'found again');
    expect(() => placeCatalog(temporary, place)).toThrow(expect.objectContaining({ code: 'ECATALOG_EXISTS' }));
    expect(fs.readFileSync(place, 'utf8')).toBe('found again');
    expect(fs.existsSync(temporary)).toBe(true);
  });
});
