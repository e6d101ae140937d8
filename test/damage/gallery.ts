/** The cases, by folder. */
import fs from 'node:fs';
import path from 'node:path';
import type { DamageCase, NamedCase } from './damage-case.js';

export const GALLERY = import.meta.dirname;

/** Every folder NNN-name, whatever is in it. */
export const caseFolders = (): string[] =>
  fs
    .readdirSync(GALLERY, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && /^\d{3}-/.test(entry.name))
    .map(({ name }) => name)
    .sort();

export const expectationOf = (name: string): string => path.join(GALLERY, name, 'expect.json');

/** Numbers of cases, separated by commas: only these are run. */
const WANTED = (process.env['HSMCK_DAMAGE'] ?? '').split(',').filter((number) => number !== '');

const isWanted = (name: string): boolean => WANTED.length === 0 || WANTED.some((number) => name.startsWith(number));

/** Every case, ascending. */
export async function loadGallery(): Promise<NamedCase[]> {
  return Promise.all(
    caseFolders()
      .filter(isWanted)
      .map(async (name) => {
        const module = (await import(path.join(GALLERY, name, 'damage.ts'))) as { readonly default: DamageCase };
        return { ...module.default, name };
      }),
  );
}
