import { spawn, type ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { OperationalError } from '../../errors.js';
import { CancelledError } from '../../migrate/busy-error.js';
import { startedModule } from '../../package-files.js';
import { EXIT } from '../exit-codes.js';

/** A line of a command's NDJSON output. */
export type OutputRecord = Readonly<Record<string, unknown>>;

export interface HsmckRun {
  readonly args: readonly string[];
  /** Exit status; null when a signal ended it. */
  readonly status: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly records: readonly OutputRecord[];
  readonly stderr: string;
  /** Wall time of the whole process. */
  readonly seconds: number;
}

export interface HsmckOptions {
  readonly args: readonly string[];
  readonly catalogPath: string;
  readonly threads: number;
  readonly signal: AbortSignal;
  /** HSMCK_FAULT of the child. */
  readonly fault?: string;
}

const PROGRAM = fileURLToPath(startedModule('cli/main.js'));
/** A command that was asked to stop ends at the next file; one that does not is killed. */
const GRACE_MS = 5_000;

function parseLines(stdout: string): OutputRecord[] {
  return stdout.split('\n').flatMap((line) => {
    try {
      return [JSON.parse(line) as OutputRecord];
    } catch {
      return []; // the last line of a killed process may be cut off
    }
  });
}

/** Stops the child when the demo is cancelled, and when this process goes. Returns what takes the watch away again. */
function watch(child: ChildProcess, signal: AbortSignal): () => void {
  let killer: NodeJS.Timeout | undefined;
  const kill = (): void => void child.kill('SIGKILL');
  const stop = (): void => {
    child.kill('SIGTERM');
    killer = setTimeout(kill, GRACE_MS);
  };
  signal.addEventListener('abort', stop, { once: true });
  process.once('exit', kill);
  return () => {
    clearTimeout(killer);
    signal.removeEventListener('abort', stop);
    process.removeListener('exit', kill);
  };
}

function environment(options: HsmckOptions): NodeJS.ProcessEnv {
  const { HSMCK_FAULT: _inherited, ...rest } = process.env;
  return { ...rest, HSMCK_CATALOG: options.catalogPath, ...(options.fault && { HSMCK_FAULT: options.fault }) };
}

/**
 * Runs the real program as a child process, as a user would, and collects its NDJSON.
 * @throws CancelledError when the signal was aborted: the child is gone then
 */
export async function runHsmck(options: HsmckOptions): Promise<HsmckRun> {
  const { args, signal } = options;
  if (signal.aborted) throw new CancelledError();
  const started = performance.now();
  const all = [PROGRAM, '--format', 'ndjson', '--progress', 'never', '--threads', String(options.threads), ...args];
  const child = spawn(process.execPath, all, { env: environment(options), stdio: ['ignore', 'pipe', 'pipe'] });
  const unwatch = watch(child, signal);
  const stdout: Buffer[] = [];
  const stderr: Buffer[] = [];
  child.stdout.on('data', (chunk: Buffer) => stdout.push(chunk));
  child.stderr.on('data', (chunk: Buffer) => stderr.push(chunk));
  try {
    const [status, endSignal] = await new Promise<[number | null, NodeJS.Signals | null]>((resolve, reject) => {
      child.on('error', reject);
      child.on('close', (code, signalName) => resolve([code, signalName]));
    });
    // Ctrl-C in a terminal reaches the child too, maybe before us.
    if (signal.aborted || ((status ?? 0) & EXIT.CANCELLED) !== 0) throw new CancelledError();
    return {
      args,
      status,
      signal: endSignal,
      records: parseLines(Buffer.concat(stdout).toString()),
      stderr: Buffer.concat(stderr).toString().trim(),
      seconds: (performance.now() - started) / 1000,
    };
  } finally {
    unwatch();
  }
}

/** The error for a run that did not end as it should. */
export function unexpectedEnd(run: HsmckRun, expected: string): OperationalError {
  const end = run.signal === null ? `status ${run.status ?? '?'}` : run.signal;
  const said = run.stderr.split('\n')[0] ?? '';
  const what = `"hsmck ${run.args.join(' ')}" ended with ${end} instead of ${expected}`;
  return new OperationalError('EDEMO', said === '' ? what : `${what}: ${said}`);
}
