/** Runs a mutant: a copy of the project with one rule switched off, and the tests that have to fail there. */
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { runChild } from '../support/run-node.js';
import { judgeModel, judgeTests, type Fate, type Judgement } from './judge-run.js';
import { describeKiller, type Killer, type ModelKiller, type Mutant, type TestKiller } from './mutant.js';
import { builtName, mutatedModule, ROOT } from './mutated-module.js';

/** What the tests need of the project. Copied, for a mutant changes it. */
const COPIED = [
  'src',
  'build',
  'dist',
  'scripts',
  'test',
  'docs',
  'package.json',
  'tsconfig.json',
  'tsconfig.build.json',
  'vitest.config.ts',
];
const TIMEOUT_MS = 900_000;

export interface MutantResult {
  readonly fate: Fate;
  /** Which laboratory killed it. */
  readonly killer: string | undefined;
  /** The first test that failed and how; what was printed where nothing is known of tests. */
  readonly by: string;
  readonly seconds: number;
}

function modelArguments(killer: ModelKiller): string[] {
  if ('seeds' in killer) return ['--seeds', String(killer.seeds)];
  if ('sweep' in killer) return ['--sweep', killer.sweep];
  return ['--schedule', path.join(ROOT, 'test/model/schedules', killer.schedule)];
}

/** A copy of the project, changed or not. */
class Project {
  readonly folder = fs.mkdtempSync(path.join(os.tmpdir(), 'hsmck-mutant-'));
  #runs = 0;

  constructor(private readonly mutant: Mutant | undefined) {
    for (const name of COPIED) execFileSync('cp', ['-a', path.join(ROOT, name), this.folder]);
    fs.symlinkSync(path.join(ROOT, 'node_modules'), path.join(this.folder, 'node_modules'));
    if (mutant === undefined) return;
    const { source, built } = mutatedModule(mutant);
    fs.writeFileSync(path.join(this.folder, mutant.file), source);
    fs.writeFileSync(path.join(this.folder, builtName(mutant.file)), built);
    execFileSync(process.execPath, [path.join(this.folder, 'scripts/bundle.mjs')], { stdio: 'pipe' });
  }

  async #runTests({ tests, named, env = {} }: TestKiller): Promise<Judgement> {
    const report = path.join(this.folder, `report-${(this.#runs += 1)}.json`);
    const vitest = path.join(ROOT, 'node_modules/vitest/vitest.mjs');
    const args = [vitest, 'run', '--bail=1', '--reporter=json', `--outputFile=${report}`, tests];
    if (named !== undefined) args.push('-t', named.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
    const { stdout, stderr } = await runChild(process.execPath, args, {
      cwd: this.folder,
      env: { ...env, HSMCK_MUTANTS: '', VITEST: undefined },
      timeoutMs: TIMEOUT_MS,
    });
    return judgeTests(report, `${stdout}${stderr}`);
  }

  /** The model needs no copy: it is told which module to take from elsewhere. */
  async #runModel(killer: ModelKiller): Promise<Judgement> {
    const what = modelArguments(killer);
    const args = ['--json', '--first', '--processes', '1', ...what];
    const replaced = this.mutant && `${this.mutant.file}=${path.join(this.folder, this.mutant.file)}`;
    const { stdout, stderr } = await runChild(process.execPath, [path.join(ROOT, 'test/model/main.mjs'), ...args], {
      env: { HSMCK_MODEL_REPLACED: replaced },
      timeoutMs: TIMEOUT_MS,
    });
    return judgeModel(stdout, stderr);
  }

  async run(killer: Killer): Promise<Judgement> {
    if (typeof killer === 'string') return this.#runTests({ tests: killer });
    return 'tests' in killer ? this.#runTests(killer) : this.#runModel(killer);
  }

  remove(): void {
    fs.rmSync(this.folder, { recursive: true, force: true });
  }
}

/** Lets killers loose on a mutant, one after the other, until one succeeds. Without a mutant: on the project itself. */
export async function runMutant(
  mutant: Mutant | undefined,
  killers: readonly Killer[] = mutant?.killers ?? [],
): Promise<MutantResult> {
  const startedMs = performance.now();
  const secondsSince = (): number => Math.round((performance.now() - startedMs) / 100) / 10;
  const project = new Project(mutant);
  const survived: string[] = [];
  try {
    for (const killer of killers) {
      const { fate, by } = await project.run(killer);
      if (fate !== 'survived') return { fate, killer: describeKiller(killer), by, seconds: secondsSince() };
      survived.push(`${describeKiller(killer)}: ${by}`);
    }
    return { fate: 'survived', killer: undefined, by: survived.join('; '), seconds: secondsSince() };
  } finally {
    project.remove();
  }
}
