/** The module that a mutant changes, as source and as the build would make it. */
import fs from 'node:fs';
import path from 'node:path';
import ts from 'typescript';
import { mutate, type Mutant } from './mutant.js';

export const ROOT = path.resolve(import.meta.dirname, '../..');

/** The text of the module that a mutant changes, as it stands. */
export const sourceOf = (mutant: Mutant): string => fs.readFileSync(path.join(ROOT, mutant.file), 'utf8');

/** JavaScript as the build makes it of one module. */
function transpile(file: string, text: string): string {
  const { config } = ts.readConfigFile(path.join(ROOT, 'tsconfig.json'), (name) => ts.sys.readFile(name)) as {
    config: { compilerOptions: object };
  };
  const { options } = ts.convertCompilerOptionsFromJson(config.compilerOptions, ROOT);
  const { outputText, diagnostics = [] } = ts.transpileModule(text, {
    // With NodeNext a single module without its package.json would become CommonJS, which does not even load.
    compilerOptions: { ...options, module: ts.ModuleKind.ESNext, moduleResolution: ts.ModuleResolutionKind.Bundler },
    fileName: file,
    reportDiagnostics: true,
  });
  const [first] = diagnostics;
  if (first) throw new Error(`${file}: ${ts.flattenDiagnosticMessageText(first.messageText, '\n')}`);
  return outputText;
}

export interface MutatedModule {
  readonly source: string;
  readonly built: string;
}

/** @throws Error if an edit does not fit or makes no sense */
export function mutatedModule(mutant: Mutant): MutatedModule {
  const source = mutate(mutant, sourceOf(mutant));
  return { source, built: transpile(path.join(ROOT, mutant.file), source) };
}

/** Where the build puts a module of src/. */
export const builtName = (file: string): string => file.replace(/^src\//, 'build/').replace(/\.ts$/, '.js');
