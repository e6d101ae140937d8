/**
 * Where the files of this package lie. Modules find each other by their imports; what is started or read by name (a worker, compiled code,
 * package.json) is found from here, for in dist/ many modules are one file, and its place says nothing of theirs.
 */

/** This module runs from src/, build/ or dist/, at whatever depth; none of them has another one within. */
const [ROOT = ''] = /^.*\/(?=(?:src|build|dist)\/)/.exec(import.meta.url) ?? [];

/** A file of the package, by its path in it. */
export const packageFile = (name: string): URL => new URL(name, ROOT);

/** A module that is started by itself, as it is shipped, by its path below src/ (with .js). */
export const startedModule = (name: string): URL => packageFile(`dist/${name}`);
