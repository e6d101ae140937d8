/** The process that runs the product's commands with faults; driver.mjs is its other half. */
import { execFileSync, fork, type ChildProcess } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { builtFile } from '../support/run-node.js';
import type { Fault } from './fault-table.js';

export interface Invocation {
  readonly name: string;
  readonly args: readonly string[];
  readonly options: Readonly<Record<string, unknown>>;
}

/** A call that the product made: what, and from where. */
export interface Call {
  readonly call: number;
  readonly symbol: string;
  readonly site: string;
  readonly thread: 'main' | 'worker';
}

export interface SyncCall {
  readonly sync: string;
  readonly file: string;
  /** Through which open descriptor. */
  readonly opening: string;
  readonly ok: boolean;
}

interface Fired {
  readonly fired: number;
  readonly symbol: string;
  readonly site: string;
}

export interface Outcome {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
  /** Files that are still open at the end. */
  readonly left: readonly string[];
  readonly records: readonly Readonly<Record<string, unknown>>[];
  readonly calls: readonly Call[];
  readonly syncs: readonly SyncCall[];
  readonly fired?: Fired;
}

export interface Interruption {
  readonly operation: string;
  readonly mountPath: string;
  readonly paths: readonly string[];
  readonly step: string;
  /** Dies at this pass of the step. */
  readonly pass: number;
}

export interface FaultPlan {
  readonly symbol: string;
  /** Which call of that kind, from 1. */
  readonly n: number;
  readonly fault: Fault;
}

const REPLY_TIMEOUT_MS = 180_000;
const here = (name: string): string => path.join(import.meta.dirname, name);

type Reply = Readonly<Record<string, unknown>>;

function readLog(file: string): Reply[] {
  if (!fs.existsSync(file)) return [];
  const lines = fs.readFileSync(file, 'utf8').split('\n');
  return lines.filter((line) => line !== '').map((line) => JSON.parse(line) as Reply);
}

/** Commands run in one long-lived process, until it has to be replaced. */
export class FaultDriver {
  readonly #catalogPath: string;
  readonly #logFile: string;
  #child: ChildProcess | undefined;
  /** Added to the environment of processes that are started from now on. */
  environment: Readonly<Record<string, string>> = {};

  constructor(catalogPath: string, folder: string) {
    this.#catalogPath = catalogPath;
    this.#logFile = path.join(folder, 'calls.ndjson');
  }

  /** Runs a command, with one call failing or all calls recorded. */
  async run(invocation: Invocation, plan?: FaultPlan | 'record'): Promise<Outcome> {
    fs.rmSync(this.#logFile, { force: true });
    const log = this.#logFile;
    const asked =
      plan === 'record' ? { record: true, log } : plan && { symbol: plan.symbol, n: plan.n, log, ...plan.fault };
    const reply = await this.#ask({ kind: 'command', invocation, catalogPath: this.#catalogPath, plan: asked });
    const { exitCode, stdout, stderr, left } = reply as unknown as Outcome;
    const entries = readLog(this.#logFile);
    const fired = entries.find((entry) => 'fired' in entry) as Fired | undefined;
    const lines = stdout.split('\n').filter((line) => line !== '');
    return {
      exitCode,
      stdout,
      stderr,
      left,
      records: lines.map((line) => JSON.parse(line) as Reply),
      calls: entries.filter((entry) => 'call' in entry) as unknown as Call[],
      syncs: entries.filter((entry) => 'sync' in entry) as unknown as SyncCall[],
      ...(fired && { fired }),
    };
  }

  /** Lets an operation die at a step. @throws if it does not get there */
  async interrupt(interruption: Interruption): Promise<void> {
    const { died } = await this.#ask({ kind: 'interrupt', catalogPath: this.#catalogPath, ...interruption });
    if (died !== true) throw new Error(`${interruption.operation} did not die at ${interruption.step}`);
  }

  /** How many descriptors the process has open now, and may have open from now on (prlimit(1)). */
  async limitFiles(more: number): Promise<void> {
    const { pid } = await this.#ready();
    const open = fs.readdirSync(`/proc/${pid}/fd`).length;
    execFileSync('prlimit', ['--pid', String(pid), `--nofile=${open + more}:`]);
  }

  /** Ends the process, and with it whatever it holds. */
  async stop(): Promise<void> {
    const child = this.#child;
    this.#child = undefined;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    await new Promise<void>((resolve) => {
      child.once('exit', () => resolve());
      child.kill('SIGKILL');
    });
  }

  async #ask(request: Readonly<Record<string, unknown>>): Promise<Reply> {
    const child = await this.#ready();
    const reply = await this.#reply(child, () => child.send(request));
    if (typeof reply.broken === 'string') throw new Error(reply.broken);
    return reply;
  }

  async #ready(): Promise<ChildProcess> {
    if (this.#child !== undefined) return this.#child;
    const build = path.dirname(builtFile('index.js'));
    const env = { ...process.env, ...this.environment };
    delete env.NODE_OPTIONS;
    const child = fork(here('driver.mjs'), [build], {
      execArgv: ['--import', here('inject.mjs')],
      env,
      stdio: 'inherit',
    });
    this.#child = child;
    await this.#reply(child, () => undefined);
    return child;
  }

  /** The next message; an error if the process ends or says nothing for too long. */
  #reply(child: ChildProcess, ask: () => void): Promise<Reply> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => end(new Error('the driver does not answer')), REPLY_TIMEOUT_MS);
      const onExit = (status: number | null, signal: string | null): void =>
        end(new Error(`the driver ended: ${status ?? signal}`));
      const onMessage = (message: unknown): void => {
        clear();
        resolve(message as Reply);
      };
      const clear = (): void => {
        clearTimeout(timer);
        child.off('exit', onExit).off('message', onMessage);
      };
      const end = (error: Error): void => {
        clear();
        child.kill('SIGKILL');
        if (this.#child === child) this.#child = undefined;
        reject(error);
      };
      child.on('exit', onExit).on('message', onMessage);
      ask();
    });
  }
}
