import { expect, test } from 'vitest';
import { SETTLEMENTS, type Settlement } from '../../../src/migrate/settlements.js';

const all: readonly (readonly [string, Settlement])[] = Object.entries(SETTLEMENTS);

test('data that is punched is offline, in the attribute and in the catalog', () => {
  for (const [name, { data, attribute, row }] of all) {
    if (data === 'punch') expect([name, attribute, row]).toEqual([name, 'offline', 'offline']);
    // A copied attribute's file is filled and then rid of it: its data is on disk, and bound to nothing.
    const filled = attribute === 'none' ? ['none', 'delete'] : ['dual', 'dual'];
    if (data === 'fill') expect([name, attribute, row]).toEqual([name, ...filled]);
  }
});

test('a copy that goes to the trash is named by no attribute and no row', () => {
  for (const [name, { attribute, row, trash }] of all) {
    if (trash === 'object') expect(['none', 'previous'], name).toContain(attribute);
    if (trash === 'object') expect(['delete', 'keep'], name).toContain(row);
    if (trash === 'previous') expect([name, attribute]).toEqual([name, 'dual']);
  }
});

test('nothing that destroys data gives up a copy at the same time', () => {
  for (const [name, { data, trash }] of all) if (data === 'punch') expect([name, trash]).toEqual([name, 'none']);
});

test('what is offline stays bound to its copy', () => {
  for (const [name, { attribute, row, trash }] of all) {
    if (attribute === 'offline' || row === 'offline') expect([name, trash]).toEqual([name, 'none']);
  }
});
