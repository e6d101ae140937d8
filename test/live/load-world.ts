/**
 * Writers, readers and others at work on a filesystem while several hsmck processes migrate its files, and then the end:
 * of the hsmck processes, or of the filesystem. Afterwards everything that was durable has to be there.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'vitest';
import { decodeDmAttribute } from '../../src/dm/dm-attribute.js';
import { STEPS } from '../../src/migrate/step-names.js';
import { closeFd, openPath } from '../../src/native/io.js';
import { getAttribute } from '../../src/native/xattr.js';
import { shutDownFilesystem } from '../../src/native/xfs-geometry.js';
import type { Hsm } from '../support/hsm.js';
import { programFile } from '../support/run-node.js';
import { addLogs, flawsOf, versionsFound, type FoundFile } from './load-check.js';
import { FileHistory } from './load-history.js';
import { AWAY } from './player.js';

/** How a cycle ends. `shut down`: the hsmck processes see the filesystem go, and are killed a moment later. */
export type Ending = 'killed' | 'log dropped' | 'log flushed' | 'shut down';
export const ENDINGS: readonly Ending[] = ['killed', 'log dropped', 'log flushed', 'shut down'];

const MIGRATORS = 3;
const SEQUENCES_A_CYCLE = 1_000_000;
const KILLED_IN_A_HUNDRED = 40;
const COMMANDS = ['archive', 'archive', 'release', 'release', 'recall', 'remove', 'recover'] as const;

