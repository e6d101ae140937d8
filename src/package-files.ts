/**
 * Where the files of this package lie. Modules find each other by their imports; what is started or read by name (a worker, compiled code,
 * package.json) is found from here, for in dist/ many modules are one file, and its place says nothing of theirs.
 */
import fs from 'node:fs';

function findRoot(): URL {
  let folder = new URL('.', import.meta.url);
  while (!fs.existsSync(new URL('package.json', folder))) {
    const above = new URL('..', folder);
    if (above.href === folder.href) throw new Error(`no package.json lies above ${import.meta.url}`);
    folder = above;
  }
  return folder;
}

const ROOT = findRoot();

/** A file of the package, by its path in it. */
export const packageFile = (name: string): URL => new URL(name, ROOT);

/** A module that is started by itself, as it is shipped, by its path below src/ (with .js). */
export const startedModule = (name: string): URL => packageFile(`dist/${name}`);
