/** Runs the built program as a child, as a user would. */
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import { fileURLToPath } from 'node:url';

export interface ChildOptions {
  /** Added to this process's environment; undefined removes a variable. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly timeoutMs?: number;
  /** Written to the child's standard input, which is empty otherwise. */
  readonly input?: string | Buffer;
  readonly cwd?: string;
  /** Called with the process id as soon as there is one. */
  readonly onSpawn?: (pid: number) => void;
}

export interface ChildResult {
  /** Exit status; null if a signal ended it. */
  readonly status: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
  /** Exit status as a shell shows it: 128 + signal number when killed by SIGKILL. */
  readonly shellStatus: number;
  /** Every line of stdout as JSON. Throws if one is not. */
  records(): Record<string, unknown>[];
}

const TIMEOUT_MS = 120_000;
const SIGNAL_NUMBERS: Readonly<Record<string, number>> = {
  SIGINT: 2,
  SIGKILL: 9,
  SIGTERM: 15,
  SIGSEGV: 11,
  SIGABRT: 6,
};

function parseRecords(stdout: string): Record<string, unknown>[] {
  const lines = stdout.split('\n').filter((line) => line !== '');
  return lines.map((line) => JSON.parse(line) as Record<string, unknown>);
}

/** Runs any program and collects what it prints; a timeout kills it and rejects. */
export function runChild(program: string, args: readonly string[], options: ChildOptions = {}): Promise<ChildResult> {
  return new Promise((resolve, reject) => {
    const env = { ...process.env, ...options.env };
    const child = spawn(program, args, { env, cwd: options.cwd, stdio: 'pipe' });
    if (child.pid !== undefined) options.onSpawn?.(child.pid);
    const stdout: Buffer[] = [];
    const stderr: Buffer[] = [];
    child.stdout.on('data', (chunk: Buffer) => stdout.push(chunk));
    child.stderr.on('data', (chunk: Buffer) => stderr.push(chunk));
    child.stdin.on('error', () => undefined); // it may exit without reading its input
    child.stdin.end(options.input ?? '');
    const timeoutMs = options.timeoutMs ?? TIMEOUT_MS;
    let timedOut = false;
    const timer = setTimeout(() => {
      timedOut = true;
      child.kill('SIGKILL');
    }, timeoutMs);
    child.on('error', reject);
    child.on('close', (status, signal) => {
      clearTimeout(timer);
      const out = Buffer.concat(stdout).toString();
      const err = Buffer.concat(stderr).toString();
      if (timedOut)
        return reject(new Error(`${program} ${args.join(' ')}: no end after ${timeoutMs} ms\n${out}\n${err}`));
      const shellStatus = status ?? 128 + (SIGNAL_NUMBERS[signal ?? ''] ?? 0);
      resolve({ status, signal, stdout: out, stderr: err, shellStatus, records: () => parseRecords(out) });
    });
  });
}

function made(pathInProject: string): string {
  const file = fileURLToPath(new URL(`../../${pathInProject}`, import.meta.url));
  if (!fs.existsSync(file)) throw new Error(`${file} is missing: run npm run build first`);
  return file;
}

/** A compiled module by itself, by its path below src/ (with .js). @throws Error if it has not been built */
export const builtFile = (name: string): string => made(`build/${name}`);

/** The program as it is shipped. @throws Error if it has not been built */
export const programFile = (): string => made('dist/cli/main.js');

/** Runs `hsmck ARGS` as built. */
export function runCli(args: readonly string[], options: ChildOptions = {}): Promise<ChildResult> {
  return runChild(process.execPath, [programFile(), ...args], options);
}