/** A small generator, so that a seed repeats the choices (not the timing: that is the machine's). */
export class Choices {
  #state: number;
  constructor(seed: number) {
    this.#state = (seed * 2654435761) >>> 0 || 1;
  }
  below(limit: number): number {
    this.#state = (Math.imul(this.#state, 1664525) + 1013904223) >>> 0;
    return Math.floor((this.#state / 2 ** 32) * limit);
  }
  of<T>(values: readonly T[]): T {
    return values[this.below(values.length)] as T;
  }
}

export class LoadWorld {
  #histories = new Map<number, FileHistory>();
  #cycle = 0;
  readonly #steps = Object.keys(STEPS);
  /** Processes of hsmck that ran, and that died at a step; changes that were durable; files away at the end. */
  readonly counts = { processes: 0, killed: 0, durable: 0, settled: 0, recalled: 0, conflicts: 0 };

  constructor(
    readonly hsm: Hsm,
    readonly program: string,
    readonly folder: string,
    readonly seed: number,
  ) {
    fs.mkdirSync(this.#files);
  }

  get #files(): string {
    return this.hsm.at('load').toString();
  }

  /** One command after the other until the end; some die at a step. */
  async #migrate(choices: Choices, running: Set<ChildProcess>, signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const command = choices.of(COMMANDS);
      const args = command === 'recover' ? [this.hsm.scratch.mountPoint, '--apply'] : ['-r', this.#files];
      const steps = this.#steps.filter((step) => step.startsWith(`${command}:`));
      const dies = choices.below(100) < KILLED_IN_A_HUNDRED;
      const fault = dies ? `${choices.of(steps)}#${1 + choices.below(8)}=kill` : '';
      const main = [programFile(), '--catalog', this.hsm.catalogPath, '--format', 'ndjson', '--threads', '1'];
      const child = spawn(process.execPath, [...main, command, ...args], {
        env: { ...process.env, HSMCK_FAULT: fault },
        stdio: ['ignore', 'ignore', 'pipe'],
      });
      running.add(child);
      let said = '';
      child.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()));
      await new Promise((resolve) => child.on('close', resolve));
      running.delete(child);
      this.counts.processes += 1;
      if (child.signalCode === 'SIGKILL' && dies) this.counts.killed += 1;
      // An error of the world (8) is none of the program's; a bug says "internal".
      expect(said, `${command} ${fault}`).not.toMatch(/internal|\n +at /);
      if (!signal.aborted) expect(child.signalCode ?? 'SIGKILL', `${command} ${fault}`).toBe('SIGKILL');
    }
  }

  #shutDown(how: 'drop-log' | 'flush-log'): void {
    const root = openPath(this.hsm.mountPath, fs.constants.O_RDONLY);
    shutDownFilesystem(root, how, 'root');
    closeFd(root);
  }

  /** So that the migrations meet files in all states from the start on. */
  async #prepare(): Promise<void> {
    await this.hsm.run('archive', ['load']);
    const names = [...this.#names().values()].map((name) => `load/${name}`);
    await this.hsm.run(
      'release',
      names.filter((_, index) => index % 3 > 0),
    );
  }

  /** Load and migrations for a while, then the end, and everything has ended. */
  async run(ending: Ending, milliseconds: number): Promise<void> {
    const logs = path.join(this.folder, `logs-${this.#cycle}`);
    fs.mkdirSync(logs);
    const first = 1 + this.#cycle * SEQUENCES_A_CYCLE;
    await this.#prepare();
    const load = spawn(this.program, [this.#files, logs, String(this.seed), String(first)], {
      stdio: ['ignore', 'ignore', 'inherit'],
    });
    const loadEnd = new Promise<number | null>((resolve) => load.on('close', resolve));
    const stop = new AbortController();
    const running = new Set<ChildProcess>();
    const migrators = Array.from({ length: MIGRATORS }, (_, index) =>
      this.#migrate(new Choices(this.seed + this.#cycle * MIGRATORS + index), running, stop.signal),
    );
    await sleep(milliseconds);
    if (ending === 'shut down') this.#shutDown('drop-log');
    stop.abort();
    for (const child of running) child.kill('SIGKILL');
    await Promise.all(migrators);
    if (ending === 'log dropped') this.#shutDown('drop-log');
    if (ending === 'log flushed') this.#shutDown('flush-log');
    load.kill('SIGTERM');
    expect(await loadEnd, 'the load ends without having found a wrong byte').toBe(0);
    if (ending !== 'killed') this.hsm.remountAfterShutdown();
    this.counts.durable += addLogs(this.#histories, logs);
    this.#cycle += 1;
  }

  #find(name: string): FoundFile & { readonly isAway: boolean } {
    const file = path.join(this.#files, name);
    const fd = openPath(Buffer.from(file), fs.constants.O_RDONLY | fs.constants.O_NOATIME);
    try {
      const bytes = getAttribute(fd, 'trusted.hsmck', file);
      const decoded = bytes && decodeDmAttribute(bytes);
      const content = fs.readFileSync(fd);
      if (decoded?.kind !== 'valid' || !AWAY.includes(decoded.attribute.state)) {
        return { content, copy: undefined, isAway: false };
      }
      const { objectId } = decoded.attribute;
      const copy = this.hsm.objects().find((object) => object.endsWith(`/${objectId}`));
      return { content, copy: copy === undefined ? undefined : fs.readFileSync(copy), isAway: true };
    } finally {
      closeFd(fd);
    }
  }

  /** Number of the file -> name, of the files that are there. */
  #names(): Map<number, string> {
    const names = fs.readdirSync(this.#files).filter((name) => /^f\d+/.test(name));
    return new Map(names.map((name) => [Number.parseInt(name.slice(1), 10), name]));
  }

  /** Every file against its log. */
  assertKept(when: string): void {
    const names = this.#names();
    const flaws = [...this.#histories].flatMap(([file, history]) => {
      const name = names.get(file);
      return flawsOf(file, this.seed, history, name === undefined ? undefined : this.#find(name));
    });
    expect(flaws, when).toEqual([]);
  }

  /** Recovers and recalls; what is away after that, somebody wrote to, and an audit says so. */
  async settle(): Promise<void> {
    this.assertKept('before recovery');
    const { actions } = await this.hsm.recover();
    this.counts.settled += actions.filter(({ result }) => result === 'done').length;
    this.assertKept('after recovery');
    const again = await this.hsm.recover();
    expect(again.actions.filter(({ result }) => result === 'done' || result === 'failed')).toEqual([]);
    const outcomes = await this.hsm.outcomes('recall', ['load']);
    expect(outcomes.filter((outcome) => outcome === 'failed' || outcome === 'busy')).toEqual([]);
    this.counts.recalled += outcomes.filter((outcome) => outcome === 'recalled').length;
    this.assertKept('after recall');
    const findings = await this.hsm.findings();
    expect(findings.filter((finding) => finding.class === 'data-lost')).toEqual([]);
    const told = new Set(findings.filter(({ severity }) => severity !== 'info').map(({ ino }) => ino));
    for (const [file, name] of this.#names()) {
      const { isAway, content } = this.#find(name);
      const where = path.join(this.#files, name);
      const { ino } = fs.statSync(where, { bigint: true });
      if (isAway) expect([...told], `an audit tells of file ${file}`).toContain(ino);
      this.counts.conflicts += isAway ? 1 : 0;
      const versions = isAway ? undefined : versionsFound(content, file, this.seed);
      // A conflict is for a person, who would keep one of the two; here the file makes room for a new one.
      if (versions === undefined) fs.rmSync(where);
      this.#histories.set(file, new FileHistory(versions));
    }
    for (const [file, history] of this.#histories) if (history.mustBeGone) this.#histories.delete(file);
    await this.hsm.recover();
  }
}
