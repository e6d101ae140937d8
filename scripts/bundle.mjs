// Joins the compiled modules in build/ to what is shipped, in dist/: a command would spend more than half of its time on opening hundreds of
// small files one by one, and each of its threads again. Packages stay where they are.
import fs from 'node:fs';
import path from 'node:path';
import * as esbuild from 'esbuild';

const ROOT = path.dirname(import.meta.dirname);
const BUILD = path.join(ROOT, 'build');
const DIST = path.join(ROOT, 'dist');

/** The library, the command and what they start by name. */
const isStarted = (name) => ['index.js', 'cli/main.js'].includes(name) || name.endsWith('worker.js');

const filesOf = (folder, ending) => fs.readdirSync(folder, { recursive: true }).filter((name) => name.endsWith(ending));

// What an earlier build left would be found by whoever asks for it.
for (const ending of ['.js', '.js.map']) for (const name of filesOf(DIST, ending)) fs.rmSync(path.join(DIST, name));
await esbuild.build({
  entryPoints: filesOf(BUILD, '.js')
    .filter(isStarted)
    .map((name) => path.join(BUILD, name)),
  outbase: BUILD,
  outdir: DIST,
  chunkNames: 'chunks/[name]-[hash]',
  bundle: true,
  splitting: true,
  format: 'esm',
  platform: 'node',
  target: 'node20',
  packages: 'external',
  // Errors are told by the names of their classes.
  keepNames: true,
  sourcemap: true,
  logLevel: 'warning',
});
