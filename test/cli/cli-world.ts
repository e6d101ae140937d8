/** A scratch filesystem, and the built command line with a catalog and an archive of its own. */
import fs from 'node:fs';
import path from 'node:path';
import { expect } from 'vitest';
import type { ScratchFilesystem } from '../../src/cli/demo/scratch-filesystem.js';
import { programFile, runChild, runCli, type ChildOptions, type ChildResult } from '../support/run-node.js';
import { stoppedChild } from '../support/stopped-child.js';
import { parseContract, type NdjsonRecord } from './ndjson-contract.js';

export interface NdjsonResult {
  readonly status: number | null;
  readonly stderr: string;
  readonly records: readonly NdjsonRecord[];
  readonly summary: NdjsonRecord;
  /** The records of one type. */
  readonly of: (type: string) => NdjsonRecord[];
}

export interface WorldOptions extends ChildOptions {
  /** HSMCK_FAULT. */
  readonly fault?: string;
}

/** A thread costs more than these small filesystems take; the demo runs with as many as there are processors. */
const THREADS = 1;

/** Output that is meant for programs, held against its contract. */
export function asNdjson({ stdout, stderr, status }: ChildResult): NdjsonResult {
  const records = parseContract(stdout, status);
  const summary = records.at(-1);
  if (summary === undefined) throw new Error('no output');
  return { status, stderr, records, summary, of: (type) => records.filter((record) => record['type'] === type) };
}

/** Everything that a test does by the command line. */
export class CliWorld {
  readonly catalogPath: string;
  readonly archiveDir: string;

  /** HSMCK_SOURCE. */
  source: string | undefined = undefined;

  constructor(
    readonly scratch: ScratchFilesystem,
    name = 'cli',
    archiveDir?: string,
  ) {
    this.catalogPath = path.join(scratch.folder, `${name}-catalog`, 'catalog.db');
    this.archiveDir = archiveDir ?? path.join(scratch.folder, `${name}-archive`);
  }

  get mountPoint(): string {
    return this.scratch.mountPoint;
  }

  at(name: string): string {
    return path.join(this.mountPoint, name);
  }

  /** A new file; folders above it are made. */
  write(name: string, content: string | Buffer = `content of ${name}\n`): string {
    const file = this.at(name);
    fs.mkdirSync(path.dirname(file), { recursive: true });
    fs.writeFileSync(file, content);
    return file;
  }

  /** `hsmck ARGS` in text format. */
  text(args: readonly string[], options: WorldOptions = {}): Promise<ChildResult> {
    return runCli([...this.#globals(), ...args], this.#environment(options));
  }

  /** `hsmck ARGS --format ndjson`, held against the contract of NDJSON output. */
  async ndjson(args: readonly string[], options: WorldOptions = {}): Promise<NdjsonResult> {
    const globals = [...this.#globals(), '--format', 'ndjson'];
    return asNdjson(await runCli([...globals, ...args], this.#environment(options)));
  }

  /** Through a shell, in which $HSMCK stands for the command and its global options, and $M for the mount point. */
  shell(script: string, options: WorldOptions = {}): Promise<ChildResult> {
    const command = [process.execPath, programFile(), ...this.#globals()].map((word) => `'${word}'`);
    const { env, ...rest } = this.#environment(options);
    const variables = { ...env, M: this.mountPoint, HSMCK: command.join(' ') };
    return runChild('bash', ['-c', `hsmck() { eval "$HSMCK" '"$@"'; }; ${script}`], { ...rest, env: variables });
  }

  async init(...options: readonly string[]): Promise<NdjsonResult> {
    const result = await this.ndjson(['init', this.mountPoint, '--archive', this.archiveDir, ...options]);
    expect(result.stderr).toBe('');
    expect(result.status).toBe(0);
    return result;
  }

  /** Runs something that has to go well. */
  async ok(...args: readonly string[]): Promise<NdjsonResult> {
    const result = await this.ndjson(args);
    expect({ status: result.status, stderr: result.stderr }, args.join(' ')).toEqual({ status: 0, stderr: '' });
    return result;
  }

  /**
   * Waits until the one child that runs with a fault `pause` has stopped itself, does something, and lets it go on.
   */
  async whilePaused(act: (pid: number) => void | Promise<void>): Promise<void> {
    const pid = await stoppedChild(this.catalogPath);
    try {
      await act(pid);
    } finally {
      process.kill(pid, 'SIGCONT');
    }
  }

  /** Every data file below objects/ or trash/ of the store. */
  copies(place: 'objects' | 'trash' = 'objects'): string[] {
    const top = path.join(this.archiveDir, place);
    const names = fs.existsSync(top) ? fs.readdirSync(top, { recursive: true, encoding: 'utf8' }) : [];
    return names.filter((name) => /(^|\/)[0-9a-f-]{36}$/.test(name)).map((name) => path.join(top, name));
  }

  #globals(): string[] {
    return ['--catalog', this.catalogPath, '--threads', String(THREADS)];
  }

  #environment({ fault, env, ...rest }: WorldOptions): ChildOptions {
    return { ...rest, env: { HSMCK_FAULT: fault, HSMCK_CATALOG: undefined, HSMCK_SOURCE: this.source, ...env } };
  }
}
