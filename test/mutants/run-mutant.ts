/** Runs a mutant: a copy of the project with one rule switched off, and the tests that have to fail there. */
import { execFileSync, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import ts from 'typescript';
import { mutate, type Mutant } from './mutant.js';

const ROOT = path.resolve(import.meta.dirname, '../..');
/** What the tests need of the project. Copied, for a mutant changes it. */
const COPIED = [
  'src',
  'dist',
  'test',
  'docs',
  'package.json',
  'tsconfig.json',
  'tsconfig.build.json',
  'vitest.config.ts',
];
const TIMEOUT_MS = 900_000;

export type Fate = 'killed' | 'survived' | 'broken';

export interface MutantResult {
  readonly fate: Fate;
  /** The first test that failed; what vitest printed where nothing is known of tests. */
  readonly by: string;
}

/** The text of the module that a mutant changes, as it stands. */
export const sourceOf = (mutant: Mutant): string => fs.readFileSync(path.join(ROOT, mutant.file), 'utf8');

/** JavaScript as the build makes it of one module. */
function transpile(file: string, text: string): string {
  const { config } = ts.readConfigFile(path.join(ROOT, 'tsconfig.json'), (name) => ts.sys.readFile(name)) as {
    config: { compilerOptions: object };
  };
  const { options } = ts.convertCompilerOptionsFromJson(config.compilerOptions, ROOT);
  const { outputText, diagnostics = [] } = ts.transpileModule(text, {
    compilerOptions: options,
    fileName: file,
    reportDiagnostics: true,
  });
  const [first] = diagnostics;
  if (first) throw new Error(`${file}: ${ts.flattenDiagnosticMessageText(first.messageText, '\n')}`);
  return outputText;
}

/** The mutated module, as source and as built. @throws Error if an edit does not fit or makes no sense */
export function mutatedModule(mutant: Mutant): { readonly source: string; readonly built: string } {
  const source = mutate(mutant, sourceOf(mutant));
  return { source, built: transpile(path.join(ROOT, mutant.file), source) };
}

function copyProject(folder: string): void {
  for (const name of COPIED) execFileSync('cp', ['-a', path.join(ROOT, name), folder]);
  fs.symlinkSync(path.join(ROOT, 'node_modules'), path.join(folder, 'node_modules'));
}

interface Report {
  readonly testResults: readonly {
    readonly message: string;
    readonly assertionResults: readonly { readonly status: string; readonly fullName: string }[];
  }[];
}

function fateOf(reportFile: string, output: string): MutantResult {
  if (!fs.existsSync(reportFile)) return { fate: 'broken', by: output.trim().split('\n').slice(-3).join(' | ') };
  const { testResults } = JSON.parse(fs.readFileSync(reportFile, 'utf8')) as Report;
  const tests = testResults.flatMap((file) => file.assertionResults);
  const failed = tests.find(({ status }) => status === 'failed');
  if (failed) return { fate: 'killed', by: failed.fullName };
  const passed = tests.filter(({ status }) => status === 'passed').length;
  if (passed === 0 || testResults.some(({ message }) => message !== '')) {
    return { fate: 'broken', by: testResults.map(({ message }) => message).join(' ') || 'no test ran' };
  }
  return { fate: 'survived', by: `${passed} tests passed` };
}

/** Lets the killers loose on the mutant. */
export function runMutant(mutant: Mutant): MutantResult {
  const { source, built } = mutatedModule(mutant);
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'hsmck-mutant-'));
  try {
    copyProject(folder);
    fs.writeFileSync(path.join(folder, mutant.file), source);
    const module = mutant.file.replace(/^src\//, 'dist/').replace(/\.ts$/, '.js');
    fs.writeFileSync(path.join(folder, module), built);
    const report = path.join(folder, 'report.json');
    const vitest = path.join(ROOT, 'node_modules/vitest/vitest.mjs');
    const args = [vitest, 'run', '--bail=1', '--reporter=json', `--outputFile=${report}`, ...mutant.killers];
    const env = { ...process.env, HSMCK_MUTANTS: '', VITEST: undefined };
    const { stdout, stderr } = spawnSync(process.execPath, args, {
      cwd: folder,
      env,
      encoding: 'utf8',
      timeout: TIMEOUT_MS,
    });
    return fateOf(report, `${stdout}${stderr}`);
  } finally {
    fs.rmSync(folder, { recursive: true, force: true });
  }
}
